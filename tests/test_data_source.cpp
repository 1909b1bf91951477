// test_data_source.cpp — data sets from published files to verified ones on the disk, and what is found
// wrong.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <set>

#include "core/data/dataset.hpp"
#include "core/data/sha256.hpp"
#include "experiments/fetch/data_source.hpp"
#include "experiments/fetch/tar.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/errors.hpp"
#include "tests/support/idx_files.hpp"
#include "tests/support/mirror.hpp"
#include "tests/support/records.hpp"

using namespace symopt;
using namespace symopt::fetch;
using namespace symopt::test;
namespace fs = std::filesystem;

namespace {

// 3 + 2 images of 2×2 in three classes, published gzipped; with or without a SHA-256 of what is inside.
struct TinyIdx {
  std::array<std::string, 4> bytes{idx_header({3, 2, 2}) + ramp(12, 7), idx_header({3}) + ramp(3, 1),
                                   idx_header({2, 2, 2}) + ramp(8, 11), idx_header({2}) + ramp(2, 2)};
  TemporaryFolder published;
  std::optional<Mirror> mirror;
  std::unique_ptr<DataSource> source;

  explicit TinyIdx(bool contents_known) {
    setenv("no_proxy", "127.0.0.1", 1);
    mirror = Mirror::serve(published.path());
    if (!mirror) return;
    IdxPublication p{.set = {.name = "tiny",
                             .description = "",
                             .folders = {"tiny", "elsewhere"},
                             .height = 2,
                             .width = 2,
                             .classes = 3},
                     .mirrors = {mirror->address("missing"), mirror->address("plain")},
                     .files = {}};
    for (size_t i = 0; i < 4; ++i) {
      const std::string packed = gzip(bytes[i]), name = idx_names()[i] + ".gz";
      published.write(name, packed);
      PublishedFile file{.name = name};
      if (contents_known)
        p.set.sha256[i] = file.content_sha256 = sha256(bytes[i]);
      else
        file.bytes = packed.size(), file.sha256 = sha256(packed);
      p.files.push_back(file);
    }
    source = idx_source(p);
  }
  std::string fetch(const fs::path& data) const {
    FetchMonitor silent;
    Fetcher fetcher({.data = data, .stall_seconds = 20}, silent);
    return error_of([&] { source->fetch(fetcher); });
  }
  bool ready() const {
    if (!mirror) WARN("no python3: not tested");
    return mirror.has_value();
  }
};

using States = std::vector<Verdict::State>;
States states(const std::vector<Verdict>& verdicts) {
  States found;
  for (const Verdict& v : verdicts) found.push_back(v.state);
  return found;
}

// One member of a tar archive.
std::string member(const std::string& name, const std::string& bytes, char kind = '0',
                   std::string size = {}) {
  std::string header(512, '\0');
  header.replace(0, name.size(), name);
  if (size.empty()) {
    char octal[12];
    std::snprintf(octal, sizeof octal, "%011zo", bytes.size());
    size = octal;
  }
  header.replace(124, size.size(), size);
  header[156] = kind;
  header.replace(148, 8, "        ");
  unsigned sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  char octal[8];
  std::snprintf(octal, sizeof octal, "%06o", sum);
  header.replace(148, 7, std::string(octal, 7));
  return header + bytes + std::string((512 - bytes.size() % 512) % 512, '\0');
}
const std::string kTarEnd(1024, '\0');

// Six files of four records of 2×2×3, in an archive among other things.
struct TinyCifar {
  CifarDescription set{.name = "tiny",
                       .description = "",
                       .folders = {"tiny"},
                       .height = 2,
                       .width = 2,
                       .classes = 3,
                       .records = 4};
  std::vector<std::string> bytes;
  TinyCifar() {
    for (int f = 0; f < 6; ++f) {
      std::string file;
      for (int i = 0; i < 52; ++i) file += static_cast<char>(i % 13 == 0 ? 1 : 7 * i + f);
      set.sha256[static_cast<size_t>(f)] = sha256(file);
      bytes.push_back(file);
    }
  }
  std::string archive(size_t files = 6) const {
    std::string tar = member("batches/", "", '5') + member("batches/readme.html", "read me") +
                      member("batches/data_batch_1.bin", "of another size") +
                      member("batches/data_batch_1.bin", "", '2');
    for (size_t f = 0; f < files; ++f) tar += member("../../batches/" + cifar_names()[f], bytes[f]);
    return gzip(tar + kTarEnd);
  }
};

std::string tar_error(const std::string& bytes) {
  const TemporaryFolder folder;
  return error_of([&] {
    read_tar(
        folder.write("a.tar", bytes), [](const std::string&, std::uint64_t) { return true; },
        [](const std::string&, std::span<const std::uint8_t>) {});
  });
}

}  // namespace

