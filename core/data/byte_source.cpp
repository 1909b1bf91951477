// byte_source.cpp — plain and gzipped files (RFC 1952, by zlib) read piece by piece.
#include "core/data/byte_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>

#include "core/data/web_page.hpp"
#include "core/error.hpp"
#include "core/regular_file.hpp"

namespace symopt {

namespace fs = std::filesystem;

namespace {

// Deflate cannot do better: 258 bytes from a match of two bits.
constexpr std::uint64_t max_deflate_ratio = 1032;
// Memory grows with what has been read, but up to here, or up to a plain file's size, it is set aside at
// once, so that nothing is copied.
constexpr std::uint64_t first_reserve = std::uint64_t{64} << 20;
constexpr std::size_t chunk = std::size_t{1} << 16;

}  // namespace

ByteSource::ByteSource(const fs::path& path, Sha256* all, Packing packing)
    : path_(path.string()),
      gzip_(packing == Packing::by_name ? path.extension() == ".gz" : packing == Packing::gzip),
      all_(all) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (status.type() == fs::file_type::not_found) fail_plain("open", "a file", "none");
  if (status.type() == fs::file_type::directory) fail_plain("open", "a file", "a directory");
  if (error) fail_plain("open", "a readable file", error.message());
  if (status.type() != fs::file_type::regular) fail_plain("open", "a regular file", "something else");
  std::string fault;
  size_ = fs::file_size(path, error);
  if (!error) file_.reset(open_regular_stream(path, fault).release());
  if (!file_) fail_plain("open", "a readable file", error ? error.message() : fault);
  std::setvbuf(file_.get(), nullptr, _IONBF, 0);
  // No data file begins as one does, and nothing else says so plainly what went wrong.
  char beginning[kPageBeginning];
  if (is_web_page({beginning, std::fread(beginning, 1, sizeof beginning, file_.get())}))
    fail_plain("open", gzip_ ? "a gzip stream" : "a data file", kWebPage);
  std::rewind(file_.get());
  if (!gzip_) return;
  packed_.resize(chunk);
  constexpr int gzip_wrapper = 16;
  if (inflateInit2(&inflater_, MAX_WBITS + gzip_wrapper) != Z_OK) throw std::bad_alloc();
}

ByteSource::~ByteSource() {
  if (gzip_) inflateEnd(&inflater_);
}

std::size_t ByteSource::read(std::span<std::uint8_t> out) {
  const std::size_t count = gzip_ ? read_gzip(out) : read_file(out);
  hash_.update(out.first(count));
  if (all_) all_->update(out.first(count));
  offset_ += count;
  return count;
}

std::uint64_t ByteSource::to_reserve(std::uint64_t count) const {
  return std::min(count, std::max(first_reserve, gzip_ ? 0 : size_ - std::min(size_, position_)));
}

std::uint64_t ByteSource::append(std::vector<std::uint8_t>& values, std::uint64_t count) {
  values.reserve(values.size() + to_reserve(count));
  std::uint64_t done = 0;
  while (done < count) {
    const std::size_t wanted = std::min<std::uint64_t>(chunk, count - done), before = values.size();
    values.resize(before + wanted);
    const std::size_t got = read(std::span(values).subspan(before));
    done += got;
    values.resize(before + got);
    if (got < wanted) break;
  }
  return done;
}

std::uint64_t ByteSource::capacity() const {
  return gzip_ ? size_ > kMaxBytes ? kMaxBytes : size_ * max_deflate_ratio : size_;
}

void ByteSource::fail(std::uint64_t offset, std::string_view expected, std::string_view found) const {
  throw UserError(path_, fmt::format("{}offset {}", gzip_ ? "uncompressed " : "", offset), expected, found);
}

void ByteSource::expect_end() {
  const std::uint64_t end = offset_;
  std::uint8_t extra;
  if (read(std::span(&extra, 1)) != 0) fail(end, "the end of the file", "more bytes");
}

void ByteSource::fail_plain(std::string_view where, std::string_view expected, std::string_view found) const {
  throw UserError(path_, where, expected, found);
}

std::size_t ByteSource::read_file(std::span<std::uint8_t> out) {
  const std::size_t count = std::fread(out.data(), 1, out.size(), file_.get());
  if (count < out.size() && std::ferror(file_.get()))
    fail_plain(fmt::format("offset {}", position_ + count), "a readable file", std::strerror(errno));
  position_ += count;
  return count;
}

std::size_t ByteSource::read_gzip(std::span<std::uint8_t> out) {
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

std::string ByteSource::packed_offset() const {
  return fmt::format("compressed offset {}", position_ - inflater_.avail_in);
}

}  // namespace symopt
