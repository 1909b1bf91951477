// test_store_faults.cpp — full disks, read-only folders and kills. Each happens in a child process, so that
// limits and mounts stay there.
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "results/files.hpp"
#include "results/store.hpp"
#include "results/tables.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/errors.hpp"
#include "tests/support/records.hpp"

using namespace symopt;
using namespace symopt::test;
namespace fs = std::filesystem;

namespace {

const Configuration kConfiguration = {{"trials", "4"}};
const std::vector<TrialSpec> kPlan = {make_spec("un", 0), make_spec("un", 1), make_spec("un", 2),
                                      make_spec("un", 3)};

constexpr int kHolds = 0, kBroken = 1, kCannotTest = 2;

// What a child process found out: the value of `promise`, or kBroken where it throws.
template <class Promise>
int in_child(const Promise& promise) {
  const pid_t child = ::fork();
  if (child == 0) {
    int result = kBroken;
    try {
      result = promise();
    } catch (const std::exception& error) {
      std::fprintf(stderr, "%s\n", error.what());
    }
    ::_exit(result);
  }
  int status = -1;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  return WEXITSTATUS(status);
}

// A record too long for the limits below.
TrialRecord large_record(const TrialSpec& spec) {
  TrialRecord record = make_record(spec, 1);
  record.message = std::string(std::size_t{1} << 20, 'x');
  return record;
}

bool has_trial(const fs::path& folder) {
  if (!fs::exists(folder)) return false;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().extension() == ".trial") return true;
  return false;
}

bool temporaries_in(const fs::path& folder) {
  for (const fs::path& file : list_folder(folder))
    if (is_temporary(file)) return true;
  return false;
}

// After a put that failed with `reason`: it said so, nothing half-written stays, and the trial before it is
// there.
int check_failed_put(Store& store, const std::string& reason) {
  const std::string error = error_of([&] { store.put(large_record(kPlan[1])); });
  const bool said = contains(error, "cannot write " + store.folder().string()) && contains(error, reason);
  const std::vector<TrialRecord> left = read_records(store.folder());
  const bool stayed =
      left.size() == 1 && same_bits(left[0], make_record(kPlan[0], 3)) && store.find(kPlan[1]) == nullptr;
  return said && stayed && !temporaries_in(store.folder() / "trials") ? kHolds : kBroken;
}

// A file system of its own, 256 KiB, at `folder`, for this process alone; false where the system does not
// allow it.
bool mount_small_disk(const fs::path& folder) {
  if (::unshare(CLONE_NEWNS) != 0 && ::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
  return ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         ::mount("none", folder.c_str(), "tmpfs", 0, "size=256k") == 0;
}

}  // namespace

TEST_CASE("store: a file that cannot grow is an error, what was finished stays") {
  ScratchFolder folder;
  CHECK(in_child([&] {
          Store store(folder / "out", kConfiguration, kPlan, {});
          store.put(make_record(kPlan[0], 3));
          ::signal(SIGXFSZ, SIG_IGN);
          const rlimit limit{1 << 16, 1 << 16};
          ::setrlimit(RLIMIT_FSIZE, &limit);
          return check_failed_put(store, "File too large");
        }) == kHolds);
  CHECK(read_records(folder / "out").size() == 1);
}

TEST_CASE("store: a full disk is an error, what was finished stays") {
  ScratchFolder folder;
  const int result = in_child([&] {
    if (!mount_small_disk(folder.path)) return kCannotTest;
    Store store(folder / "out", kConfiguration, kPlan, {});
    store.put(make_record(kPlan[0], 3));
    return check_failed_put(store, "No space left on device");
  });
  if (result == kCannotTest) WARN("this system allows no mounts: a disk that is really full was not tested");
  CHECK(result != kBroken);
}

