// test_runner.cpp — trials side by side: the same records whatever the threads, and what ends a run.
#include <dlfcn.h>
#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cmath>
#include <mutex>
#include <set>
#include <thread>

#include "protocols/runner.hpp"
#include "results/tables.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/csv_table.hpp"
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
    std::mutex mutex;
    std::set<std::thread::id> all;
    void epoch(const TrialSpec&, const char*, int, int) override {
      const std::lock_guard guard(mutex);
      all.insert(std::this_thread::get_id());
    }
  };
  const Bench bench(1);
  ScratchFolder folder;
  Store store(folder.path / "out", {}, bench.specs, {});
  Threads threads;
  CHECK(run_trials(bench.specs, bench.table, store, 4096, threads));
  CHECK(threads.all.size() <= 2);
  CHECK(run_trials(bench.specs, bench.table, store, 4096, threads));  // nothing left to run
}

// In place of the C library's, for this program: as where a limit on threads is reached.
namespace {
std::atomic<bool> no_more_threads{false};
}
extern "C" int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*start)(void*),
                              void* argument) {
  using Create = int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
  static const auto create = reinterpret_cast<Create>(::dlsym(RTLD_NEXT, "pthread_create"));
  return no_more_threads ? EAGAIN : create(thread, attributes, start, argument);
}

TEST_CASE(
    "runner: where the system starts no more threads the trials run on those there are, and it is said") {
  struct Notes final : Listener {
    std::vector<std::string> lines;
    void note(const std::string& line) override { lines.push_back(line); }
  };
  const Bench bench;
  ScratchFolder folder;
  Store store(folder / "out", {}, bench.specs, {}), free(folder / "free", {}, bench.specs, {});
  Notes limited, unlimited;
  no_more_threads = true;
  const bool whole = run_trials(bench.specs, bench.table, store, 3, limited);
  no_more_threads = false;
  CHECK(whole);
  CHECK(limited.lines ==
        std::vector<std::string>{
            "3 trials at a time were expected, and 1 ran: the system started no more threads"});
  CHECK(run_trials(bench.specs, bench.table, free, 3, unlimited));
  CHECK(unlimited.lines.empty());
  CHECK(same(results(store, bench.specs), results(free, bench.specs)));
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

TEST_CASE("runner: a trial that the memory does not hold fails, and says so") {
  struct Greedy final : Listener {
    void epoch(const TrialSpec& spec, const char* phase, int done, int) override {
      if (spec.trial == 1 && phase == std::string("train") && done == 2) throw std::bad_alloc();
    }
  };
  const Bench bench(2);
  ScratchFolder folder;
  Store store(folder / "out", {}, bench.specs, {});
  Greedy greedy;
  CHECK(run_trials(bench.specs, bench.table, store, 1, greedy));
  for (const TrialRecord& record : store.records(bench.specs)) {
    CHECK(record.status == (record.spec.trial == 1 ? Status::failed : Status::completed));
    CHECK(record.message == (record.spec.trial == 1 ? "epoch 2 of the full training: out of memory" : ""));
  }
}

TEST_CASE("runner: a trial that fails half-way keeps its curve up to there") {
  struct Saboteur final : Listener {
    void epoch(const TrialSpec& spec, const char* phase, int done, int) override {
      if (spec.trial == 1 && phase == std::string("train") && done == 3)
        throw std::runtime_error("out of\nluck");
    }
  };
  const Bench bench(2);
  ScratchFolder folder;
  Store store(folder / "out", {}, bench.specs, {}), whole(folder / "whole", {}, bench.specs, {});
  Saboteur saboteur;
  Listener patient;
  CHECK(run_trials(bench.specs, bench.table, store, 2, saboteur));
  REQUIRE(run_trials(bench.specs, bench.table, whole, 2, patient));
  const auto found = store.records(bench.specs), expected = whole.records(bench.specs);
  for (size_t i = 0; i < found.size(); ++i) {
    if (found[i].spec.trial != 1) continue;
    CHECK(found[i].status == Status::failed);
    CHECK(found[i].message == "epoch 3 of the full training: out of luck");
    CHECK(found[i].stop.empty());
    REQUIRE(found[i].curve.size() == 3);
    CHECK(found[i].curve[2].test_error == expected[i].curve[2].test_error);
  }
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
      // No new one after the error: each thread had at most one that did not end.
      CHECK(saboteur.begun.size() <= saboteur.ended.size() + static_cast<size_t>(jobs));
    }
    fs::remove(folder / "trials");
    fs::rename(folder / "moved", folder / "trials");
    Store store(folder, {}, bench.specs, {});
    std::vector<std::string> kept;
    for (const TrialRecord& record : store.records(bench.specs)) kept.push_back(record.spec.hash());
    for (const std::string& hash : saboteur.ended)
      CHECK(std::find(kept.begin(), kept.end(), hash) != kept.end());
    // Another thread's file may be there already, and only its folder could not be synced: it is not
    // announced.
    CHECK(kept.size() < saboteur.ended.size() + static_cast<size_t>(jobs));
    CHECK(store.damaged().empty());
  }
}

