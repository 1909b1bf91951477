// tar.cpp — blocks of 512 bytes: a header with name, size in octal, kind and checksum, then the data, padded.
#include "experiments/fetch/tar.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "core/data/byte_source.hpp"

namespace symopt::fetch {

namespace {

constexpr std::size_t kBlock = 512;
using TarBlock = std::array<std::uint8_t, kBlock>;

std::string_view field(const TarBlock& block, std::size_t offset, std::size_t size) {
  return {reinterpret_cast<const char*>(block.data()) + offset, size};
}

// Octal digits, then blanks or zeros.
std::optional<std::uint64_t> octal(std::string_view text) {
  const std::size_t first = text.find_first_not_of(' ');
  std::uint64_t value = 0;
  std::size_t i = first;
  for (; i < text.size() && text[i] >= '0' && text[i] <= '7'; ++i)
    value = 8 * value + static_cast<std::uint64_t>(text[i] - '0');
  if (first == std::string_view::npos || i == first) return std::nullopt;
  for (; i < text.size(); ++i)
    if (text[i] != ' ' && text[i] != '\0') return std::nullopt;
  return value;
}

// The sum of the header's bytes, its own field as blanks.
bool checksum_fits(const TarBlock& block) {
  constexpr std::size_t at = 148, size = 8;
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < kBlock; ++i) sum += i >= at && i < at + size ? ' ' : block[i];
  return octal(field(block, at, size)) == sum;
}

void skip(ByteSource& source, std::uint64_t bytes) {
  TarBlock block;
  while (bytes > 0) {
    const std::size_t part = std::min<std::uint64_t>(bytes, kBlock);
    if (source.read(std::span(block).first(part)) < part)
      source.fail(source.offset(), fmt::format("{} more bytes of a member", bytes), "the end of the archive");
    bytes -= part;
  }
}

}  // namespace

void read_tar(const std::filesystem::path& archive,
              const std::function<bool(const std::string& name, std::uint64_t size)>& wanted,
              const std::function<void(const std::string& name, std::span<const std::uint8_t> bytes)>& take) {
  ByteSource source(archive);
  for (;;) {
    TarBlock block;
    const std::uint64_t start = source.offset();
    const std::size_t count = source.read(block);
    // Two empty blocks end an archive; some lack them.
    if (count == 0 || std::ranges::all_of(block, [](std::uint8_t byte) { return byte == 0; })) return;
    if (count < kBlock || !checksum_fits(block))
      source.fail(start, "the header of a tar member",
                  count < kBlock ? "the end of the archive" : "a wrong checksum");
    const auto size = octal(field(block, 124, 12));
    if (!size || *size > ByteSource::kMaxBytes)
      source.fail(start + 124, fmt::format("a size of at most {} bytes", ByteSource::kMaxBytes),
                  size ? std::to_string(*size) : "no octal number");
    std::string name(field(block, 0, 100));
    name.resize(std::min(name.find('\0'), name.size()));
    name = name.substr(name.rfind('/') + 1);
    const char kind = static_cast<char>(block[156]);
    const std::uint64_t padding = (kBlock - *size % kBlock) % kBlock;
    if ((kind != '0' && kind != '\0') || !wanted(name, *size)) {
      skip(source, *size + padding);
      continue;
    }
    std::vector<std::uint8_t> bytes;
    if (source.append(bytes, *size) < *size)
      source.fail(source.offset(), fmt::format("{} bytes of {}", *size, name), "the end of the archive");
    take(name, bytes);
    skip(source, padding);
  }
}

}  // namespace symopt::fetch
