// test_lockless.cpp — a shared file system without locks and without hard links: what protects the folder is
// that writes are atomic.
#include <cerrno>

#include "tests/support/catch.hpp"
#include "tests/support/results_folder.hpp"

using namespace symopt;
using namespace symopt::test;
namespace fs = std::filesystem;

namespace {
int lock_error = 0;
int lock_calls = 0;
int link_error = EPERM;
int link_calls = 0;
}  // namespace

// In place of the system's, for this program: locks fail as they do on such a file system.
extern "C" int flock(int, int) noexcept {
  ++lock_calls;
  errno = lock_error;
  return -1;
}

extern "C" int link(const char*, const char*) noexcept {
  ++link_calls;
  errno = link_error;
  return -1;
}

TEST_CASE("lockless: a folder whose file system has no locks is opened all the same, by several stores") {
  for (const int error : {ENOLCK, ENOSYS, ENOTSUP, EINVAL}) {
    lock_error = error;
    ScratchFolder folder;
    half_finish(folder / "out");
    write_text(folder / "out/trials/.abc.trial.tmp-7-0", "half");
    {
      Store one(folder / "out", kConfiguration, kPlan, kExtendable);
      Store two(folder / "out", kConfiguration, kPlan, kExtendable);
      one.put(make_record(kPlan[2], 3));
      two.put(make_record(kPlan[2], 3));
      two.put(make_record(kPlan[3], 3));
    }
    CHECK(fs::exists(folder / "out/trials/.abc.trial.tmp-7-0"));  // it may be someone's
    const Store store(folder / "out", kConfiguration, kPlan, kExtendable);
    CHECK(store.damaged().empty());
    CHECK(store.records(kPlan).size() == kPlan.size());
  }
  CHECK(lock_calls > 0);
}

TEST_CASE("lockless: without hard links too, a file that is there is never replaced by a new one") {
  const ScratchFolder folder;
  const int before = link_calls;
  CHECK(write_new(folder / "a", "first"));
  CHECK_FALSE(write_new(folder / "a", "second"));
  CHECK(read_text(folder / "a") == "first");
  CHECK(list_folder(folder.path).size() == 1);  // no temporary file either
  CHECK(link_calls == before + 2);
  link_error = EIO;
  CHECK(contains(error_of([&] { write_new(folder / "b", "third"); }), "Input/output error"));
  CHECK(list_folder(folder.path).size() == 1);
  link_error = EPERM;
}

TEST_CASE("lockless: a lock that fails for another reason is an error") {
  lock_error = EIO;
  ScratchFolder folder;
  const std::string error = error_of_opening(folder / "out", kConfiguration, kPlan);
  CHECK(contains(error, "cannot lock"));
  CHECK(contains(error, "Input/output error"));
}