TEST_CASE(
    "data: four files are fetched from the mirror that has them, read, and verified, and then nothing is "
    "asked") {
  for (const bool contents_known : {true, false}) {
    const TinyIdx tiny(contents_known);
    if (!tiny.ready()) return;
    const ScratchFolder data;
    CHECK_FALSE(tiny.source->found(data.path));
    CHECK(states(tiny.source->verify(data.path)) == States(4, Verdict::missing));
    CHECK(tiny.fetch(data.path).empty());
    CHECK(tiny.source->found(data.path));
    CHECK(states(tiny.source->verify(data.path)) == States(4, Verdict::verified));
    const size_t requests = tiny.mirror->requests().size();
    CHECK(requests == 8);  // each first where it is missing
    CHECK(tiny.fetch(data.path).empty());
    CHECK(tiny.mirror->requests().size() == requests);
  }
}

TEST_CASE("data: only the files that are not there are fetched") {
  const TinyIdx tiny(true);
  if (!tiny.ready()) return;
  const TemporaryFolder data;
  for (size_t i : {0u, 1u, 3u}) data.write("tiny/" + idx_names()[i], tiny.bytes[i]);  // not even gzipped
  CHECK(tiny.fetch(data.path()).empty());
  CHECK(tiny.mirror->requests().size() == 2);
  CHECK(states(tiny.source->verify(data.path())) == States(4, Verdict::verified));
}

TEST_CASE("data: a wrong file is named and left where it is, and nothing is fetched over it") {
  const TinyIdx tiny(true);
  if (!tiny.ready()) return;
  std::string changed = tiny.bytes[0];
  changed.back() ^= 1;
  for (const bool complete : {false, true}) {
    const TemporaryFolder data;
    const fs::path wrong = data.write("tiny/" + idx_names()[0], changed);
    if (complete)
      for (size_t i = 1; i < 4; ++i) data.write("tiny/" + idx_names()[i], tiny.bytes[i]);
    const std::string line = tiny.fetch(data.path());
    INFO(line);
    CHECK(line.starts_with(wrong.string() + ": SHA-256 of the uncompressed bytes: expected " +
                           sha256(tiny.bytes[0])));
    CHECK(line.ends_with("remove or rename it to fetch it again"));
    CHECK(read_text(wrong) == changed);
    CHECK(tiny.source->verify(data.path())[0].state == Verdict::wrong);
  }
  CHECK(tiny.mirror->requests().empty());
}

TEST_CASE(
    "data: where only the archives have checksums, other copies are well-formed, and said not to be more") {
  const TinyIdx tiny(false);
  if (!tiny.ready()) return;
  const TemporaryFolder data;
  data.write("elsewhere/" + idx_names()[0], tiny.bytes[0]);
  data.write("elsewhere/" + idx_names()[1] + ".gz", gzip(tiny.bytes[1]) + gzip(""));
  data.write("elsewhere/" + idx_names()[2] + ".gz", gzip(tiny.bytes[2]));
  data.write("elsewhere/" + idx_names()[3] + ".gz", gzip(tiny.bytes[3]));
  const std::vector<Verdict> verdicts = tiny.source->verify(data.path());
  CHECK(states(verdicts) ==
        States{Verdict::well_formed, Verdict::well_formed, Verdict::verified, Verdict::verified});
  CHECK(contains(verdicts[0].note, "not compressed"));
  CHECK(contains(verdicts[1].note, "not the published .gz file"));
  // What is wrong inside is found all the same.
  std::string label = tiny.bytes[1];
  label.back() = 3;
  data.write("elsewhere/" + idx_names()[1] + ".gz", gzip(label));
  const Verdict v = tiny.source->verify(data.path())[1];
  CHECK(v.state == Verdict::wrong);
  CHECK(v.note == "offset 10: expected a label from 0 to 2, found 3");
}