TEST_CASE("runner: failed and timed-out trials run again where that is asked for, and no others") {
  Bench bench;
  ScratchFolder folder;
  Store store(folder.path / "out", {}, bench.specs, {});
  Listener listener;
  REQUIRE(run_trials(bench.specs, bench.table, store, 2, listener));
  const auto whole = results(store, bench.specs);
  const auto spoil = [&](size_t i, Status status) {
    TrialRecord record = whole[i];
    record.status = status;
    store.put(record);
  };
  spoil(1, Status::failed), spoil(3, Status::timed_out), spoil(4, Status::diverged);
  Listener without, with, again;
  RunControl control;
  CHECK(run_trials(bench.specs, bench.table, store, 1, without, control));
  CHECK(without.begun.empty());
  control.retry_failed = true;
  CHECK(is_left(bench.specs[3], store, control));
  CHECK(!is_left(bench.specs[4], store, control));
  CHECK(run_trials(bench.specs, bench.table, store, 1, with, control));
  CHECK(with.begun == std::vector<std::string>{bench.specs[1].hash(), bench.specs[3].hash()});
  const auto now = results(store, bench.specs);
  CHECK(same_bits(now[1], whole[1]));
  CHECK(same_bits(now[3], whole[3]));
  CHECK(now[4].status == Status::diverged);
  CHECK(run_trials(bench.specs, bench.table, store, 1, again, control));
  CHECK(again.begun.empty());
}

