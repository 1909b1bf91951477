// test_shards.cpp — several processes on one folder: each trial is someone's, nobody waits, nothing is lost.
#include <sys/wait.h>
#include <unistd.h>

#include <set>

#include "tests/support/catch.hpp"
#include "tests/support/csv_table.hpp"
#include "tests/support/results_folder.hpp"

using namespace symopt;
using namespace symopt::test;
namespace fs = std::filesystem;

namespace {

std::string error_of_shard(const fs::path& folder, const Configuration& configuration) {
  return error_of([&] { Store(folder, configuration, kPlan, kExtendable, Shard{1, 2}); });
}

}  // namespace

TEST_CASE("shards: every trial is in exactly one of them, and they differ by at most one trial") {
  for (int trials : {0, 1, 5, 12})
    for (int count : {1, 2, 3, 5, 100}) {
      const std::vector<TrialSpec> plan = make_plan({"un", "sgd"}, trials);
      std::multiset<std::string> seen;
      size_t least = plan.size(), most = 0;
      for (int i = 1; i <= count; ++i) {
        const auto part = part_of(plan, {i, count});
        least = std::min(least, part.size()), most = std::max(most, part.size());
        for (const TrialSpec& spec : part) seen.insert(spec.hash());
      }
      CHECK(seen.size() == plan.size());
      CHECK(std::set(seen.begin(), seen.end()).size() == plan.size());
      CHECK(most - least <= 1);
    }
}

TEST_CASE("shards: i/n is read strictly") {
  CHECK(parse_shard("2/4").index == 2);
  CHECK(parse_shard("2/4").count == 4);
  CHECK(parse_shard("1/1").text() == "1/1");
  for (const std::string wrong :
       {"", "2", "0/4", "5/4", "-1/4", "1/0", "1/4x", "a/b", "1/4/2", "1/99999999999"})
    CHECK(contains(error_of([&] { parse_shard(wrong); }), "option 'shard': expected i/n"));
}

TEST_CASE(
    "shards: share a folder at the same time, each sees its own trials, and together they are the plan") {
  ScratchFolder folder;
  const std::vector<TrialSpec> plan = make_plan({"un", "sgd"}, 5);
  {
    std::vector<std::unique_ptr<Store>> stores;
    for (int i = 1; i <= 3; ++i)
      stores.push_back(
          std::make_unique<Store>(folder / "out", kConfiguration, plan, kExtendable, Shard{i, 3}));
    for (int i = 1; i <= 3; ++i)
      for (const TrialSpec& spec : part_of(plan, {i, 3}))
        stores[static_cast<size_t>(i - 1)]->put(make_record(spec, 2));
    CHECK(stores[0]->records(plan).size() == 4);
    CHECK(stores[2]->records(plan).size() == 3);
  }
  const Store second(folder / "out", kConfiguration, plan, kExtendable, Shard{2, 3});
  CHECK(second.records(plan).size() == 3);
  CHECK(read_csv(folder / "out/plan.csv").rows.size() == plan.size());
  CHECK(read_records(folder / "out").size() == plan.size());
}

TEST_CASE("shards: a whole run and shards keep each other out, with the holder's process") {
  ScratchFolder folder;
  const std::string holder = "process " + std::to_string(::getpid());
  {
    const Store shard(folder / "out", kConfiguration, kPlan, kExtendable, Shard{1, 2});
    CHECK(contains(error_of_opening(folder / "out", kConfiguration, kPlan), holder));
  }
  const Store whole(folder / "out", kConfiguration, kPlan, kExtendable);
  CHECK(contains(error_of_shard(folder / "out", kConfiguration), holder));
}

TEST_CASE("shards: another configuration is refused, a longer plan too") {
  ScratchFolder folder;
  half_finish(folder / "out");
  CHECK(error_of_shard(folder / "out", kConfiguration).empty());
  Configuration other = kConfiguration;
  other[2].second = "6";  // trials, which a whole run may raise
  CHECK(contains(error_of_shard(folder / "out", other),
                 "key trials: expected '6' as asked, found '4' in the folder"));
}

TEST_CASE("shards: leave the temporary files of others alone") {
  ScratchFolder folder;
  half_finish(folder / "out");
  const fs::path other = folder / "out/trials/.abc.trial.tmp-7-0";
  write_text(other, "half");
  { const Store shard(folder / "out", kConfiguration, kPlan, kExtendable, Shard{1, 2}); }
  CHECK(fs::exists(other));
  { const Store whole(folder / "out", kConfiguration, kPlan, kExtendable); }
  CHECK(!fs::exists(other));
}

