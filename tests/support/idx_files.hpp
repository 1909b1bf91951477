// idx_files.hpp — IDX files made by hand, gzip, and a folder that goes away, for the tests of the readers.
#pragma once
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <string>
#include <string_view>

namespace symopt::test {

/// A folder of its own under the system's temporary one, removed with all it holds at the end.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }
  /// Writes `bytes` to `name`, making folders as needed; returns the full path.
  std::filesystem::path write(const std::string& name, std::string_view bytes) const;

 private:
  std::filesystem::path path_;
};

/// The bytes of an IDX header of unsigned bytes.
std::string idx_header(std::initializer_list<std::uint32_t> dimensions);
/// `bytes` as one gzip member.
std::string gzip(std::string_view bytes);
/// `count` bytes 0, step, 2·step, … modulo `modulus`.
std::string ramp(std::size_t count, unsigned step, unsigned modulus = 256);

}  // namespace symopt::test
