// test_hostile_files.cpp — links, pipes, devices and sizes where files are expected: nothing is written
// outside a folder, nothing waits, nothing is read that has no end.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "core/data/camvid.hpp"
#include "core/data/png.hpp"
#include "core/regular_file.hpp"
#include "experiments/fetch/fetch.hpp"
#include "experiments/fetch/part_file.hpp"
#include "results/seal.hpp"
#include "results/tables.hpp"
#include "results/trial_file.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/results_folder.hpp"
#include "tests/support/sanitizers.hpp"

using namespace symopt;
using namespace symopt::test;
namespace fs = std::filesystem;

namespace {

void make_pipe(const fs::path& path) { REQUIRE(::mkfifo(path.c_str(), 0600) == 0); }

// Ends this program where `call` waits for a pipe's other end: a failure, and not a test that never ends.
template <class Call>
std::string error_in_time(const Call& call) {
  ::alarm(20);
  const std::string error = error_of(call);
  ::alarm(0);
  return error;
}

#ifndef SYMOPT_ADDRESS_SANITIZER  // which takes more address space than any bound
// Bytes of address space that this process has.
std::size_t memory_of_this_process() {
  std::size_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

void limit_memory(std::size_t bytes) {
  const rlimit limit{bytes, bytes};
  ::setrlimit(RLIMIT_AS, &limit);
}
#endif

// A file of a size that no machine has as memory, and of which nothing lies on the disk.
void make_sparse(const fs::path& path) {
  write_text(path, "");
  fs::resize_file(path, std::uint64_t{1} << 42);
}

}  // namespace

TEST_CASE(
    "hostile files: a lock that is a link, a second name or a pipe is refused, and what it stands for "
    "stays") {
  ScratchFolder folder;
  half_finish(folder / "out");
  const fs::path lock = folder / "out" / FolderLock::kName, precious = folder / "precious";
  const std::string expected = "cannot write " + lock.string() + ": expected a file of its own, found ";
  write_text(precious, "of someone else");
  fs::remove(lock);
  fs::create_symlink(precious, lock);
  CHECK(error_of_opening(folder / "out", kConfiguration, kPlan) == expected + "a link; remove or rename it");
  fs::remove(lock);
  fs::create_symlink(folder / "to be made", lock);
  CHECK(error_of_opening(folder / "out", kConfiguration, kPlan) == expected + "a link; remove or rename it");
  CHECK_FALSE(fs::exists(folder / "to be made"));
  fs::remove(lock);
  fs::create_hard_link(precious, lock);
  CHECK(error_of_opening(folder / "out", kConfiguration, kPlan) ==
        expected + "one that has another name too; remove or rename it");
  fs::remove(lock);
  make_pipe(lock);
  CHECK(error_in_time([&] { Store(folder / "out", kConfiguration, kPlan, kExtendable); }) ==
        expected + "a named pipe; remove or rename it");
  fs::remove(lock);
  fs::create_directory(lock);
  CHECK(error_of_opening(folder / "out", kConfiguration, kPlan) ==
        expected + "a folder; remove or rename it");
  CHECK(read_text(precious) == "of someone else");
  fs::remove(lock);
  CHECK(error_of_opening(folder / "out", kConfiguration, kPlan) == "");
}

TEST_CASE(
    "hostile files: a results folder with a linked folder in it is refused, and nothing there is moved") {
  for (const char* part : {"trials", "checkpoints", "damaged", "parameters", "figures"}) {
    INFO(part);
    ScratchFolder folder;
    half_finish(folder / "out");
    const fs::path elsewhere = folder / "elsewhere", link = folder / "out" / part;
    if (fs::exists(link))
      fs::rename(link, elsewhere);
    else
      fs::create_directory(elsewhere);
    write_text(elsewhere / "damaged.trial", "no trial");
    write_text(elsewhere / ".x.tmp-1-1", "as if left by a kill");
    fs::create_directory_symlink(elsewhere, link);
    const auto before = snapshot(elsewhere);
    const std::string error = "cannot write " + link.string() + ": expected a folder, found a link to one";
    CHECK(contains(error_of_opening(folder / "out", kConfiguration, kPlan), error));
    CHECK(contains(error_of([&] { write_csvs(folder / "out", {make_record(kPlan[0], 3)}, {}); }), error));
    CHECK(snapshot(elsewhere) == before);
  }
}

TEST_CASE("hostile files: the results folder itself may be a link, as may files in it, which are replaced") {
  ScratchFolder folder;
  half_finish(folder / "there");
  fs::create_directory_symlink(folder / "there", folder / "out");
  const fs::path plan = folder / "there" / "plan.csv", precious = folder / "precious";
  write_text(precious, "of someone else");
  fs::remove(plan);
  fs::create_symlink(precious, plan);
  CHECK(error_of_opening(folder / "out", kConfiguration, kPlan) == "");
  CHECK(fs::is_regular_file(fs::symlink_status(plan)));
  CHECK(read_text(precious) == "of someone else");
}

TEST_CASE("hostile files: a download's part that is a link, a second name or a pipe is refused") {
  ScratchFolder folder;
  const fs::path target = folder / "a.bin", part = folder / "a.bin.part", precious = folder / "precious";
  const auto error = [&] { return error_in_time([&] { fetch::PartFile file(target); }); };
  const std::string expected = "cannot write " + part.string() + ": expected a file of its own, found ";
  write_text(precious, "of someone else");
  fs::create_symlink(precious, part);
  CHECK(error() == expected + "a link; remove or rename it");
  fs::remove(part);
  fs::create_hard_link(precious, part);
  CHECK(error() == expected + "one that has another name too; remove or rename it");
  fs::remove(part);
  make_pipe(part);
  CHECK(error() == expected + "a named pipe; remove or rename it");
  CHECK(read_text(precious) == "of someone else");
  fs::create_directory(folder / "there");
  fs::create_directory_symlink(folder / "there", folder / "set");
  CHECK(contains(error_of([&] { fetch::PartFile file(folder / "set" / "a.bin"); }),
                 "cannot write " + (folder / "set").string() + ": expected a folder, found a link to one"));
  CHECK(fs::is_empty(folder / "there"));
}

TEST_CASE("hostile files: what is no regular file is not read, and nobody waits for it") {
  ScratchFolder folder;
  const fs::path pipe = folder / "pipe";
  make_pipe(pipe);
  const std::string expected = ": expected a regular file, found ";
  CHECK(error_in_time([&] { read_file(pipe); }) ==
        "cannot read " + pipe.string() + expected + "a named pipe");
  CHECK(error_in_time([&] { read_file("/dev/zero"); }) == "cannot read /dev/zero" + expected + "a device");
  CHECK(error_of([&] { read_file(folder.path); }) ==
        "cannot read " + folder.path.string() + expected + "a folder");
  CHECK(contains(error_in_time([&] { read_configuration(pipe); }), expected + "a named pipe"));
  CHECK(contains(error_in_time([&] { read_png(pipe, 3); }), "expected a regular file, found a named pipe"));
  CHECK(contains(error_in_time([&] { read_camvid_list(pipe, "train", 3); }), "found a named pipe"));
  CHECK(contains(error_in_time([&] { fetch::file_sha256(pipe); }), "found a named pipe"));
  half_finish(folder / "out");
  make_pipe(trial_file(folder / "out", kPlan[2]));
  const std::string error = error_in_time([&] { Store(folder / "out", kConfiguration, kPlan, kExtendable); });
  CHECK(contains(error, trial_file(folder / "out", kPlan[2]).string() + expected + "a named pipe"));
}

TEST_CASE("hostile files: a file larger than what is read is refused by its size, before it is read") {
  ScratchFolder folder;
  const fs::path sparse = folder / "sparse";
  make_sparse(sparse);
  CHECK(error_of([&] { read_file(sparse, 100); }) ==
        "cannot read " + sparse.string() + ": expected at most 100 bytes, found 4398046511104");
  CHECK(contains(error_of([&] { read_file(sparse); }), "the memory there is, found 4398046511104"));
  CHECK(contains(error_of([&] { read_configuration(sparse); }), "expected at most 16777216 bytes"));
  CHECK(contains(error_of([&] { read_camvid_list(sparse, "train", 3); }), "size: expected at most"));
  half_finish(folder / "out");
  make_sparse(trial_file(folder / "out", kPlan[2]));
  CHECK(
      contains(error_of_opening(folder / "out", kConfiguration, kPlan), "expected at most 1073741824 bytes"));
  write_text(folder / "hundred", std::string(100, 'x'));
  CHECK(read_file(folder / "hundred", 100) == std::string(100, 'x'));
  CHECK(
      contains(error_of([&] { read_file(folder / "hundred", 99); }), "expected at most 99 bytes, found 100"));
}

// The address sanitizer needs more address space than any limit leaves.
#ifndef SYMOPT_ADDRESS_SANITIZER
TEST_CASE("hostile files: a trial file of 20 MB takes no more memory than a few times its size") {
  // Counts that its lines do not bear out, each beside as many bytes: of fields, and of rows.
  const std::string head = "symopt trial format=1 results=" + std::to_string(kResultVersion) + "\n";
  const std::string whole = to_trial_text(make_record(kPlan[0], 3));
  const std::string spec = whole.substr(head.size(), whole.find("[curve]") - head.size());
  const std::string columns = whole.substr(
      whole.find("epoch,steps"), whole.find('\n', whole.find("epoch,steps")) - whole.find("epoch,steps"));
  const std::string many = std::to_string(20'000'000), filler(20'000'000, '\n');
  const auto limited = [](const std::string& text) {
    const pid_t child = ::fork();
    if (child == 0) {
      // Of the 20 MB there are two copies here; what comes beyond them is what the counts would take.
      const auto size = memory_of_this_process();
      limit_memory(size + (std::size_t{200} << 20));
      try {
        from_trial_text(text, "x.trial");
        ::_exit(2);
      } catch (const std::bad_alloc&) {
        ::_exit(1);
      } catch (const UserError&) {
        ::_exit(0);
      }
    }
    int status = -1;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  };
  CHECK(limited(sealed(head + "[spec] " + many + "\n" + filler)) == 0);
  CHECK(limited(sealed(head + spec + "[curve] " + many + "\n" + columns + "\n" + filler)) == 0);
}

#endif

TEST_CASE("hostile files: the memory there is, is known, and no more than the machine's") {
  CHECK(memory_there_is() <= machine_memory());
  CHECK(memory_there_is() > (std::uint64_t{64} << 20));
  CHECK(machine_memory() < (std::uint64_t{1} << 50));
}
