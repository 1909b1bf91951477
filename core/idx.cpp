// idx.cpp — the IDX format: magic 0,0,type,rank; the dimensions as 32-bit big-endian numbers; the values.
#include "core/idx.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <new>

#include "core/error.hpp"

namespace symopt {

namespace fs = std::filesystem;

namespace {

// No data set of this kind comes near; a header that promises more is refused unread.
constexpr std::uint64_t max_bytes = std::uint64_t{1} << 30;
// Deflate cannot do better: 258 bytes from a match of two bits.
constexpr std::uint64_t max_deflate_ratio = 1032;
// Memory grows with what has been read, but up to here it is set aside at once, so that MNIST is never
// copied.
constexpr std::uint64_t first_reserve = std::uint64_t{64} << 20;
constexpr std::size_t chunk = std::size_t{1} << 16;

// The uncompressed bytes of one file, hashed as they pass.
class Source {
 public:
  Source(const fs::path& path, Sha256& all)
      : path_(path.string()), gzip_(path.extension() == ".gz"), all_(all) {
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (status.type() == fs::file_type::not_found) fail_plain("open", "a file", "none");
    if (status.type() == fs::file_type::directory) fail_plain("open", "a file", "a directory");
    if (error) fail_plain("open", "a readable file", error.message());
    if (status.type() != fs::file_type::regular) fail_plain("open", "a regular file", "something else");
    size_ = fs::file_size(path, error);
    if (!error) file_.reset(std::fopen(path_.c_str(), "rb"));
    if (!file_) fail_plain("open", "a readable file", error ? error.message() : std::strerror(errno));
    std::setvbuf(file_.get(), nullptr, _IONBF, 0);
    if (!gzip_) return;
    packed_.resize(chunk);
    constexpr int gzip_wrapper = 16;
    if (inflateInit2(&inflater_, MAX_WBITS + gzip_wrapper) != Z_OK) throw std::bad_alloc();
  }
  ~Source() {
    if (gzip_) inflateEnd(&inflater_);
  }
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

  // Fills `out`; fewer bytes only where the file ends.
  std::size_t read(std::span<std::uint8_t> out) {
    const std::size_t count = gzip_ ? read_gzip(out) : read_file(out);
    hash_.update(out.first(count));
    all_.update(out.first(count));
    return count;
  }
  // The most that the uncompressed file can hold.
  std::uint64_t capacity() const {
    return gzip_ ? size_ > max_bytes ? max_bytes : size_ * max_deflate_ratio : size_;
  }
  std::string sha256() { return hash_.hex(); }

  [[noreturn]] void fail(std::uint64_t offset, std::string_view expected, std::string_view found) const {
    throw UserError(path_, fmt::format("{}offset {}", gzip_ ? "uncompressed " : "", offset), expected, found);
  }

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };

  [[noreturn]] void fail_plain(std::string_view where, std::string_view expected,
                               std::string_view found) const {
    throw UserError(path_, where, expected, found);
  }
  std::size_t read_file(std::span<std::uint8_t> out) {
    const std::size_t count = std::fread(out.data(), 1, out.size(), file_.get());
    if (count < out.size() && std::ferror(file_.get()))
      fail_plain(fmt::format("offset {}", position_ + count), "a readable file", std::strerror(errno));
    position_ += count;
    return count;
  }
  std::size_t read_gzip(std::span<std::uint8_t> out) {
    inflater_.next_out = out.data();
    inflater_.avail_out = static_cast<uInt>(out.size());
    while (inflater_.avail_out > 0) {
      if (inflater_.avail_in == 0) {
        inflater_.avail_in = static_cast<uInt>(read_file(packed_));
        inflater_.next_in = packed_.data();
      }
      if (inflater_.avail_in == 0) {
        if (member_ended_) break;
        fail_plain(packed_offset(), "more of the gzip stream", "the end of the file");
      }
      // RFC 1952 allows several members; anything else behind the first fails as a bad header.
      if (member_ended_) inflateReset(&inflater_);
      const int status = inflate(&inflater_, Z_NO_FLUSH);
      member_ended_ = status == Z_STREAM_END;
      if (status == Z_MEM_ERROR) throw std::bad_alloc();
      if (status != Z_OK && !member_ended_)
        fail_plain(packed_offset(), "a valid gzip stream", inflater_.msg ? inflater_.msg : "damage");
    }
    return out.size() - inflater_.avail_out;
  }
  std::string packed_offset() const {
    return fmt::format("compressed offset {}", position_ - inflater_.avail_in);
  }

