// test_fetch.cpp — fetching from servers that break off, lie, redirect and fall silent.
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>

#include "core/data/sha256.hpp"
#include "core/random.hpp"
#include "experiments/fetch/fetch.hpp"
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

constexpr std::uint64_t kBytes = 300001;

std::string random_bytes() {
  Stream stream(5);
  std::string bytes;
  for (std::uint64_t i = 0; i < kBytes; ++i) bytes += static_cast<char>(stream.below(256));
  return bytes;
}

struct Told final : FetchMonitor {
  std::vector<std::string> failures, served;
  std::uint64_t seen = 0;
  bool stop = false;  // once there are bytes
  void bytes(std::uint64_t done, std::uint64_t) override { seen = std::max(seen, done); }
  bool cancelled() const override { return stop && seen > 0; }
  void finished(const std::string&, std::uint64_t, const std::string& url) override { served.push_back(url); }
  void failed(const std::string& url, const std::string& reason) override {
    failures.push_back(url + ": " + reason);
  }
};

// One published file, a server that has it, and a folder to fetch it to.
struct Rig {
  TemporaryFolder published;
  ScratchFolder here;
  std::string bytes = random_bytes();
  PublishedFile file{.name = "a.bin", .bytes = kBytes, .sha256 = sha256(bytes)};
  fs::path target = here / "set/a.bin", part = here / "set/a.bin.part";
  Told told;
  std::optional<Mirror> mirror;

  Rig() {
    // Nothing of this goes to a proxy.
    setenv("no_proxy", "127.0.0.1", 1);
    published.write("a.bin", bytes);
    mirror = Mirror::serve(published.path());
  }
  bool ready() const {
    if (!mirror) WARN("no python3: not tested");
    return mirror.has_value();
  }
  std::string get(const std::vector<std::string>& ways, int stall_seconds = 20) {
    std::vector<std::string> mirrors;
    for (const std::string& way : ways) mirrors.push_back(mirror->address(way));
    Fetcher fetcher({.data = here.path, .stall_seconds = stall_seconds}, told);
    return error_of([&] { fetcher.get(file, target, mirrors); });
  }
  bool arrived() const { return fs::exists(target) && read_text(target) == bytes && !fs::exists(part); }
  void leave_part(const std::string& content) const {
    fs::create_directories(part.parent_path());
    write_text(part, content);
  }
  // The first byte that each request for the file asked for.
  std::vector<std::uint64_t> starts() const {
    std::vector<std::uint64_t> found;
    for (const std::string& line : mirror->requests()) {
      const size_t equals = line.find("bytes=");
      found.push_back(equals == std::string::npos ? 0 : std::stoull(line.substr(equals + 6)));
    }
    return found;
  }
};
using Starts = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("fetch: a file arrives whole under its name, asked for once") {
  Rig rig;
  if (!rig.ready()) return;
  CHECK(rig.get({"plain"}).empty());
  CHECK(rig.arrived());
  CHECK(rig.starts() == Starts{0});
  CHECK(rig.told.served == std::vector<std::string>{rig.mirror->address("plain") + "/a.bin"});
  CHECK(rig.told.failures.empty());
}

TEST_CASE("fetch: a server that breaks off every time is asked for the rest until all is there") {
  Rig rig;
  if (!rig.ready()) return;
  CHECK(rig.get({"breaks"}).empty());
  CHECK(rig.arrived());
  const Starts starts = rig.starts();
  REQUIRE(starts.size() > 3);
  CHECK(starts[1] == kBytes / 2);
  CHECK(std::is_sorted(starts.begin(), starts.end()));
  CHECK(std::adjacent_find(starts.begin(), starts.end()) == starts.end());  // no part is sent twice
}

