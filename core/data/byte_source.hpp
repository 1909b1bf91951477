// byte_source.hpp — the uncompressed bytes of a file that nobody vouches for, hashed as they pass.
#pragma once
#include <zlib.h>

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/data/sha256.hpp"

namespace symopt {

/// Is a file gzipped? By name: where that ends in .gz.
enum class Packing { by_name, plain, gzip };

/// A regular file, gunzipped where it is packed. Every error is a UserError naming file, offset,
/// expected and found.
class ByteSource {
 public:
  /// No data set comes near; what promises more is refused unread.
  static constexpr std::uint64_t kMaxBytes = std::uint64_t{1} << 30;

  /// What is read is also fed to `all` where there is one.
  explicit ByteSource(const std::filesystem::path& path, Sha256* all = nullptr,
                      Packing packing = Packing::by_name);
  ~ByteSource();
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;

  /// Fills `out`; fewer bytes only where the file ends.
  std::size_t read(std::span<std::uint8_t> out);
  /// The next `count` bytes at the end of `values`, with no more memory set aside than to_reserve() says.
  /// Returns how many there were.
  std::uint64_t append(std::vector<std::uint8_t>& values, std::uint64_t count);
  /// Of `count` bytes to come, for how many memory may be set aside at once: as many as a plain file has
  /// left, and 64 MiB where nobody knows.
  std::uint64_t to_reserve(std::uint64_t count) const;
  /// The most that the uncompressed file can hold.
  std::uint64_t capacity() const;
  /// Uncompressed bytes read so far.
  std::uint64_t offset() const { return offset_; }
  /// Of all that was read; once, at the end.
  std::string sha256() { return hash_.hex(); }

  [[noreturn]] void fail(std::uint64_t offset, std::string_view expected, std::string_view found) const;
  /// Fails unless the file ends here. Also makes zlib compare its checksum.
  void expect_end();

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };

  [[noreturn]] void fail_plain(std::string_view where, std::string_view expected,
                               std::string_view found) const;
  std::size_t read_file(std::span<std::uint8_t> out);
  std::size_t read_gzip(std::span<std::uint8_t> out);
  std::string packed_offset() const;

  std::string path_;
  bool gzip_;
  Sha256* all_;
  Sha256 hash_;
  std::unique_ptr<std::FILE, Close> file_;
  std::uint64_t size_ = 0, position_ = 0, offset_ = 0;
  z_stream inflater_ = {};
  bool member_ended_ = false;
  std::vector<std::uint8_t> packed_;
};

}  // namespace symopt
