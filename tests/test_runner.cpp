// test_runner.cpp — trials side by side: the same records whatever the threads, and what ends a run.
#include <omp.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <set>

#include "protocols/runner.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/errors.hpp"
#include "tests/support/records.hpp"
#include "tests/support/small_data.hpp"

using namespace symopt;
using namespace symopt::test;
namespace fs = std::filesystem;

namespace {

const char* const kNetwork = "archbn:8-4-3/pool2";

struct Listener : RunMonitor {
  std::vector<std::string> begun, ended;  // hashes
  std::atomic<bool> stop{false};
  void started(const TrialSpec& spec) override { begun.push_back(spec.hash()); }
  void finished(const TrialRecord& record) override { ended.push_back(record.spec.hash()); }
  bool cancelled() const override { return stop; }
};

struct Bench {
  Dataset data = noisy_classes();
  DatasetTable table = {{data.name, std::make_shared<const Dataset>(data)}};
  std::vector<TrialSpec> specs;
  explicit Bench(int trials = 4) {
    for (const char* optimizer : {"sgd", "un"})
      for (int trial = 0; trial < trials; ++trial)
        specs.push_back(small_trial(data, kNetwork, optimizer, trial));
  }
};

// Records without their seconds.
std::vector<TrialRecord> results(const Store& store, const std::vector<TrialSpec>& specs) {
  std::vector<TrialRecord> records = store.records(specs);
  for (TrialRecord& record : records) {
    record.search_seconds = 0;
    record.timings.clear();
  }
  return records;
}

bool same(const std::vector<TrialRecord>& a, const std::vector<TrialRecord>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), same_bits);
}

}  // namespace

TEST_CASE("runner: one, two or four trials at a time give the same records") {
  const Bench bench;
  ScratchFolder folder;
  std::vector<TrialRecord> first;
  for (int jobs : {1, 2, 4, 1000}) {
    Store store(folder / std::to_string(jobs), {}, bench.specs, {});
    Listener listener;
    CHECK(run_trials(bench.specs, bench.table, store, jobs, listener));
    const auto found = results(store, bench.specs);
    REQUIRE(found.size() == bench.specs.size());
    CHECK(listener.begun.size() == bench.specs.size());
    CHECK(std::set(listener.ended.begin(), listener.ended.end()).size() == bench.specs.size());
    if (jobs == 1)
      first = found;
    else
      CHECK(same(found, first));
  }
}

TEST_CASE("runner: no more threads than trials") {
  struct Threads final : Listener {
    std::atomic<int> most{0};
    void epoch(const TrialSpec&, const char*, int, int) override {
      most = std::max<int>(most, omp_get_num_threads());
    }
  };
  const Bench bench(1);
  ScratchFolder folder;
  Store store(folder.path / "out", {}, bench.specs, {});
  Threads threads;
  CHECK(run_trials(bench.specs, bench.table, store, 4096, threads));
  CHECK(threads.most <= 2);
  CHECK(run_trials(bench.specs, bench.table, store, 4096, threads));  // nothing left to run
}

TEST_CASE("runner: what the store holds is not run again, and one thread keeps the plan's order") {
  const Bench bench;
  ScratchFolder folder;
  Store store(folder.path / "out", {}, bench.specs, {});
  const std::vector<TrialSpec> some = {bench.specs[1], bench.specs[6]};
  Listener before, after, again;
  CHECK(run_trials(some, bench.table, store, 1, before));
  CHECK(before.begun == std::vector<std::string>{some[0].hash(), some[1].hash()});
  CHECK(run_trials(bench.specs, bench.table, store, 1, after));
  std::vector<std::string> rest;
  for (size_t i : {0, 2, 3, 4, 5, 7}) rest.push_back(bench.specs[i].hash());
  CHECK(after.begun == rest);
  CHECK(run_trials(bench.specs, bench.table, store, 2, again));
  CHECK(again.begun.empty());
}