TEST_CASE("fetch: what a broken download left is gone on with by the next mirror and by the next call") {
  Rig rig;
  if (!rig.ready()) return;
  const std::string line = rig.get({"breaks-norange"});
  CHECK(contains(line, "cannot fetch a.bin: " + rig.mirror->address("breaks-norange") +
                           "/a.bin: it broke off after 150000 bytes"));
  CHECK_FALSE(fs::exists(rig.target));
  REQUIRE(fs::file_size(rig.part) == kBytes / 2);
  CHECK(rig.get({"missing", "plain"}).empty());
  CHECK(rig.arrived());
  CHECK(rig.starts().back() == kBytes / 2);
}

TEST_CASE("fetch: a server without ranges sends all, which replaces what was there") {
  Rig rig;
  if (!rig.ready()) return;
  rig.leave_part(rig.bytes.substr(0, 1000));
  CHECK(rig.get({"norange"}).empty());
  CHECK(rig.arrived());
  CHECK(rig.starts() == Starts{1000});
}

TEST_CASE(
    "fetch: a part that is not the file's beginning is found out and fetched anew from the same mirror") {
  Rig rig;
  if (!rig.ready()) return;
  rig.leave_part(std::string(1000, 'x'));
  CHECK(rig.get({"plain"}).empty());
  CHECK(rig.arrived());
  CHECK(rig.starts() == Starts{1000, 0});
}

TEST_CASE("fetch: a part that is longer than the file is fetched anew") {
  Rig rig;
  if (!rig.ready()) return;
  rig.leave_part(rig.bytes + "more");
  CHECK(rig.get({"plain"}).empty());
  CHECK(rig.arrived());
}

TEST_CASE("fetch: an answer with another part than was asked for is not appended") {
  Rig rig;
  if (!rig.ready()) return;
  rig.leave_part(rig.bytes.substr(0, 1000));
  CHECK(rig.get({"other-range"}).empty());  // the second request asks for all
  CHECK(rig.arrived());
  CHECK(rig.starts() == Starts{1000, 0});
}

TEST_CASE("fetch: wrong bytes never become the file, and the next mirror is asked for all of it") {
  Rig rig;
  if (!rig.ready()) return;
  const std::string line = rig.get({"wrong"});
  INFO(line);
  CHECK(contains(line, "SHA-256: expected " + rig.file.sha256 + ", found "));
  CHECK_FALSE(fs::exists(rig.target));
  CHECK_FALSE(fs::exists(rig.part));
  CHECK(rig.get({"wrong", "plain"}).empty());
  CHECK(rig.arrived());
  CHECK(rig.starts() == Starts{0, 0, 0});
  CHECK(rig.told.failures.size() == 2);
}

TEST_CASE("fetch: a file that is longer or shorter than published is refused, with both sizes") {
  Rig rig;
  if (!rig.ready()) return;
  CHECK(contains(rig.get({"long"}), "expected at most 300001 bytes, found more"));
  CHECK_FALSE(fs::exists(rig.part));
  rig.file.bytes = kBytes + 5;
  CHECK(contains(rig.get({"plain"}), "size in bytes: expected 300006, found 300001"));
  CHECK_FALSE(fs::exists(rig.target));
}

TEST_CASE("fetch: a web page in the place of a file is called one, shorter or longer than the file") {
  for (const size_t more : {size_t{0}, kBytes}) {
    Rig rig;
    if (!rig.ready()) return;
    rig.published.write("a.bin", "<html><body>Please log in" + std::string(more, ' '));
    const std::string line = rig.get({"plain"});
    CHECK(contains(line, "/a.bin: expected the file, found a web page (HTML)"));
    CHECK_FALSE(fs::exists(rig.target));
  }
}

TEST_CASE("fetch: redirects are followed, but not in circles and not to files of this machine") {
  Rig rig;
  if (!rig.ready()) return;
  CHECK(contains(rig.get({"loop"}), "redirects"));
  const std::string refused = rig.get({"file"});
  INFO(refused);
  CHECK(
      contains(refused, "rotocol \"file\""));  // curl 7 goes on with "not supported", curl 8 with "disabled"
  CHECK(contains(rig.get({"ftp"}), "rotocol \"ftp\""));
  CHECK_FALSE(fs::exists(rig.target));
  CHECK(rig.get({"redirect"}).empty());
  CHECK(rig.arrived());
}

