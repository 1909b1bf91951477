// test_part_file.cpp — a download's part file, while another process ends the same download.
#include <filesystem>
#include <functional>
#include <utility>

#include "experiments/fetch/part_file.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/records.hpp"

using namespace symopt;
using namespace symopt::fetch;
using namespace symopt::test;
namespace fs = std::filesystem;

namespace {
std::function<void()> meanwhile;  // what another process does between the opening and the lock
}  // namespace

// In place of the system's, for this program: the lock is had at the last moment.
extern "C" int flock(int, int) noexcept {
  if (meanwhile) std::exchange(meanwhile, nullptr)();
  return 0;
}

TEST_CASE("part file: a download that ended just before the lock keeps its file") {
  const ScratchFolder folder;
  const fs::path target = folder / "a.bin";
  write_text(folder / "a.bin.part", "whole");
  meanwhile = [&] { fs::rename(folder / "a.bin.part", target); };
  {
    PartFile part(target);
    CHECK(meanwhile == nullptr);
    CHECK(part.size() == 0);
    part.restart();
    int error = 0;
    CHECK(part.append("half", error));
    CHECK(read_text(folder / "a.bin.part") == "half");
  }
  CHECK(read_text(target) == "whole");
}

TEST_CASE("part file: one that was removed just before the lock is made again") {
  const ScratchFolder folder;
  meanwhile = [&] { fs::remove(folder / "a.bin.part"); };
  PartFile part(folder / "a.bin");
  int error = 0;
  CHECK(part.append("all of it", error));
  part.commit();
  CHECK(read_text(folder / "a.bin") == "all of it");
  CHECK_FALSE(fs::exists(folder / "a.bin.part"));
}

TEST_CASE("part file: nothing is left of a download that brought nothing, and what came stays") {
  const ScratchFolder folder;
  { const PartFile part(folder / "a.bin"); }
  CHECK_FALSE(fs::exists(folder / "a.bin.part"));
  {
    PartFile part(folder / "a.bin");
    int error = 0;
    CHECK(part.append("half", error));
  }
  CHECK(PartFile(folder / "a.bin").size() == 4);
  CHECK(read_text(folder / "a.bin.part") == "half");
}
