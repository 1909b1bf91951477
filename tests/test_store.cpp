// test_store.cpp — a results folder: resumed, locked, nothing lost or overwritten. Which folders are
// refused is in test_store_refusals.cpp; full disks, read-only folders and kills in test_store_faults.cpp.
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "results/trial_file.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/results_folder.hpp"

using namespace symopt;
using namespace symopt::test;
namespace fs = std::filesystem;

TEST_CASE("store: what is put is found, now and after opening again") {
  ScratchFolder folder;
  half_finish(folder / "out");
  Store store(folder / "out", kConfiguration, kPlan, kExtendable);
  CHECK(store.damaged().empty());
  for (int i = 0; i < 2; ++i) {
    REQUIRE(store.find(kPlan[i]) != nullptr);
    CHECK(same_bits(*store.find(kPlan[i]), make_record(kPlan[i], 3)));
  }
  CHECK(store.find(kPlan[2]) == nullptr);
  store.put(make_record(kPlan[3], 3));
  CHECK(same_bits(*store.find(kPlan[3]), make_record(kPlan[3], 3)));
}

TEST_CASE("store: records come in plan order, whatever the order of finishing") {
  ScratchFolder folder;
  {
    Store store(folder / "out", kConfiguration, kPlan, kExtendable);
    for (const int i : {3, 0, 2}) store.put(make_record(kPlan[i], 3));
    CHECK(store.records(kPlan).size() == 3);
    for (std::size_t i = 0; i < 3; ++i)
      CHECK(store.records(kPlan)[i].spec.trial == std::vector<int>{0, 2, 3}[i]);
  }
  const std::vector<TrialRecord> records = read_records(folder / "out");
  REQUIRE(records.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) CHECK(records[i].spec.trial == std::vector<int>{0, 2, 3}[i]);
}

TEST_CASE("store: read_records follows the plan, not the alphabet, and needs no lock") {
  ScratchFolder folder;
  const std::vector<TrialSpec> plan = make_plan({"un", "sgd", "adam"}, 12);
  Store store(folder / "out", kConfiguration, plan, kExtendable);
  for (std::size_t i = plan.size(); i-- > 0;) store.put(make_record(plan[i], 1));
  const auto before = snapshot(folder.path);
  const std::vector<TrialRecord> records = read_records(folder / "out");
  REQUIRE(records.size() == plan.size());
  for (std::size_t i = 0; i < plan.size(); ++i) CHECK(records[i].spec == plan[i]);
  CHECK(snapshot(folder.path) == before);
}

TEST_CASE("store: read_records without plan.csv goes by names and numbers") {
  ScratchFolder folder;
  const std::vector<TrialSpec> plan = make_plan({"un", "adam"}, 11);
  {
    Store store(folder / "out", kConfiguration, plan, kExtendable);
    for (const TrialSpec& spec : plan) store.put(make_record(spec, 1));
  }
  fs::remove(folder / "out/plan.csv");
  const std::vector<TrialRecord> records = read_records(folder / "out");
  REQUIRE(records.size() == plan.size());
  for (std::size_t i = 0; i < plan.size(); ++i) CHECK(records[i].spec == plan[(i + 11) % 22]);
}

TEST_CASE("store: read_records refuses what is no results folder and names a damaged trial") {
  ScratchFolder folder;
  CHECK(contains(error_of([&] { read_records(folder / "none"); }), "none"));
  CHECK(contains(error_of([&] { read_records(folder.path); }), "config.ini"));
  half_finish(folder / "out");
  write_text(trial_file(folder / "out", kPlan[1]), "symopt");
  CHECK(contains(error_of([&] { read_records(folder / "out"); }), kPlan[1].hash()));
}

TEST_CASE("store: read_records refuses a trial that the plan does not have, as a run does") {
  ScratchFolder folder;
  half_finish(folder / "out");
  TrialSpec other = kPlan[0];
  other.seed += 6;
  write_text(trial_file(folder / "out", other), to_trial_text(make_record(other, 2)));
  const std::string error = error_of([&] { read_records(folder / "out"); });
  CHECK(contains(error, other.hash() + ".trial: expected a trial of plan.csv, found"));
  CHECK(contains(error, fmt::format("seed {} trial", other.seed)));
}

TEST_CASE("store: a trial file cut or changed is set aside, reported and re-run") {
  ScratchFolder folder;
  half_finish(folder / "out");
  const fs::path file = trial_file(folder / "out", kPlan[1]);
  const std::string text = read_text(file), cut = text.substr(0, text.size() / 2);
  for (int round = 1; round <= 3; ++round) {
    write_text(file, cut);
    Store store(folder / "out", kConfiguration, kPlan, kExtendable);
    REQUIRE(store.damaged().size() == 1);
    CHECK(contains(store.damaged()[0], file.string()));
    CHECK(store.find(kPlan[0]) != nullptr);
    CHECK(store.find(kPlan[1]) == nullptr);
    CHECK_FALSE(fs::exists(file));
    // Nothing that was set aside before is overwritten.
    std::size_t aside = 0;
    for (const auto& entry : fs::directory_iterator(folder / "out/damaged")) aside += read_text(entry) == cut;
    CHECK(aside == static_cast<std::size_t>(round));
    store.put(make_record(kPlan[1], 3));
  }
  CHECK(read_text(file) == text);
}