TEST_CASE("fetch: addresses of this machine and its networks are told from public ones") {
  for (const char* address : {"127.0.0.1",
                              "127.9.9.9",
                              "10.1.2.3",
                              "172.16.0.1",
                              "172.31.255.255",
                              "192.168.1.1",
                              "169.254.169.254",
                              "0.0.0.0",
                              "100.64.0.1",
                              "100.127.255.255",
                              "224.0.0.1",
                              "255.255.255.255",
                              "::",
                              "::1",
                              "fe80::1%eth0",
                              "fc00::1",
                              "fd12::1",
                              "ff02::1",
                              "fec0::1",
                              "::ffff:127.0.0.1",
                              "::ffff:10.0.0.1",
                              "64:ff9b::7f00:1",
                              "no address",
                              ""}) {
    INFO(address);
    CHECK(is_local_address(address));
  }
  for (const char* address :
       {"8.8.8.8", "9.255.255.255", "11.0.0.0", "172.15.255.255", "172.32.0.0", "192.167.255.255",
        "192.169.0.0", "100.63.255.255", "100.128.0.0", "169.253.0.1", "223.255.255.255",
        "2001:4860:4860::8888", "::ffff:8.8.8.8", "64:ff9b::808:808", "fbff::1", "fe7f::1"}) {
    INFO(address);
    CHECK_FALSE(is_local_address(address));
  }
}

TEST_CASE("fetch: mirrors are tried in order, and each one's fault is told in one line") {
  Rig rig;
  if (!rig.ready()) return;
  const std::string line = rig.get({"missing", "broken"});
  CHECK(line == "cannot fetch a.bin: " + rig.mirror->address("missing") +
                    "/a.bin: HTTP status 404 (not found); " + rig.mirror->address("broken") +
                    "/a.bin: HTTP status 500");
  CHECK_FALSE(fs::exists(rig.part));
  CHECK(rig.get({"missing", "broken", "plain", "wrong"}).empty());
  CHECK(rig.arrived());
  const std::vector<std::string> requests = rig.mirror->requests();
  CHECK(requests.back() == "/plain/a.bin -");  // nothing is asked after success
}

TEST_CASE("fetch: a server that nobody answers for is told as such") {
  Rig rig;
  if (!rig.ready()) return;
  Told told;
  Fetcher fetcher({.data = rig.here.path}, told);
  // Port 9 (discard) of this machine: refused at once where nothing listens.
  const std::string line = error_of([&] {
    fetcher.get(rig.file, rig.target, {"http://127.0.0.1:9", "gopher://127.0.0.1"});
  });
  INFO(line);
  CHECK(contains(line, "http://127.0.0.1:9/a.bin: "));
  CHECK(contains(line, "gopher://127.0.0.1/a.bin: "));
}

TEST_CASE("fetch: the mirror that was given comes first, and is the only one where that was asked for") {
  Rig rig;
  if (!rig.ready()) return;
  const std::vector<std::string> mirrors = {rig.mirror->address("plain")};
  {
    Fetcher fetcher({.data = rig.here.path, .mirror = rig.mirror->address("missing/"), .only_mirror = true},
                    rig.told);
    CHECK(contains(error_of([&] { fetcher.get(rig.file, rig.target, mirrors); }),
                   "/missing/a.bin: HTTP status 404"));
  }
  Fetcher fetcher({.data = rig.here.path, .mirror = rig.mirror->address("missing/")}, rig.told);
  fetcher.get(rig.file, rig.target, mirrors);
  CHECK(rig.arrived());
  CHECK(rig.mirror->requests() ==
        std::vector<std::string>{"/missing/a.bin -", "/missing/a.bin -", "/plain/a.bin -"});
}

