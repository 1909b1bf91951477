// cifar.cpp — six files of fixed records, their sizes, labels and SHA-256 checked.
#include "core/data/cifar.hpp"

#include <fmt/format.h>

#include "core/data/byte_source.hpp"
#include "core/data/data_files.hpp"
#include "core/error.hpp"

namespace symopt {

namespace fs = std::filesystem;

namespace {

DataFiles files_of(const CifarDescription& set) {
  return {set.name, "six files of records", set.folders, {cifar_names().begin(), cifar_names().end()}};
}

// Appends one file's records to `samples`; memory grows with what was read.
void read_records(const CifarDescription& set, const fs::path& file, const std::string& hash,
                  Samples& samples, Sha256& all) {
  ByteSource source(file, &all);
  const std::size_t bytes = set.record_bytes();
  const std::uint64_t total = bytes * set.records;
  const std::string expected = fmt::format("{} bytes: {} records of a label and {} x {} x 3 pixels", total,
                                           set.records, set.height, set.width);
  std::vector<std::uint8_t> record;
  for (std::uint32_t r = 0; r < set.records; ++r) {
    const std::uint64_t start = source.offset();
    record.clear();
    if (source.append(record, bytes) < bytes) source.fail(source.offset(), expected, "the end of the file");
    if (record[0] >= set.classes)
      source.fail(start, fmt::format("a label from 0 to {}", set.classes - 1), std::to_string(record[0]));
    samples.labels.push_back(record[0]);
    // Three planes become pixels of three channels, as all pictures are held.
    const std::size_t plane = (bytes - 1) / 3;
    for (std::size_t p = 0; p < plane; ++p)
      for (std::size_t c = 0; c < 3; ++c) samples.pixels.push_back(record[1 + c * plane + p]);
  }
  source.expect_end();
  const std::string found = source.sha256();
  if (!hash.empty() && found != hash) throw UserError(file.string(), "SHA-256", hash, found);
}

}  // namespace

const CifarDescription& cifar_10() {
  static const CifarDescription set{
      .name = "cifar-10",
      .description =
          "CIFAR-10: photographs of ten kinds of things, 32x32 in colour, 50,000 + 10,000 (Krizhevsky)",
      .folders = {"cifar-10", "cifar-10-batches-bin"},
      .sha256 = {"cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5",
                 "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed",
                 "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67",
                 "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48",
                 "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add",
                 "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b"}};
  return set;
}

const std::array<std::string, 6>& cifar_names() {
  static const std::array<std::string, 6> names{"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin",
                                                "data_batch_4.bin", "data_batch_5.bin", "test_batch.bin"};
  return names;
}

std::vector<fs::path> find_cifar(const CifarDescription& set, const fs::path& folder) {
  return find_data_files(files_of(set), folder);
}

Dataset load_cifar(const CifarDescription& set, const fs::path& folder) {
  const std::vector<fs::path> files = find_cifar(set, folder);
  if (files.empty()) throw missing_data_files(files_of(set), folder);
  Dataset data;
  data.name = set.name;
  data.height = set.height, data.width = set.width, data.channels = 3, data.classes = set.classes;
  Sha256 all;
  // One file whole, then memory for the rest: a set of which nothing is right costs little.
  constexpr std::size_t last = 5;
  for (std::size_t i = 0; i < last; ++i) {
    read_records(set, files[i], set.sha256[i], data.train, all);
    if (i == 0) {
      data.train.pixels.reserve(last * data.train.pixels.size());
      data.train.labels.reserve(last * data.train.labels.size());
    }
  }
  read_records(set, files[last], set.sha256[last], data.test, all);
  data.checksum = all.hex();
  return data;
}

}  // namespace symopt
