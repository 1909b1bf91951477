// test_dataset.cpp — the registry of data sets, and sets of four IDX files.
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <set>

#include "core/data/dataset.hpp"
#include "core/data/home.hpp"
#include "core/data/idx.hpp"
#include "core/data/web_page.hpp"
#include "core/error.hpp"
#include "tests/support/allocated_bytes.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/errors.hpp"
#include "tests/support/idx_files.hpp"

namespace symopt {
namespace {

namespace fs = std::filesystem;
using test::TemporaryFolder;

const std::string mnist_folder = [] {
  const char* folder = std::getenv("SYMOPT_DATA");
  return std::string(folder ? folder : "");
}();

// An environment variable for the length of a scope.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) {
    if (const char* old = std::getenv(name)) old_ = old;
    set(value);
  }
  ~Variable() { set(old_ ? old_->c_str() : nullptr); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  void set(const char* value) const { value ? setenv(name_, value, 1) : unsetenv(name_); }
  const char* name_;
  std::optional<std::string> old_;
};

// A tiny set: 3 + 2 images of 2×2, three classes.
struct Tiny {
  IdxDescription set{
      .name = "tiny", .description = "", .folders = {"tiny", "."}, .height = 2, .width = 2, .classes = 3};
  std::array<std::string, 4> bytes{
      test::idx_header({3, 2, 2}) + test::ramp(12, 7), test::idx_header({3}) + test::ramp(3, 1),
      test::idx_header({2, 2, 2}) + test::ramp(8, 11), test::idx_header({2}) + test::ramp(2, 2)};
  void write(const TemporaryFolder& folder, const std::string& inner = "tiny") const {
    for (std::size_t i = 0; i < 4; ++i) folder.write(inner + "/" + idx_names()[i], bytes[i]);
  }
};

std::string message(const IdxDescription& set, const fs::path& folder) {
  try {
    load_idx(set, folder);
  } catch (const UserError& error) {
    return error.what();
  }
  return "no error";
}

bool mentions(const std::string& text, const std::vector<std::string>& parts) {
  return std::ranges::all_of(parts, [&](const auto& part) { return text.find(part) != std::string::npos; });
}

TEST_CASE("dataset: MNIST has its published bytes, and its pixels are held once") {
  const std::vector<DatasetEntry>& registry = dataset_registry();
  const auto mnist = std::ranges::find(registry, "mnist", &DatasetEntry::name);
  REQUIRE(mnist != registry.end());
  if (mnist_folder.empty() || !mnist->found(mnist_folder)) {
    WARN("no MNIST in SYMOPT_DATA: not tested");
    return;
  }
  test::forget_allocations();
  const auto data = load_dataset("mnist", mnist_folder);
  const std::size_t spent = test::allocated_bytes();
  CHECK(data->name == "mnist");
  CHECK(data->inputs() == 784);
  CHECK(data->classes == 10);
  REQUIRE(data->train.count() == 60000);
  REQUIRE(data->test.count() == 10000);
  CHECK(data->train.pixels.size() == 60000u * 784u);
  CHECK(data->test.pixels.size() == 10000u * 784u);
  CHECK(std::vector<int>(data->train.labels.begin(), data->train.labels.begin() + 5) ==
        std::vector<int>{5, 0, 4, 1, 9});
  CHECK(data->checksum.size() == 64);
  // The pixels and labels once, what is lit of them with the room that was reserved for it, and what streams,
  // names and paths need: less than a megabyte, and as much for the first samples' lit pixels, which are
  // moved once.
  const std::size_t lit = data->train.lit.bytes.size() + data->test.lit.bytes.size();
  CHECK(lit > 15'000'000);
  CHECK(spent >= 70000u * 785u + lit);
  CHECK(spent < 70000u * 785u + lit + lit / 8 + 2 * (1u << 20));
  CHECK(resolve_dataset("auto", mnist_folder) == "mnist");
}

TEST_CASE("dataset: a set of four files is read, plain, gzipped or dotted, to the same data and checksum") {
  const Tiny tiny;
  Sha256 all;
  for (const std::string& bytes : tiny.bytes) all.update(bytes);
  const std::string checksum = all.hex();
  for (const bool gzipped : {false, true})
    for (const bool dotted : {false, true})
      for (const std::string inner : {"tiny", "."}) {
        const TemporaryFolder folder;
        for (std::size_t i = 0; i < 4; ++i) {
          std::string name = idx_names()[i];
          if (dotted) name[name.rfind("-idx")] = '.';
          folder.write(inner + "/" + name + (gzipped ? ".gz" : ""),
                       gzipped ? test::gzip(tiny.bytes[i]) : tiny.bytes[i]);
        }
        const Dataset data = load_idx(tiny.set, folder.path());
        CHECK(data.checksum == checksum);
        CHECK(data.height == 2);
        CHECK(data.width == 2);
        CHECK(data.classes == 3);
        CHECK(data.train.labels == std::vector<std::uint8_t>{0, 1, 2});
        CHECK(data.test.labels == std::vector<std::uint8_t>{0, 2});
        CHECK(data.train.pixels == std::vector<std::uint8_t>{0, 7, 14, 21, 28, 35, 42, 49, 56, 63, 70, 77});
        CHECK(data.test.pixels == std::vector<std::uint8_t>{0, 11, 22, 33, 44, 55, 66, 77});
      }
}

TEST_CASE("dataset: a missing file is named as missing, with the folder and the names") {
  const Tiny tiny;
  for (std::size_t missing = 0; missing < 4; ++missing) {
    const TemporaryFolder folder;
    tiny.write(folder);
    fs::remove(folder.path() / "tiny" / idx_names()[missing]);
    CHECK(find_idx(tiny.set, folder.path()).empty());
    const std::string line = message(tiny.set, folder.path());
    INFO(line);
    CHECK(mentions(line, {"'tiny'", (folder.path() / "tiny").string(), "found no " + idx_names()[missing]}));
    CHECK(line.find('\n') == std::string::npos);
  }
}

TEST_CASE("dataset: with files in two folders, the one that lacks the fewest is told about") {
  const Tiny tiny;
  const TemporaryFolder folder;
  tiny.write(folder, ".");
  fs::remove(folder.path() / idx_names()[2]);
  folder.write("tiny/" + idx_names()[0], tiny.bytes[0]);
  const std::string line = message(tiny.set, folder.path());
  INFO(line);
  CHECK(mentions(line, {"found no " + idx_names()[2] + ";"}));
}

TEST_CASE("dataset: images and labels must agree in number, labels must be classes") {
  const TemporaryFolder folder;
  Tiny tiny;
  tiny.bytes[1] = test::idx_header({4}) + test::ramp(4, 0);
  tiny.write(folder);
  std::string line = message(tiny.set, folder.path());
  INFO(line);
  CHECK(mentions(line, {"train-labels-idx1-ubyte", "offset 4", "expected 3 labels", "found 4"}));

  tiny = Tiny();
  tiny.bytes[3] = test::idx_header({2}) + std::string{'\x02', '\x03'};
  tiny.write(folder);
  line = message(tiny.set, folder.path());
  INFO(line);
  CHECK(mentions(line, {"t10k-labels-idx1-ubyte", "offset 9", "expected a label from 0 to 2", "found 3"}));
}

TEST_CASE("dataset: a file whose SHA-256 is not the published one is refused by name, with both hashes") {
  const TemporaryFolder folder;
  Tiny tiny;
  tiny.write(folder);
  for (std::size_t i = 0; i < 4; ++i) tiny.set.sha256[i] = sha256(tiny.bytes[i]);
  CHECK(message(tiny.set, folder.path()) == "no error");
  for (std::size_t i = 0; i < 4; ++i) {
    const Tiny right;
    right.write(folder);
    std::string changed = right.bytes[i];
    changed.back() = '\1';  // a legal pixel and a legal label
    folder.write("tiny/" + idx_names()[i], changed);
    const std::string line = message(tiny.set, folder.path());
    INFO(line);
    CHECK(mentions(line, {idx_names()[i], "SHA-256", tiny.set.sha256[i], sha256(changed)}));
  }
}

TEST_CASE("dataset: files under MNIST's names that are not MNIST are refused") {
  const TemporaryFolder folder;
  const std::array<std::string, 4> bytes{
      test::idx_header({2, 28, 28}) + test::ramp(2 * 784, 3), test::idx_header({2}) + test::ramp(2, 1),
      test::idx_header({1, 28, 28}) + test::ramp(784, 5), test::idx_header({1}) + test::ramp(1, 1)};
  for (std::size_t i = 0; i < 4; ++i) folder.write("mnist/" + idx_names()[i] + ".gz", test::gzip(bytes[i]));
  CHECK(resolve_dataset("auto", folder.path()) == "mnist");
  CHECK_THROWS_AS(load_dataset("mnist", folder.path()), UserError);
  CHECK_THROWS_AS(load_dataset("auto", folder.path()), UserError);
}

TEST_CASE("dataset: the data folder is the option, else SYMOPT_DATA, else the user's cache") {
  const Variable data("SYMOPT_DATA", "/data"), cache("XDG_CACHE_HOME", "/cache"), home("HOME", "/me");
  CHECK(data_folder("given") == "given");
  CHECK(data_folder("") == "/data");
  const Variable no_data("SYMOPT_DATA", nullptr);
  CHECK(data_folder("") == "/cache/symopt");
  {
    const Variable relative("XDG_CACHE_HOME", "cache");
    CHECK(data_folder("") == "/me/.cache/symopt");
  }
  const Variable empty("XDG_CACHE_HOME", "");
  CHECK(data_folder("") == "/me/.cache/symopt");
  // Without HOME it is the user's home as the system knows it, never a folder that all users share.
  const passwd* user = ::getpwuid(::geteuid());
  REQUIRE(user != nullptr);
  for (const char* home_variable : {static_cast<const char*>(nullptr), "", "relative"}) {
    const Variable no_home("HOME", home_variable);
    CHECK(data_folder("") == fs::path(user->pw_dir) / ".cache/symopt");
  }
  const Variable tilde("SYMOPT_DATA", "~/data");
  CHECK(data_folder("") == "/me/data");
}

TEST_CASE("home: a tilde is what a shell makes of it, and stays where it is part of a name") {
  const Variable home("HOME", "/me");
  CHECK(expanded_tilde("~") == "/me");
  CHECK(expanded_tilde("~/x y/z") == "/me/x y/z");
  CHECK(expanded_tilde("~//x") == "/me//x");
  const passwd* user = ::getpwuid(::geteuid());
  REQUIRE(user != nullptr);
  CHECK(expanded_tilde(std::string("~") + user->pw_name + "/x") == std::string(user->pw_dir) + "/x");
  for (const std::string same : {"", "out", "./~", "a~/b", "~nobody-of-this-name/x"})
    CHECK(expanded_tilde(same) == same);
}

TEST_CASE("web page: HTML is told from data by its first tag") {
  for (const std::string page :
       {"<!DOCTYPE html><html>", "<!doctype HTML PUBLIC", "<html lang=\"de\">", "\xef\xbb\xbf\r\n <HTML>",
        "<!-- a comment, <b> --> <head>", "<?xml version=\"1.0\"?>\n<!DOCTYPE html>"})
    CHECK(is_web_page(page));
  for (const std::string& other :
       {std::string(), std::string("\x1f\x8b\x08<html>"), std::string("<"), std::string("<svg>"),
        std::string("<!-- <html>"), std::string(600, ' '), std::string("\0\0\x08\x03<html>", 10)})
    CHECK_FALSE(is_web_page(other));
}

TEST_CASE("dataset: a web page under a file's name is called one, packed by its name or not") {
  for (const std::string ending : {"", ".gz"}) {
    const TemporaryFolder folder;
    for (const std::string& name : idx_names())
      folder.write("mnist/" + name + ending, "<!DOCTYPE html>\n<title>Please log in</title>");
    const std::string line = test::error_of([&] { load_dataset("mnist", folder.path()); });
    INFO(line);
    CHECK(mentions(line, {idx_names()[0] + ending, "found a web page (HTML)"}));
  }
}

TEST_CASE("dataset: auto is MNIST where it is found, else synth-digits, and unknown names get the nearest") {
  const TemporaryFolder empty;
  CHECK(resolve_dataset("auto", empty.path()) == "synth-digits");
  CHECK(resolve_dataset("auto", empty.path() / "nowhere") == "synth-digits");
  CHECK(resolve_dataset("mnist", empty.path()) == "mnist");
  CHECK_THROWS_AS(load_dataset("mnist", empty.path()), UserError);
  try {
    resolve_dataset("mnits", empty.path());
    FAIL("an unknown name passed");
  } catch (const UsageError& error) {
    CHECK(mentions(error.what(), {"mnits", "mnist"}));
    CHECK(error.exit_status() == 2);
  }
}

TEST_CASE("dataset: every entry loads as what it says, or says in a line what is missing", "[slow]") {
  const TemporaryFolder empty;
  const auto check = [](const Samples& samples, const Dataset& data) {
    CHECK(samples.count() > 0);
    const std::size_t numbers = samples.values.empty() ? samples.pixels.size() : samples.values.size();
    CHECK(numbers == samples.count() * static_cast<std::size_t>(data.inputs()));
    CHECK(std::ranges::all_of(
        samples.labels, [&](std::uint8_t label) { return label < data.classes || label == data.ignored; }));
    CHECK(samples.labels.size() == samples.count() * samples.labels_each);
    CHECK((samples.labels_each == 1 ||
           samples.labels_each == static_cast<std::size_t>(data.height * data.width)));
  };
  for (const DatasetEntry& entry : dataset_registry()) {
    INFO(entry.name);
    const bool real = !mnist_folder.empty() && entry.found(mnist_folder);
    const fs::path folder = real ? fs::path(mnist_folder) : empty.path();
    if (!entry.found(folder)) {
      const std::string line = test::error_of([&] { entry.load(folder); });
      INFO(line);
      CHECK(mentions(line, {"'" + entry.name + "'", empty.path().string(), "expected", "found"}));
      CHECK(line.find('\n') == std::string::npos);
      continue;
    }
    const Dataset data = entry.load(folder);
    CHECK(data.name == entry.name);
    CHECK(data.checksum.size() == 64);
    CHECK((data.height > 0 && data.width > 0 && data.channels > 0));
    CHECK(data.classes > 1);
    check(data.train, data), check(data.test, data);
    CHECK(data.own_validation < data.train.count());
  }
}

TEST_CASE("dataset: the registry's names differ, and each is described") {
  std::set<std::string> names;
  for (const DatasetEntry& entry : dataset_registry()) {
    INFO(entry.name);
    CHECK(names.insert(entry.name).second);
    CHECK(entry.name != "auto");
    CHECK(!entry.description.empty());
  }
  CHECK(names.count("mnist") == 1);
  CHECK(names.count("synth-digits") == 1);
  CHECK(names.count("cifar10-jpeg") == 1);
}

TEST_CASE(
    "dataset: only what is read from the data folder needs one, and only folder:PATH has another name") {
  const TemporaryFolder empty;
  for (const DatasetEntry& entry : dataset_registry()) {
    INFO(entry.name);
    CHECK(needs_data_folder(entry.name) == !entry.found(empty.path()));
    CHECK(dataset_name(entry.name) == entry.name);
  }
  CHECK(needs_data_folder("auto"));
  CHECK_FALSE(needs_data_folder("folder:here"));
}

TEST_CASE("dataset: an unknown name is answered with all names, folder:PATH among them") {
  const std::string line = test::error_of([] { resolve_dataset("?", "nowhere"); });
  INFO(line);
  CHECK(mentions(line, {"unknown data set '?'", "folder:PATH", "auto"}));
  for (const DatasetEntry& entry : dataset_registry()) CHECK(mentions(line, {entry.name}));
}

}  // namespace
}  // namespace symopt