TEST_CASE("store: a folder that becomes read-only is an error, what was finished stays") {
  ScratchFolder folder;
  const int result = in_child([&] {
    if (!mount_small_disk(folder.path)) return kCannotTest;
    {
      Store store(folder / "out", kConfiguration, kPlan, {});
      store.put(make_record(kPlan[0], 3));
    }
    if (::mount(nullptr, folder.path.c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) != 0)
      return kCannotTest;
    const std::string opening = error_of([&] { Store(folder / "out", kConfiguration, kPlan, {}); });
    const std::string making = error_of([&] { Store(folder / "new", kConfiguration, kPlan, {}); });
    const std::string table = error_of([&] { write_csvs(folder / "out", read_records(folder / "out"), 1); });
    for (const std::string& error : {opening, making, table})
      if (!contains(error, folder.path.string()) || !contains(error, "Read-only file system")) return kBroken;
    return read_records(folder / "out").size() == 1 ? kHolds : kBroken;
  });
  if (result == kCannotTest) WARN("this system allows no mounts: a read-only folder was not tested");
  CHECK(result != kBroken);
}

TEST_CASE("store: folders that cannot be made are named") {
  ScratchFolder folder;
  write_text(folder / "file", "x");
  // /proc takes no new folders, not even from root.
  for (const fs::path& path : {folder / "file/out", fs::path("/proc/symopt/out")})
    CHECK(contains(error_of([&] { Store(path, kConfiguration, kPlan, {}); }), path.parent_path().string()));
}

TEST_CASE("store: an old file stays as it was when its replacement fails") {
  ScratchFolder folder;
  write_text(folder / "table.csv", "old");
  CHECK(in_child([&] {
          ::signal(SIGXFSZ, SIG_IGN);
          const rlimit limit{1 << 16, 1 << 16};
          ::setrlimit(RLIMIT_FSIZE, &limit);
          const std::string error =
              error_of([&] { write_atomically(folder / "table.csv", std::string(1 << 20, 'x')); });
          return contains(error, "table.csv") && contains(error, "File too large") ? kHolds : kBroken;
        }) == kHolds);
  CHECK(read_text(folder / "table.csv") == "old");
  CHECK_FALSE(temporaries_in(folder.path));
}

TEST_CASE("store: what a killed process left is removed on opening") {
  ScratchFolder folder;
  { const Store store(folder / "out", kConfiguration, kPlan, {}); }
  for (const std::string name : {"out/.epochs.csv.tmp-7-1", "out/trials/.abc.trial.tmp-7-0"})
    write_text(folder / name, "half");
  write_text(folder / "out/notes.txt", "mine");
  const Store store(folder / "out", kConfiguration, kPlan, {});
  CHECK_FALSE(temporaries_in(folder / "out"));
  CHECK_FALSE(temporaries_in(folder / "out/trials"));
  CHECK(read_text(folder / "out/notes.txt") == "mine");
}

TEST_CASE(
    "store: SIGKILL at any moment of opening and putting leaves only whole trials, and the run goes on") {
  ScratchFolder folder;
  Stream stream(12);
  std::size_t finished = 0;
  for (int round = 0; round < 40; ++round) {
    INFO("round " << round);
    const pid_t child = ::fork();
    if (child == 0) {
      try {
        Store store(folder / "out", kConfiguration, kPlan, {});
        for (std::size_t i = 0;; i = (i + 1) % kPlan.size()) store.put(large_record(kPlan[i]));
      } catch (...) {
      }
      ::_exit(kBroken);  // only the kill may end the loop
    }
    // A slow machine may need longer than any fixed time for the first trial: some rounds wait for one.
    while (round % 4 == 3 && !has_trial(folder / "out/trials")) ::usleep(1000);
    ::usleep(static_cast<useconds_t>(stream.below(40000)));
    ::kill(child, SIGKILL);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));

    const Store store(folder / "out", kConfiguration, kPlan, {});
    CHECK(store.damaged().empty());
    CHECK_FALSE(temporaries_in(folder / "out/trials"));
    const std::vector<TrialRecord> records = store.records(kPlan);
    CHECK(records.size() >= finished);
    finished = records.size();
    for (const TrialRecord& record : records) CHECK(same_bits(record, large_record(record.spec)));
  }
  CHECK(finished > 0);
}