TEST_CASE("fetch: a server that falls silent is left for the next one, with what it sent", "[slow]") {
  Rig rig;
  if (!rig.ready()) return;
  CHECK(rig.get({"silent", "slow", "plain"}, 2).empty());
  CHECK(rig.arrived());
  REQUIRE(rig.told.failures.size() == 2);
  for (const std::string& failure : rig.told.failures) CHECK(contains(failure, "the server fell silent"));
  // Whoever sent nothing is not waited for twice.
  CHECK(rig.mirror->requests() == std::vector<std::string>{"/silent/a.bin -", "/slow/a.bin -",
                                                           "/slow/a.bin bytes=150000-",
                                                           "/plain/a.bin bytes=150000-"});
}

TEST_CASE("fetch: interrupted, it keeps what came") {
  Rig rig;
  if (!rig.ready()) return;
  rig.told.stop = true;
  Fetcher fetcher({.data = rig.here.path, .stall_seconds = 10}, rig.told);
  CHECK_THROWS_AS(fetcher.get(rig.file, rig.target, {rig.mirror->address("slow")}), DownloadCancelled);
  CHECK_FALSE(fs::exists(rig.target));
  CHECK(read_text(rig.part) == rig.bytes.substr(0, kBytes / 2));
}

TEST_CASE("fetch: an error of whoever is told comes out, and the same fetcher goes on afterwards") {
  Rig rig;
  if (!rig.ready()) return;
  struct Broken final : FetchMonitor {
    bool broken = true;
    void bytes(std::uint64_t, std::uint64_t) override {
      if (broken) throw UserError("out of words");
    }
  } listener;
  Fetcher fetcher({.data = rig.here.path, .stall_seconds = 20}, listener);
  const auto get = [&] { fetcher.get(rig.file, rig.target, {rig.mirror->address("plain")}); };
  CHECK(error_of(get) == "out of words");
  CHECK_FALSE(fs::exists(rig.target));
  listener.broken = false;
  CHECK(error_of(get).empty());
  CHECK(rig.arrived());
}

TEST_CASE("fetch: two downloads of one file do not mix") {
  Rig rig;
  if (!rig.ready()) return;
  const PartFile other(rig.target);
  CHECK(contains(rig.get({"plain"}),
                 "a.bin.part: lock: expected no other download of this file, found another"));
  CHECK(rig.starts().empty());
}

TEST_CASE("fetch: a disk that is full ends it with one line, and no mirror is blamed") {
  Rig rig;
  if (!rig.ready()) return;
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_FSIZE, &before) == 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{100000, before.rlim_max};
  REQUIRE(setrlimit(RLIMIT_FSIZE, &small) == 0);
  const std::string line = rig.get({"plain", "plain"});
  REQUIRE(setrlimit(RLIMIT_FSIZE, &before) == 0);
  std::signal(SIGXFSZ, handler);
  CHECK(line == "cannot write " + rig.part.string() + ": File too large");
  CHECK_FALSE(fs::exists(rig.target));
  CHECK(rig.told.failures.empty());
}

TEST_CASE("fetch: with a SHA-256 of the content, gzip may be wrapped anew but not hold anything else") {
  Rig rig;
  if (!rig.ready()) return;
  rig.published.write("b.gz", gzip(rig.bytes.substr(0, 100)) + gzip(rig.bytes.substr(100)));
  rig.published.write("c.gz", gzip(rig.bytes + "x"));
  rig.published.write("d.gz", rig.bytes);
  rig.target = rig.here / "set/b.gz";
  rig.file = {.name = "b.gz", .content_sha256 = sha256(rig.bytes)};
  CHECK(rig.get({"plain"}).empty());
  CHECK(fs::exists(rig.target));
  rig.file.name = "c.gz";
  CHECK(contains(rig.get({"plain"}), "SHA-256 of the uncompressed bytes: expected " + sha256(rig.bytes)));
  rig.file.name = "d.gz";
  CHECK(contains(rig.get({"plain"}), "expected a valid gzip stream"));
}
