// idx.cpp — the IDX format: magic 0,0,type,rank; the dimensions as 32-bit big-endian numbers; the values.
#include "core/data/idx.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/data/byte_source.hpp"

namespace symopt {

namespace fs = std::filesystem;

namespace {

std::uint32_t big_endian(const std::uint8_t* bytes) {
  return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 | std::uint32_t{bytes[2]} << 8 |
         bytes[3];
}

// Magic and dimensions; returns how many bytes follow.
std::uint64_t read_header(ByteSource& source, std::span<const std::uint32_t> shape,
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
    const std::uint64_t most = std::min(ByteSource::kMaxBytes, source.capacity());
    if (total > most)
      source.fail(offset, fmt::format("at most {} bytes of data in a file of this size", most),
                  fmt::format("{} or more announced", total));
  }
  return total;
}

}  // namespace

IdxArray read_idx(const fs::path& file, std::span<const std::uint32_t> shape, Sha256& all) {
  ByteSource source(file, &all);
  IdxArray array{{}, {}, {}, file.string()};
  const std::uint64_t total = read_header(source, shape, array.dimensions);
  const std::uint64_t done = source.append(array.values, total);
  if (done < total)
    source.fail(source.offset(),
                fmt::format("{} bytes of data ({})", total, fmt::join(array.dimensions, " x ")),
                fmt::format("the end after {}", done));
  source.expect_end();
  array.sha256 = source.sha256();
  return array;
}

}  // namespace symopt