TEST_CASE("runner: where parameters are kept, every completed trial has them, and no result is another") {
  const Bench bench(2);
  ScratchFolder folder;
  Store without(folder / "without", {}, bench.specs, {});
  Listener listener;
  REQUIRE(run_trials(bench.specs, bench.table, without, 1, listener));
  write_csvs(folder / "without", without.records(bench.specs), {});
  CHECK(!fs::exists(folder / "without" / "parameters"));

  RunControl control;
  control.keep_parameters = true;
  Store store(folder / "with", {}, bench.specs, {});
  REQUIRE(run_trials(bench.specs, bench.table, store, 2, listener, control));
  CHECK(same(results(store, bench.specs), results(without, bench.specs)));
  write_csvs(folder / "with", store.records(bench.specs), {});
  for (const char* table : {"trials.csv", "epochs.csv", "search.csv", "summary.csv", "tests.csv"})
    CHECK(read_text(folder / "with" / table) == read_text(folder / "without" / table));
  const auto bytes_of = [&](size_t i) { return read_text(store.parameters().path(bench.specs[i].hash())); };
  const std::vector<std::string> first = {bytes_of(0), bytes_of(1), bytes_of(2), bytes_of(3)};
  CHECK(std::set(first.begin(), first.end()).size() == 4);

  // A trial that completed without runs again, to the same bytes; one that has them does not.
  fs::remove(store.parameters().path(bench.specs[2].hash()));
  Listener again;
  CHECK(!is_left(bench.specs[2], store, {}));
  REQUIRE(run_trials(bench.specs, bench.table, store, 1, again, control));
  CHECK(again.begun == std::vector<std::string>{bench.specs[2].hash()});
  CHECK(bytes_of(2) == first[2]);

  // index.csv: a row a trial in the plan's order; blocks.csv: what lies where, without gap or overlap.
  const CsvTable index = read_csv(folder / "with" / "parameters" / "index.csv");
  REQUIRE(index.rows.size() == bench.specs.size());
  for (std::size_t i = 0; i < bench.specs.size(); ++i) {
    CHECK(index.rows[i][index.column("file")] == bench.specs[i].hash() + ".npy");
    CHECK(index.rows[i][index.column("optimizer")] == bench.specs[i].optimizer);
    CHECK(index.rows[i][index.column("status")] == "completed");
  }
  const CsvTable blocks = read_csv(folder / "with" / "parameters" / "blocks.csv");
  double end = 0;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < blocks.rows.size(); ++i) {
    CHECK(blocks.number(i, blocks.column("offset")) == end);
    end += blocks.number(i, blocks.column("rows")) * blocks.number(i, blocks.column("columns"));
    names.push_back(blocks.rows[i][blocks.column("block")]);
  }
  CHECK(end == static_cast<double>(read_npy(store.parameters().path(bench.specs[0].hash())).count()));
  CHECK(names == std::vector<std::string>{"layer1.weights", "layer1.bn-scale", "layer1.bn-shift",
                                          "classes.weights", "layer1.running-mean",
                                          "layer1.running-variance"});
}

TEST_CASE("runner: an interrupted trial leaves the parameters of one that was not") {
  Bench bench(1);
  bench.specs.resize(1);
  ScratchFolder folder;
  RunControl control;
  control.keep_parameters = true;
  Listener listener;
  Store whole(folder / "whole", {}, bench.specs, {});
  REQUIRE(run_trials(bench.specs, bench.table, whole, 1, listener, control));
  struct Stopping final : Listener {
    int left = 0;
    void epoch(const TrialSpec&, const char* phase, int, int) override {
      if (std::string(phase) == "train" && --left == 0) stop = true;
    }
  } stopping;
  stopping.left = 2;
  Store store(folder / "parts", {}, bench.specs, {});
  CHECK_FALSE(run_trials(bench.specs, bench.table, store, 1, stopping, control));
  CHECK(!store.parameters().has(bench.specs[0].hash()));
  REQUIRE(run_trials(bench.specs, bench.table, store, 1, listener, control));
  CHECK(read_text(store.parameters().path(bench.specs[0].hash())) ==
        read_text(whole.parameters().path(bench.specs[0].hash())));
}

TEST_CASE("runner: parameters that cannot be written end the run, and no trial goes without them") {
  Bench bench(1);
  ScratchFolder folder;
  Store store(folder / "out", {}, bench.specs, {});
  write_text(folder / "out" / "parameters", "a file in the folder's place");
  RunControl control;
  control.keep_parameters = true;
  Listener listener;
  CHECK(contains(error_of([&] { run_trials(bench.specs, bench.table, store, 1, listener, control); }),
                 "parameters"));
  CHECK(store.find(bench.specs[0]) == nullptr);
}

TEST_CASE("runner: with fail-fast the first failure ends the run, and what is finished stays") {
  Bench bench;
  bench.specs[2].optimizer = "no-such";
  for (int jobs : {1, 2}) {
    ScratchFolder folder;
    Store store(folder / "out", {}, bench.specs, {});
    Listener listener;
    RunControl control;
    control.fail_fast = true;
    CHECK_FALSE(run_trials(bench.specs, bench.table, store, jobs, listener, control));
    REQUIRE(store.find(bench.specs[2]) != nullptr);
    CHECK(store.find(bench.specs[2])->status == Status::failed);
    const size_t kept = store.records(bench.specs).size();
    // One after another: two completed and the failed one. Side by side, the other thread may be held up, or
    // run ahead, for as long as the machine likes.
    if (jobs == 1) CHECK(kept == 3);
    // It goes on where that is asked for.
    CHECK(run_trials(bench.specs, bench.table, store, jobs, listener));
    CHECK(store.records(bench.specs).size() == bench.specs.size());
  }
}

