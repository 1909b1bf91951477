// npy.cpp — the format of NEP 1: "\x93NUMPY", version 1 0, the header's length as 16 bits little-endian, a
// header "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }" that ends with a line feed, elements.
#include "core/data/npy.hpp"

#include <fmt/format.h>

#include <bit>
#include <cstring>
#include <optional>

#include "core/data/byte_source.hpp"
#include "core/error.hpp"

namespace symopt {

static_assert(std::endian::native == std::endian::little, "elements are written as the machine holds them");

namespace {

struct TypeInfo {
  NpyType type;
  std::string_view code, name;
  std::size_t size;
};
constexpr TypeInfo kTypes[] = {
    {NpyType::uint8, "|u1", "uint8", 1},     {NpyType::int32, "<i4", "int32", 4},
    {NpyType::int64, "<i8", "int64", 8},     {NpyType::float32, "<f4", "float32", 4},
    {NpyType::float64, "<f8", "float64", 8}, {NpyType::int8, "|i1", "int8", 1},
    {NpyType::uint16, "<u2", "uint16", 2},   {NpyType::int16, "<i2", "int16", 2},
    {NpyType::uint32, "<u4", "uint32", 4},   {NpyType::uint64, "<u8", "uint64", 8}};
const TypeInfo& info(NpyType type) { return kTypes[static_cast<std::size_t>(type)]; }

constexpr std::string_view kMagic{"\x93NUMPY\x01\x00", 8};
constexpr std::size_t kName = 6;    // bytes of it before the version
constexpr std::size_t kStart = 10;  // of the header's text
constexpr std::size_t kAlignment = 64;

// What a header may say, read from left to right.
class Header {
 public:
  Header(const ByteSource& source, std::string_view text) : source_(source), text_(text) {}

  NpyHeader parse() {
    NpyHeader header{};
    bool seen[3] = {};
    expect("{");
    while (!take("}")) {
      const std::size_t at = position_;
      const std::string_view key = quoted();
      expect(":");
      const int which = key == "descr" ? 0 : key == "fortran_order" ? 1 : key == "shape" ? 2 : -1;
      if (which < 0 || seen[which]) fail(at, "'descr', 'fortran_order' and 'shape', each once", key);
      seen[which] = true;
      if (which == 0) header.type = type();
      if (which == 1) expect_c_order();
      if (which == 2) header.shape = shape();
      if (!take(",")) {
        expect("}");
        break;
      }
    }
    if (!seen[0] || !seen[1] || !seen[2]) fail(position_, "'descr', 'fortran_order' and 'shape'", "fewer");
    skip();
    if (position_ < text_.size()) fail(position_, "the end of the header", rest());
    return header;
  }

 private:
  void skip() {
    while (position_ < text_.size() && (text_[position_] == ' ' || text_[position_] == '\n')) ++position_;
  }
  bool take(std::string_view word) {
    skip();
    if (text_.substr(position_, word.size()) != word) return false;
    position_ += word.size();
    return true;
  }
  void expect(std::string_view word) {
    if (!take(word)) fail(position_, fmt::format("\"{}\"", word), rest());
  }
  void expect_c_order() {
    skip();
    const std::size_t at = position_;
    if (take("True"))
      fail(at, "C order ('fortran_order': False)", "Fortran order; numpy.ascontiguousarray makes the other");
    expect("False");
  }
  std::string_view quoted() {
    skip();
    const char quote = position_ < text_.size() ? text_[position_] : ' ';
    const std::size_t end = quote == '\'' || quote == '"' ? text_.find(quote, position_ + 1) : text_.npos;
    if (end == text_.npos) fail(position_, "a text in quotes", rest());
    const std::string_view text = text_.substr(position_ + 1, end - position_ - 1);
    position_ = end + 1;
    return text;
  }
  NpyType type() {
    const std::size_t at = position_;
    const std::string_view code = quoted();
    for (const TypeInfo& t : kTypes)
      if (code == t.code) return t.type;
    std::string found(code);
    if (code.starts_with('>')) found += " (big-endian; numpy's astype makes another)";
    if (code.find('O') != code.npos) found += " (pickled objects)";
    fail(at, "an element type of |u1, |i1, <u2, <i2, <u4, <i4, <u8, <i8, <f4, <f8", found);
  }
  std::vector<std::size_t> shape() {
    std::vector<std::size_t> sizes;
    std::size_t total = 1;  // elements, zeros left out
    expect("(");
    while (!take(")")) {
      skip();
      const std::size_t at = position_;
      std::size_t size = 0;
      while (position_ < text_.size() && text_[position_] >= '0' && text_[position_] <= '9') {
        size = 10 * size + static_cast<std::size_t>(text_[position_++] - '0');
        if (size > ByteSource::kMaxBytes)
          fail(at, fmt::format("at most {} elements", ByteSource::kMaxBytes), rest());
      }
      if (position_ == at) fail(at, "a dimension", rest());
      if (size > 0) total *= size;
      sizes.push_back(size);
      if (total > ByteSource::kMaxBytes)
        fail(at, fmt::format("at most {} elements", ByteSource::kMaxBytes), std::to_string(total));
      if (sizes.size() > NpyArray::kMaxRank)
        fail(at, fmt::format("at most {} dimensions", NpyArray::kMaxRank), "more");
      if (!take(",")) {
        expect(")");
        break;
      }
    }
    return sizes;
  }
  std::string rest() const {
    return position_ < text_.size() ? fmt::format("\"{}\"", text_.substr(position_, 20)) : "the end";
  }
  [[noreturn]] void fail(std::size_t at, std::string_view expected, std::string_view found) const {
    std::string shown(found);
    for (char& c : shown)
      if (c < ' ' || c > '~') c = '?';  // one line, whatever the file holds
    source_.fail(kStart + at, expected, shown);
  }

