// test_cifar.cpp — the binary version of CIFAR-10: its layout, files that are not what they say, and training
// on colours.
#include <algorithm>
#include <filesystem>

#include "core/data/cifar.hpp"
#include "core/data/sha256.hpp"
#include "core/random.hpp"
#include "experiments/plan/request.hpp"
#include "protocols/runner.hpp"
#include "protocols/spec_check.hpp"
#include "tests/support/allocated_bytes.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/errors.hpp"
#include "tests/support/idx_files.hpp"
#include "tests/support/records.hpp"

using namespace symopt;
using namespace symopt::test;
namespace fs = std::filesystem;

namespace {

// 2×2 pixels, three classes, four records a file: 52 bytes each.
CifarDescription tiny() {
  return {.name = "tiny",
          .description = "",
          .folders = {"tiny"},
          .height = 2,
          .width = 2,
          .classes = 3,
          .records = 4};
}

// Record r of file f: label r mod 3, then bytes that tell file, record and place.
std::string tiny_file(int f) {
  std::string bytes;
  for (int r = 0; r < 4; ++r) {
    bytes += static_cast<char>(r % 3);
    for (int i = 0; i < 12; ++i) bytes += static_cast<char>(40 * f + 10 * r + i);
  }
  return bytes;
}

void write_tiny(const TemporaryFolder& folder, const std::string& inner = "tiny") {
  for (int f = 0; f < 6; ++f) folder.write(inner + "/" + cifar_names()[static_cast<size_t>(f)], tiny_file(f));
}

std::string load_error(const CifarDescription& set, const TemporaryFolder& folder) {
  return error_of([&] { load_cifar(set, folder.path()); });
}

// 32×32×3 in ten classes, told by the brightness of each third of the image in each colour.
CifarDescription coloured(const TemporaryFolder& folder) {
  CifarDescription set = cifar_10();
  set.records = 60, set.sha256 = {};
  Stream stream(77);
  for (const std::string& name : cifar_names()) {
    std::string bytes;
    for (std::uint32_t r = 0; r < set.records; ++r) {
      const int label = static_cast<int>(r) % set.classes;
      bytes += static_cast<char>(label);
      for (int i = 0; i < 3072; ++i) {
        const double mean = (i / 342) % set.classes == label ? 170 : 100;
        bytes += static_cast<char>(static_cast<int>(std::clamp(mean + 30 * stream.normal(), 0.0, 255.0)));
      }
    }
    folder.write("cifar-10/" + name, bytes);
  }
  return set;
}

}  // namespace

TEST_CASE(
    "cifar: records arrive in the order of the files, their planes as pixels of three, plain or gzipped") {
  Sha256 all;
  for (int f = 0; f < 6; ++f) all.update(tiny_file(f));
  const std::string checksum = all.hex();
  for (const bool gzipped : {false, true}) {
    const TemporaryFolder folder;
    for (int f = 0; f < 6; ++f)
      folder.write("tiny/" + cifar_names()[static_cast<size_t>(f)] + (gzipped ? ".gz" : ""),
                   gzipped ? gzip(tiny_file(f)) : tiny_file(f));
    const Dataset data = load_cifar(tiny(), folder.path());
    CHECK(data.checksum == checksum);
    CHECK((data.height == 2 && data.width == 2 && data.channels == 3 && data.classes == 3));
    CHECK(data.inputs() == 12);
    REQUIRE(data.train.count() == 20);
    REQUIRE(data.test.count() == 4);
    REQUIRE(data.train.pixels.size() == 240);
    for (size_t s = 0; s < 20; ++s) {
      CHECK(data.train.labels[s] == s % 4 % 3);
      for (size_t p = 0; p < 4; ++p)
        for (size_t c = 0; c < 3; ++c)
          CHECK(data.train.pixels[12 * s + 3 * p + c] == (40 * (s / 4) + 10 * (s % 4) + 4 * c + p) % 256);
    }
    CHECK(data.test.pixels[0] == 200);
  }
}

TEST_CASE("cifar: a file that is short, long, empty or no gzip is named with offset, expected and found") {
  const std::string whole = tiny_file(2);
  struct Case {
    std::string suffix, bytes;
    std::vector<std::string> parts;
  };
  const std::vector<Case> cases = {
      {"", "", {"offset 0: expected 52 bytes: 4 records of a label and 2 x 2 x 3 pixels", "found the end"}},
      {"", whole.substr(0, 51), {"offset 51: expected 52 bytes", "found the end"}},
      {"", whole.substr(0, 13), {"offset 13: expected 52 bytes"}},
      {"", whole + "x", {"offset 52: expected the end of the file, found more bytes"}},
      {"", gzip(whole), {"expected"}},
      {".gz", gzip(whole.substr(0, 40)), {"uncompressed offset 40: expected 52 bytes", "found the end"}},
      {".gz", gzip(whole + whole), {"uncompressed offset 52: expected the end of the file"}},
      {".gz", whole, {"compressed offset", "expected a valid gzip stream"}},
      {".gz", gzip(whole).substr(0, 30), {"compressed offset 30: expected more of the gzip stream"}},
  };
  for (const Case& c : cases) {
    const TemporaryFolder folder;
    write_tiny(folder);
    fs::remove(folder.path() / "tiny/data_batch_3.bin");
    folder.write("tiny/data_batch_3.bin" + c.suffix, c.bytes);
    const std::string line = load_error(tiny(), folder);
    INFO(line);
    CHECK(line.starts_with((folder.path() / "tiny/data_batch_3.bin").string()));
    for (const std::string& part : c.parts) CHECK(contains(line, part));
  }
}