TEST_CASE("runner: a trial that throws becomes a failed record with its message, and the others go on") {
  Bench bench;
  TrialSpec& broken = bench.specs[2];
  broken.optimizer = "no-such";
  ScratchFolder folder;
  for (int jobs : {1, 2}) {
    Store store(folder / std::to_string(jobs), {}, bench.specs, {});
    Listener listener;
    CHECK(run_trials(bench.specs, bench.table, store, jobs, listener));
    const auto records = store.records(bench.specs);
    REQUIRE(records.size() == bench.specs.size());
    for (size_t i = 0; i < records.size(); ++i)
      CHECK(records[i].status == (i == 2 ? Status::failed : Status::completed));
    CHECK(contains(records[2].message, "unknown optimizer 'no-such'"));
    CHECK(records[2].spec == broken);
    CHECK(records[2].curve.empty());
    CHECK(std::isnan(records[2].learning_rate));
  }
  // It is a row of the tables like any other, and survives its file.
  Store store(folder / "1", {}, bench.specs, {});
  REQUIRE(store.find(broken) != nullptr);
  CHECK(store.find(broken)->status == Status::failed);
}

TEST_CASE("runner: cancelling ends the run, keeps what is finished, and going on gives the same records") {
  struct Impatient final : Listener {
    size_t limit = 0;
    void finished(const TrialRecord& record) override {
      Listener::finished(record);
      if (ended.size() == limit) stop = true;
    }
  };
  const Bench bench;
  ScratchFolder folder;
  Store whole(folder / "whole", {}, bench.specs, {});
  Listener patient;
  REQUIRE(run_trials(bench.specs, bench.table, whole, 2, patient));
  for (int jobs : {1, 2}) {
    Store store(folder / std::to_string(jobs), {}, bench.specs, {});
    Impatient impatient;
    impatient.limit = 3;
    CHECK_FALSE(run_trials(bench.specs, bench.table, store, jobs, impatient));
    const size_t kept = store.records(bench.specs).size();
    CHECK((kept >= 3 && kept < 3 + static_cast<size_t>(jobs)));
    CHECK(run_trials(bench.specs, bench.table, store, jobs, patient));
    CHECK(same(results(store, bench.specs), results(whole, bench.specs)));
  }
}

TEST_CASE("runner: a trial that is cancelled between two epochs leaves no record") {
  struct Sudden final : Listener {
    void epoch(const TrialSpec&, const char*, int done, int) override {
      if (done == 2) stop = true;
    }
  };
  const Bench bench;
  ScratchFolder folder;
  Store store(folder.path / "out", {}, bench.specs, {});
  Sudden sudden;
  CHECK_FALSE(run_trials(bench.specs, bench.table, store, 1, sudden));
  CHECK(sudden.begun.size() == 1);
  CHECK(sudden.ended.empty());
  CHECK(store.records(bench.specs).empty());
}

TEST_CASE("runner: a store that cannot write ends the run with its error, and finished trials stay") {
  // A file in the place of the folder of trials stops even an administrator.
  struct Saboteur final : Listener {
    fs::path folder;
    void finished(const TrialRecord& record) override {
      Listener::finished(record);
      if (ended.size() != 2) return;
      fs::rename(folder / "trials", folder / "moved");
      write_text(folder / "trials", "");
    }
  };
  const Bench bench;
  for (int jobs : {1, 2}) {
    ScratchFolder parent;
    const fs::path folder = parent / "out";
    Saboteur saboteur;
    saboteur.folder = folder;
    {
      Store store(folder, {}, bench.specs, {});
      const std::string error =
          error_of([&] { run_trials(bench.specs, bench.table, store, jobs, saboteur); });
      CHECK(contains(error, "cannot write"));
      CHECK(contains(error, (folder / "trials").string()));
      // Another thread may have written its record just before.
      CHECK((saboteur.ended.size() >= 2 && saboteur.ended.size() < 2 + static_cast<size_t>(jobs)));
      CHECK(saboteur.begun.size() < 3 + static_cast<size_t>(jobs));  // no new one after the error
    }
    fs::remove(folder / "trials");
    fs::rename(folder / "moved", folder / "trials");
    Store store(folder, {}, bench.specs, {});
    CHECK(store.records(bench.specs).size() == saboteur.ended.size());
    CHECK(store.damaged().empty());
  }
}