  const ByteSource& source_;
  std::string_view text_;
  std::size_t position_ = 0;
};

}  // namespace

std::size_t size_of(NpyType type) { return info(type).size; }
std::string_view name_of(NpyType type) { return info(type).name; }

template <class T>
std::vector<T> NpyArray::values() const {
  if (type != kNpyType<T>) throw UserError("npy", "elements", name_of(kNpyType<T>), name_of(type));
  std::vector<T> list(count());
  if (!list.empty()) std::memcpy(list.data(), bytes.data(), bytes.size());
  return list;
}
template std::vector<std::uint8_t> NpyArray::values() const;
template std::vector<std::int32_t> NpyArray::values() const;
template std::vector<std::int64_t> NpyArray::values() const;
template std::vector<float> NpyArray::values() const;
template std::vector<double> NpyArray::values() const;

std::string to_npy(const NpyArray& array) {
  std::string sizes;
  for (const std::size_t size : array.shape)
    sizes += fmt::format("{}{}", sizes.empty() ? "" : " ", size) + ",";
  if (array.shape.size() > 1) sizes.pop_back();  // a tuple of one keeps its comma
  std::string header =
      fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}", info(array.type).code, sizes);
  header.resize((kStart + header.size() + kAlignment) / kAlignment * kAlignment - kStart - 1, ' ');
  header += '\n';
  std::string file(kMagic);
  file += static_cast<char>(header.size() & 0xff);
  file += static_cast<char>(header.size() >> 8);
  return file + header + array.bytes;
}

std::size_t NpyHeader::count() const {
  std::size_t product = 1;
  for (const std::size_t size : shape) product *= size;
  return product;
}

NpyHeader read_npy_header(ByteSource& source) {
  const std::string expected = "an .npy file of version 1.0";
  std::vector<std::uint8_t> bytes;
  source.append(bytes, kStart);
  if (bytes.size() < kStart) source.fail(0, expected, "fewer bytes");
  if (std::memcmp(bytes.data(), kMagic.data(), kName) != 0) source.fail(0, expected, "another start");
  if (std::memcmp(bytes.data(), kMagic.data(), kMagic.size()) != 0)
    source.fail(kName, expected, fmt::format("version {}.{}", bytes[kName], bytes[kName + 1]));
  const std::size_t length = bytes[8] + std::size_t{256} * bytes[9];  // at most 65,535
  bytes.clear();
  if (source.append(bytes, length) < length)
    source.fail(8, fmt::format("a header of {} bytes", length), fmt::format("{}", bytes.size()));
  const std::string text(bytes.begin(), bytes.end());
  NpyHeader header = Header(source, text).parse();
  const std::size_t total = header.count() * size_of(header.type);
  if (total > source.capacity())
    source.fail(kStart, fmt::format("a shape of at most {} bytes", source.capacity()), std::to_string(total));
  return header;
}

NpyArray read_npy(const std::filesystem::path& file) {
  ByteSource source(file, nullptr, Packing::plain);
  const NpyHeader header = read_npy_header(source);
  const std::size_t total = header.count() * size_of(header.type);
  std::vector<std::uint8_t> bytes;
  if (source.append(bytes, total) < total)
    source.fail(source.offset(), fmt::format("{} bytes of elements", total), std::to_string(bytes.size()));
  source.expect_end();
  return {header.type, header.shape, std::string(bytes.begin(), bytes.end())};
}

}  // namespace symopt