  std::string path_;
  bool gzip_;
  Sha256& all_;
  Sha256 hash_;
  std::unique_ptr<std::FILE, Close> file_;
  std::uint64_t size_ = 0, position_ = 0;
  z_stream inflater_ = {};
  bool member_ended_ = false;
  std::vector<std::uint8_t> packed_;
};

std::uint32_t big_endian(const std::uint8_t* bytes) {
  return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 | std::uint32_t{bytes[2]} << 8 |
         bytes[3];
}

// Magic and dimensions; returns how many bytes follow.
std::uint64_t read_header(Source& source, std::span<const std::uint32_t> shape,
                          std::vector<std::uint32_t>& sizes) {
  const std::size_t header = 4 + 4 * shape.size();
  std::vector<std::uint8_t> bytes(header);
  const std::size_t count = source.read(bytes);
  const std::uint32_t magic = 0x0800 + static_cast<std::uint32_t>(shape.size());
  if (count >= 4 && big_endian(bytes.data()) != magic)
    source.fail(0, fmt::format("magic {:#010x} (unsigned bytes, rank {})", magic, shape.size()),
                fmt::format("{:#010x}", big_endian(bytes.data())));
  if (count < header)
    source.fail(0, fmt::format("a header of {} bytes", header), fmt::format("{} bytes", count));

  std::uint64_t total = 1;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const std::size_t offset = 4 + 4 * i;
    sizes.push_back(big_endian(&bytes[offset]));
    if (sizes[i] == 0 || (shape[i] != 0 && sizes[i] != shape[i]))
      source.fail(
          offset,
          fmt::format("dimension {} to be {}", i + 1, shape[i] ? std::to_string(shape[i]) : "1 or more"),
          std::to_string(sizes[i]));
    // Both factors fit 32 bits as long as this holds, so the product cannot overflow.
    total *= sizes[i];
    const std::uint64_t most = std::min(max_bytes, source.capacity());
    if (total > most)
      source.fail(offset, fmt::format("at most {} bytes of data in a file of this size", most),
                  fmt::format("{} or more announced", total));
  }
  return total;
}

}  // namespace

IdxArray read_idx(const fs::path& file, std::span<const std::uint32_t> shape, Sha256& all) {
  Source source(file, all);
  IdxArray array{{}, {}, {}, file.string()};
  const std::uint64_t total = read_header(source, shape, array.dimensions);
  const std::uint64_t header = 4 + 4 * shape.size();

  array.values.reserve(std::min(total, first_reserve));
  for (std::size_t done = 0; done < total;) {
    const std::size_t wanted = std::min<std::uint64_t>(chunk, total - done);
    array.values.resize(done + wanted);
    const std::size_t count = source.read(std::span(array.values).subspan(done));
    done += count;
    if (count < wanted)
      source.fail(header + done,
                  fmt::format("{} bytes of data ({})", total, fmt::join(array.dimensions, " x ")),
                  fmt::format("the end after {}", done));
  }
  // Reading on also makes zlib compare the checksum at the end.
  std::uint8_t extra;
  if (source.read(std::span(&extra, 1)) != 0)
    source.fail(header + total, "the end of the file", "more bytes");
  array.sha256 = source.sha256();
  return array;
}

}  // namespace symopt