TEST_CASE("data: an archive is fetched, its files of records kept and verified, the archive removed") {
  const TinyCifar tiny;
  const TemporaryFolder published;
  const std::string archive = tiny.archive();
  published.write("tiny.tar.gz", archive);
  setenv("no_proxy", "127.0.0.1", 1);
  const auto mirror = Mirror::serve(published.path());
  if (!mirror) {
    WARN("no python3: not tested");
    return;
  }
  const auto source =
      cifar_source({.set = tiny.set,
                    .mirrors = {mirror->address("wrong"), mirror->address("breaks")},
                    .archive = {.name = "tiny.tar.gz", .bytes = archive.size(), .sha256 = sha256(archive)}});
  const ScratchFolder data;
  FetchMonitor silent;
  Fetcher fetcher({.data = data.path, .stall_seconds = 20}, silent);
  source->fetch(fetcher);
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(data / "tiny"))
    names.insert(entry.path().filename().string());
  CHECK(names == std::set<std::string>(cifar_names().begin(), cifar_names().end()));
  CHECK(states(source->verify(data.path)) == States(6, Verdict::verified));
  for (size_t f = 0; f < 6; ++f) CHECK(read_text(data / ("tiny/" + cifar_names()[f])) == tiny.bytes[f]);
  // One file gone: the archive is needed again, the others stay.
  fs::remove(data / "tiny/data_batch_2.bin");
  CHECK(source->verify(data.path)[1].state == Verdict::missing);
  source->fetch(fetcher);
  CHECK(states(source->verify(data.path)) == States(6, Verdict::verified));
  // One file wrong: named, not replaced.
  write_text(data / "tiny/test_batch.bin", "other");
  CHECK(contains(error_of([&] { source->fetch(fetcher); }),
                 "test_batch.bin: SHA-256 of the uncompressed bytes"));
}

TEST_CASE("data: an archive without one of its files, and one that is not the published one, are refused") {
  const TinyCifar tiny;
  const std::string archive = tiny.archive(5);
  CifarPublication p{
      .set = tiny.set, .mirrors = {}, .archive = {.name = "tiny.tar.gz", .sha256 = sha256(archive)}};
  const TemporaryFolder data;
  FetchMonitor silent;
  Fetcher fetcher({.data = data.path()}, silent);
  data.write("tiny/tiny.tar.gz", archive);
  CHECK(contains(error_of([&] { cifar_source(p)->fetch(fetcher); }),
                 "tiny.tar.gz: members: expected test_batch.bin of 52 bytes, found none"));
  p.archive.sha256 = sha256("other");
  CHECK(contains(error_of([&] { cifar_source(p)->fetch(fetcher); }), "tiny.tar.gz: SHA-256: expected"));
}

TEST_CASE("tar: what is not an archive is named with its offset") {
  const std::string one = member("a", "12345");
  CHECK(tar_error(one + kTarEnd).empty());
  CHECK(tar_error(one).empty());  // some lack the end
  CHECK(contains(tar_error(std::string(512, 'x')),
                 "offset 0: expected the header of a tar member, found a wrong checksum"));
  CHECK(contains(tar_error(one + "x"), "offset 1024: expected the header of a tar member, found the end"));
  CHECK(contains(tar_error(one.substr(0, 514)),
                 "offset 514: expected 5 bytes of a, found the end of the archive"));
  CHECK(contains(tar_error(member("a", "", '0', "77777777777")), "offset 124: expected a size of at most"));
  CHECK(contains(tar_error(member("a", "", '0', "many")), "expected a size of at most"));
  CHECK(contains(tar_error(member("a", "", '0', "00000000777")), "expected 511 bytes of a, found the end"));
  CHECK(contains(tar_error(member("a", "", '5', "00000000777")), "found the end of the archive"));
}

TEST_CASE("data: every source is a data set of the registry, with mirrors and well-formed checksums") {
  const auto& registry = dataset_registry();
  const ScratchFolder nothing;
  for (const auto& source : data_sources()) {
    INFO(source->name());
    CHECK(std::ranges::find(registry, source->name(), &DatasetEntry::name) != registry.end());
    CHECK_FALSE(source->title().empty());
    CHECK_FALSE(source->checked_by().empty());
    CHECK(source->download_bytes() > 0);
    REQUIRE_FALSE(source->mirrors().empty());
    for (const std::string& mirror : source->mirrors())
      CHECK((mirror.starts_with("https://") || mirror.starts_with("http://")));
    CHECK_FALSE(source->found(nothing.path));
    for (const Verdict& v : source->verify(nothing.path)) CHECK(v.state == Verdict::missing);
    CHECK(&find_data_source(source->name()) == source.get());
  }
  CHECK(contains(error_of([] { find_data_source("mnits"); }), "did you mean 'mnist'?"));
}