TEST_CASE("store: a trial under another's name is set aside") {
  ScratchFolder folder;
  half_finish(folder / "out");
  fs::rename(trial_file(folder / "out", kPlan[0]), trial_file(folder / "out", kPlan[3]));
  const Store store(folder / "out", kConfiguration, kPlan, kExtendable);
  REQUIRE(store.damaged().size() == 1);
  CHECK(contains(store.damaged()[0], kPlan[3].hash()));
  CHECK(store.find(kPlan[3]) == nullptr);
}

TEST_CASE("store: a second store on the folder is refused with the holder's process") {
  ScratchFolder folder;
  {
    const Store store(folder / "out", kConfiguration, kPlan, kExtendable);
    const std::string error = error_of_opening(folder / "out", kConfiguration, kPlan);
    CHECK(contains(error, (folder / "out").string()));
    CHECK(contains(error, "process " + std::to_string(::getpid())));
  }
  CHECK(error_of_opening(folder / "out", kConfiguration, kPlan).empty());
}

TEST_CASE("store: a second process on the folder is refused with the holder's process") {
  ScratchFolder folder;
  const Store store(folder / "out", kConfiguration, kPlan, kExtendable);
  const std::string holder = "process " + std::to_string(::getpid());
  const pid_t child = ::fork();
  if (child == 0) ::_exit(contains(error_of_opening(folder / "out", kConfiguration, kPlan), holder) ? 0 : 1);
  int status = -1;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
}

TEST_CASE("store: a store that could not be opened leaves no lock behind") {
  ScratchFolder folder;
  half_finish(folder / "out");
  CHECK_FALSE(error_of_opening(folder / "out", {{"experiment", "other"}}, kPlan).empty());
  CHECK(error_of_opening(folder / "out", kConfiguration, kPlan).empty());
}

TEST_CASE("store: putting again replaces the record, as a retried trial must") {
  ScratchFolder folder;
  TrialRecord failed = make_record(kPlan[0], 1);
  failed.status = Status::failed;
  {
    Store store(folder / "out", kConfiguration, kPlan, kExtendable);
    store.put(failed);
    store.put(make_record(kPlan[0], 3));
    CHECK(store.find(kPlan[0])->status == Status::completed);
  }
  CHECK(same_bits(read_records(folder / "out").at(0), make_record(kPlan[0], 3)));
}

TEST_CASE("store: a spec that could not be read back is refused before it is written") {
  ScratchFolder folder;
  Store store(folder / "out", kConfiguration, kPlan, kExtendable);
  TrialRecord record = make_record(kPlan[0], 1);
  record.spec.protocol.max_epochs = 0;
  CHECK(contains(error_of([&] { store.put(record); }), "max-epochs"));
  CHECK(fs::is_empty(folder / "out/trials"));
}

TEST_CASE("store: threads put at the same time and nothing is lost") {
  ScratchFolder folder;
  const std::vector<TrialSpec> plan = make_plan({"un"}, 64);
  {
    Store store(folder / "out", kConfiguration, plan, kExtendable);
    std::atomic<int> wrong{0};
    std::vector<std::jthread> threads;
    for (std::size_t start = 0; start < 8; ++start)
      threads.emplace_back([&, start] {
        for (std::size_t i = start; i < plan.size(); i += 8) {
          wrong += store.find(plan[i]) != nullptr;
          store.put(make_record(plan[i], 5));
          wrong += store.find(plan[i]) == nullptr;
        }
      });
    threads.clear();
    CHECK(wrong == 0);
    CHECK(store.records(plan).size() == plan.size());
  }
  const std::vector<TrialRecord> records = read_records(folder / "out");
  REQUIRE(records.size() == plan.size());
  for (std::size_t i = 0; i < plan.size(); ++i) CHECK(same_bits(records[i], make_record(plan[i], 5)));
}

TEST_CASE("store: a fresh folder is the first name that is free") {
  ScratchFolder folder;
  CHECK(fresh_folder(folder / "out") == folder / "out");
  fs::create_directory(folder / "out");
  CHECK(fresh_folder(folder / "out") == folder / "out-2");
  CHECK(fresh_folder(folder / "out/") == folder / "out-2");
  write_text(folder / "out-2", "");
  fs::create_symlink("nowhere", folder / "out-3");
  CHECK(fresh_folder(folder / "out/.") == folder / "out-4");
}