TEST_CASE("runner: fail-fast lets a trial diverge, which is a result") {
  Bench bench(2);
  bench.specs[0].protocol.search = false, bench.specs[0].protocol.learning_rate = 1e6;
  bench.specs[0].network = "mlp:8-5x5-3/linear";  // each layer steps by as much as the other has grown
  bench.specs[0].shape = parse_network(bench.specs[0].network, 0, 0).text();
  ScratchFolder folder;
  Store store(folder / "out", {}, bench.specs, {});
  Listener listener;
  RunControl control;
  control.fail_fast = true;
  CHECK(run_trials(bench.specs, bench.table, store, 1, listener, control));
  REQUIRE(store.find(bench.specs[0]) != nullptr);
  CHECK(store.find(bench.specs[0])->status == Status::diverged);
  CHECK(store.records(bench.specs).size() == bench.specs.size());
}

TEST_CASE("runner: a trial over its time is a row like any other, and its number is not run again") {
  const Bench bench(1);
  ScratchFolder folder;
  RunControl control;
  control.timeout = 1e-9;
  {
    Store store(folder.path / "out", {}, bench.specs, {});
    Listener listener;
    CHECK(run_trials(bench.specs, bench.table, store, 2, listener, control));
    CHECK(listener.ended.size() == 2);
  }
  Store store(folder.path / "out", {}, bench.specs, {});
  for (const TrialRecord& record : store.records(bench.specs)) CHECK(record.status == Status::timed_out);
  write_csvs(store.folder(), store.records(bench.specs), 1);
  CHECK(contains(read_text(store.folder() / "trials.csv"), ",timed-out,"));
  CHECK(contains(read_text(store.folder() / "trials.csv"), "time limit of 1e-09 s"));
  Listener later;
  CHECK(run_trials(bench.specs, bench.table, store, 2, later));
  CHECK(later.begun.empty());
}

TEST_CASE("runner: trials that were cancelled leave checkpoints, which go when the trials are finished") {
  struct Sudden final : Listener {
    void epoch(const TrialSpec&, const char* phase, int done, int) override {
      if (phase == std::string("train") && done == 2) stop = true;
    }
  };
  const Bench bench;
  ScratchFolder folder;
  Store whole(folder / "whole", {}, bench.specs, {});
  Listener patient;
  REQUIRE(run_trials(bench.specs, bench.table, whole, 2, patient));
  CHECK(whole.checkpoints().hashes().empty());
  size_t left = 0;
  Store store(folder / "out", {}, bench.specs, {});
  for (int round = 0; round < 100; ++round) {
    Sudden sudden;
    if (run_trials(bench.specs, bench.table, store, 2, sudden)) break;
    left += store.checkpoints().hashes().size();
    CHECK(store.checkpoints().hashes().size() <= 2);
  }
  CHECK(left >= 4);
  CHECK(store.checkpoints().hashes().empty());
  CHECK(same(results(store, bench.specs), results(whole, bench.specs)));
}

TEST_CASE("runner: a checkpoint that cannot be written ends the run with its error, not the trial") {
  const Bench bench;
  ScratchFolder folder;
  Store store(folder / "out", {}, bench.specs, {});
  write_text(folder / "out/checkpoints", "");  // a file in the place of the folder
  RunControl control;
  control.checkpoint_every = 1e-9;
  Listener listener;
  const std::string error =
      error_of([&] { run_trials(bench.specs, bench.table, store, 2, listener, control); });
  CHECK(contains(error, (folder / "out/checkpoints").string()));
  CHECK(store.records(bench.specs).empty());
}