TEST_CASE("shards: set aside a damaged trial of theirs, others' they do not look at") {
  ScratchFolder folder;
  half_finish(folder / "out");
  write_text(trial_file(folder / "out", kPlan[1]), "symopt");
  {
    const Store first(folder / "out", kConfiguration, kPlan, kExtendable, Shard{1, 2});
    CHECK(first.damaged().empty());
  }
  const Store second(folder / "out", kConfiguration, kPlan, kExtendable, Shard{2, 2});
  REQUIRE(second.damaged().size() == 1);
  CHECK(contains(second.damaged()[0], kPlan[1].hash()));
}

TEST_CASE("shards: processes that make a folder at the same moment lose nothing") {
  constexpr int kCount = 8;
  const std::vector<TrialSpec> plan = make_plan({"un", "sgd"}, 16);
  for (int round = 0; round < 5; ++round) {
    ScratchFolder folder;
    std::vector<pid_t> children;
    for (int i = 1; i <= kCount; ++i) {
      const pid_t child = ::fork();
      if (child == 0) {
        const std::string error = error_of([&] {
          Store store(folder / "out", kConfiguration, plan, kExtendable, Shard{i, kCount});
          for (const TrialSpec& spec : part_of(plan, {i, kCount})) store.put(make_record(spec, 2));
        });
        if (!error.empty()) std::fprintf(stderr, "%s\n", error.c_str());
        ::_exit(error.empty() ? 0 : 1);
      }
      children.push_back(child);
    }
    for (const pid_t child : children) {
      int status = -1;
      REQUIRE(::waitpid(child, &status, 0) == child);
      CHECK(status == 0);
    }
    const Store whole(folder / "out", kConfiguration, plan, kExtendable);
    CHECK(whole.damaged().empty());
    CHECK(whole.records(plan).size() == plan.size());
  }
}

TEST_CASE("shards: of two configurations at the same moment one has the folder, and the other is refused") {
  constexpr int kCount = 8;
  for (int round = 0; round < 10; ++round) {
    ScratchFolder folder;
    std::vector<pid_t> children;
    for (int i = 1; i <= kCount; ++i) {
      const pid_t child = ::fork();
      if (child == 0) {
        Configuration own = kConfiguration;
        own[2].second = i % 2 == 0 ? "4" : "6";
        const std::string error = error_of([&] {
          const Store store(folder / "out", own, kPlan, kExtendable, Shard{i, kCount});
          if (read_configuration(store.folder() / "config.ini") != own)
            throw UserError("opened, and the configuration is another");
        });
        const bool refused = contains(error, "key trials: expected ");
        if (!error.empty() && !refused) std::fprintf(stderr, "%s\n", error.c_str());
        ::_exit(error.empty() ? 0 : refused ? 1 : 2);
      }
      children.push_back(child);
    }
    int opened[2] = {0, 0};  // of the odd shards, of the even ones
    for (int i = 0; i < kCount; ++i) {
      int status = -1;
      REQUIRE(::waitpid(children[static_cast<size_t>(i)], &status, 0) == children[static_cast<size_t>(i)]);
      REQUIRE(WIFEXITED(status));
      CHECK(WEXITSTATUS(status) <= 1);
      opened[i % 2] += WEXITSTATUS(status) == 0;
    }
    CHECK(opened[0] + opened[1] == kCount / 2);
    CHECK((opened[0] == 0 || opened[1] == 0));
  }
}

TEST_CASE("store: equal fingerprints mean equal trial files") {
  ScratchFolder folder;
  half_finish(folder / "out");
  std::string before;
  {
    Store store(folder / "out", kConfiguration, kPlan, kExtendable);
    before = store.fingerprint();
    store.put(make_record(kPlan[0], 3));
    CHECK(store.fingerprint() == before);
    store.put(make_record(kPlan[0], 4));
    CHECK(store.fingerprint() != before);
    store.put(make_record(kPlan[0], 3));
  }
  Store store(folder / "out", kConfiguration, kPlan, kExtendable);
  CHECK(store.fingerprint() == before);
  store.put(make_record(kPlan[2], 3));
  CHECK(store.fingerprint() != before);
}

TEST_CASE("store: opening removes the checkpoints of finished trials, not of those that are tried again") {
  ScratchFolder folder;
  {
    Store store(folder / "out", kConfiguration, kPlan, kExtendable);
    store.put(make_record(kPlan[0], 3));
    TrialRecord failed = make_record(kPlan[1], 1);
    failed.status = Status::failed;
    store.put(failed);
    for (int i : {0, 1, 2}) {
      Checkpoint checkpoint;
      checkpoint.record = make_record(kPlan[static_cast<size_t>(i)], 1);
      store.checkpoints().save(checkpoint);
    }
  }
  Store store(folder / "out", kConfiguration, kPlan, kExtendable);
  CHECK(!store.checkpoints().load(kPlan[0]));
  CHECK(store.checkpoints().load(kPlan[1]));
  CHECK(store.checkpoints().load(kPlan[2]));
  store.put(make_record(kPlan[2], 3));
  CHECK(!store.checkpoints().load(kPlan[2]));
}