TEST_CASE("cifar: a label that is no class is named with the offset of its record") {
  const TemporaryFolder folder;
  write_tiny(folder);
  std::string bytes = tiny_file(5);
  bytes[2 * 13] = 3;
  folder.write("tiny/test_batch.bin", bytes);
  CHECK(contains(load_error(tiny(), folder),
                 "test_batch.bin: offset 26: expected a label from 0 to 2, found 3"));
}

TEST_CASE("cifar: a file whose SHA-256 is not the published one is refused with both") {
  CifarDescription set = tiny();
  for (size_t f = 0; f < 6; ++f) set.sha256[f] = sha256(tiny_file(static_cast<int>(f)));
  const TemporaryFolder folder;
  write_tiny(folder);
  CHECK(load_error(set, folder).empty());
  for (size_t f = 0; f < 6; ++f) {
    write_tiny(folder);
    std::string bytes = tiny_file(static_cast<int>(f));
    bytes[1] ^= 1;
    folder.write("tiny/" + cifar_names()[f], bytes);
    const std::string line = load_error(set, folder);
    INFO(line);
    CHECK(contains(line, cifar_names()[f] + ": SHA-256: expected " + set.sha256[f]));
    CHECK(contains(line, sha256(bytes)));
  }
}

TEST_CASE("cifar: a missing file is named, with the command that gets it") {
  const TemporaryFolder folder;
  write_tiny(folder);
  fs::remove(folder.path() / "tiny/data_batch_4.bin");
  const std::string line = load_error(tiny(), folder);
  INFO(line);
  CHECK(contains(line, "data set 'tiny': " + (folder.path() / "tiny").string()));
  CHECK(contains(line, "found no data_batch_4.bin; `symopt data fetch tiny` gets them"));
}

TEST_CASE(
    "cifar: files of another size than the real ones are refused, and memory grows only with what was read") {
  const TemporaryFolder folder;
  for (const std::string& name : cifar_names()) folder.write("cifar-10/" + name, tiny_file(0));
  forget_allocations();
  const std::string line = load_error(cifar_10(), folder);
  CHECK(contains(line, "data_batch_1.bin: offset 52: expected 30730000 bytes: 10000 records"));
  CHECK(allocated_bytes() < (1u << 20));
  for (const std::string& name : cifar_names()) {
    fs::remove(folder.path() / "cifar-10" / name);
    folder.write("cifar-10/" + name + ".gz", gzip(std::string(std::size_t{1} << 20, '\0')));
  }
  forget_allocations();
  CHECK(contains(load_error(cifar_10(), folder), "uncompressed offset 1048576: expected 30730000 bytes"));
  CHECK(largest_allocation() < (4u << 20));
}

TEST_CASE("cifar: colour inputs train: searched, trained and tested below chance on generated images") {
  const TemporaryFolder folder;
  const CifarDescription set = coloured(folder);
  const auto data = std::make_shared<const Dataset>(load_cifar(set, folder.path()));
  REQUIRE(data->inputs() == 3072);
  Request request;
  request.networks = "archbn-2", request.optimizers = "b-sgd,un,adam", request.trials = 1;
  // Rates at which all three train, so that rounding, which differs between builds, does not choose another.
  request.protocol.search_eta_min = 1, request.protocol.search_eta_max = 2;
  request.protocol.search_train = 60, request.protocol.search_validation = 40,
  request.protocol.search_epochs = 3;
  request.protocol.batch = 20, request.protocol.train = 200, request.protocol.validation = 100;
  request.protocol.max_epochs = 8;
  const std::vector<TrialSpec> specs = expand(request, *data);
  REQUIRE(specs.size() == 3);
  CHECK(specs[0].shape == "archbn:3072-64-64-10/pool2/relu");
  for (const TrialSpec& spec : specs) CHECK(error_of([&] { check_spec(spec, *data); }).empty());
  const ScratchFolder results;
  Store store(results / "out", request.configuration(), specs, {});
  RunMonitor silent;
  CHECK(run_trials(specs, {{data->name, data}}, store, 2, silent));
  for (const TrialRecord& record : store.records(specs)) {
    INFO(record.spec.network << " " << record.spec.optimizer_label() << ": " << record.message);
    REQUIRE(record.status == Status::completed);
    INFO("rate " << record.learning_rate << ", test error " << outcome(record).test_error);
    CHECK(outcome(record).test_error < 0.5);  // chance: 0.9
    CHECK(record.spec.checksum == data->checksum);
  }
}
