// test_exit_status.cpp — what a run tells the shell: 0 done, 1 failed, 2 not understood. 130, interrupted, is
// in the end-to-end scripts.
#include <algorithm>

#include "experiments/plan/request.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/command_runs.hpp"
#include "tests/support/csv_table.hpp"
#include "tests/support/errors.hpp"
#include "tests/support/idx_files.hpp"
#include "tests/support/records.hpp"

using namespace symopt;
using namespace symopt::test;

namespace {

// 40 + 10 samples of 28×28 under Fashion-MNIST's names, and a run on them of a few milliseconds.
struct Rig {
  TemporaryFolder data;
  ScratchFolder here;
  Configuration options = {{"dataset", "fashion-mnist"},
                           {"networks", "mlp:784-3-10"},
                           {"optimizers", "sgd,adam"},
                           {"trials", "2"},
                           {"search", "false"},
                           {"learning-rate", "0.01"},
                           {"train", "30"},
                           {"validation", "10"},
                           {"batch", "10"},
                           {"max-epochs", "2"}};
  Rig() {
    data.write("fashion-mnist/train-images-idx3-ubyte", idx_header({40, 28, 28}) + ramp(40 * 784, 7));
    data.write("fashion-mnist/train-labels-idx1-ubyte", idx_header({40}) + ramp(40, 3, 10));
    data.write("fashion-mnist/t10k-images-idx3-ubyte", idx_header({10, 28, 28}) + ramp(10 * 784, 11));
    data.write("fashion-mnist/t10k-labels-idx1-ubyte", idx_header({10}) + ramp(10, 1, 10));
  }
  Ended run(const Configuration& more = {}) const {
    std::vector<std::string> arguments = {"run",   "paper", "--data",     data.path().string(),
                                          "--out", "out",   "--no-plots", "--quiet"};
    for (const Configuration& list : {options, more})
      for (const auto& [name, value] : list) arguments.insert(arguments.end(), {"--" + name, value});
    return symopt_in(here.path, arguments);
  }
  // A results folder in which the first trial ended as `status` already.
  void leave(Status status, const std::string& message) const {
    Request request;
    for (const auto& [name, value] : options) request.set(name, value);
    const std::vector<TrialSpec> specs = expand(request, *load_dataset("fashion-mnist", data.path()));
    Store store(here / "out", request.configuration(), specs, {});
    TrialRecord record;
    record.spec = specs.at(0), record.status = status, record.message = message;
    store.put(record);
  }
};

}  // namespace

TEST_CASE("exit status: 0 where every trial is done, again where nothing is left to do") {
  const Rig rig;
  for (int time = 0; time < 2; ++time) {
    const Ended ended = rig.run();
    INFO(ended.error);
    CHECK(ended.status == 0);
    CHECK(ended.error.empty());
    CHECK(contains(ended.out, "results: out"));
  }
}

TEST_CASE("exit status: 0 where trials diverged, which is a result") {
  const Rig rig;
  rig.leave(Status::diverged, "cost in epoch 1, step 1");
  const Ended ended = rig.run();
  INFO(ended.error);
  CHECK(ended.status == 0);
}

TEST_CASE("exit status: 1 where a trial failed, with its message, after everything else was done") {
  const Rig rig;
  rig.leave(Status::failed, "out of luck");
  const Ended ended = rig.run();
  CHECK(ended.status == 1);
  CHECK(std::count(ended.error.begin(), ended.error.end(), '\n') == 1);
  CHECK(contains(ended.error,
                 "symopt: 1 of 4 trials failed, the first: mlp:784-3-10 sgd trial 0: out of luck"));
  CHECK(contains(read_text(rig.here / "out/trials.csv"), "completed"));
}

TEST_CASE(
    "exit status: 1 where a tuning's chosen setting diverged in every final trial, with a line and no inf") {
  const Rig rig;
  std::vector<std::string> arguments = {"tune",  "paper",      "--data",     rig.data.path().string(),
                                        "--out", "out",        "--no-plots", "--quiet",
                                        "--set", "sgd.lr=1e6", "--set",      "adam.lr=0.01"};
  // Three linear layers take numbers from 1e6 out of a float's range in a step or two.
  for (const auto& [name, value] : rig.options)
    arguments.insert(arguments.end(), {"--" + name, name == "networks" ? "mlp:784-8-8-10/linear" : value});
  const Ended ended = symopt_in(rig.here.path, arguments);
  INFO(ended.out << ended.error);
  CHECK(ended.status == 1);
  CHECK(
      ended.error ==
      "symopt: 1 of 2 chosen settings completed no trial: sgd:lr=1e6 on mlp:784-8-8-10/linear, 2 diverged\n");
  CHECK(contains(ended.out, "  –, 2 diverged\n"));
  CHECK_FALSE(contains(ended.out, "inf"));
  for (const char* file : {"out/report.txt", "out/final/tuning.txt"}) {
    CHECK(contains(read_text(rig.here / file), "  –, 2 diverged\n"));
    CHECK_FALSE(contains(read_text(rig.here / file), "inf"));
  }
  CHECK(contains(read_text(rig.here / "out/final/report.html"), "–, 2 diverged"));
  const CsvTable studies = read_csv(rig.here / "out/studies.csv");
  CHECK(studies.rows[0][studies.column("test_error")] == "nan");
  CHECK(studies.number(1, studies.column("test_error")) <= 1);
}

TEST_CASE("exit status: 0 where a folder gets other intervals, and nothing trains again") {
  const Rig rig;
  CHECK(rig.run().status == 0);
  const std::string trials = read_text(rig.here / "out/trials.csv"),
                    timings = read_text(rig.here / "out/timings.csv");
  CHECK(contains(read_text(rig.here / "out/summary.csv"), ",t,"));
  const Ended other = rig.run({{"interval", "bootstrap-t"}});
  INFO(other.error);
  CHECK(other.status == 0);
  CHECK(contains(other.out, "Student's t instead where there are fewer than 10 values"));
  CHECK(contains(read_text(rig.here / "out/summary.csv"), ",t-instead,"));
  CHECK(contains(read_text(rig.here / "out/config.ini"), "interval = bootstrap-t"));
  // The folder's own unless another is given.
  for (const auto& [given, found] : {std::pair("", ",t-instead,"), std::pair("t", ",t,")}) {
    std::vector<std::string> report = {"report", "out", "--no-plots"};
    if (*given != 0) report.insert(report.end(), {"--interval", given});
    CHECK(symopt_in(rig.here.path, report).status == 0);
    CHECK(contains(read_text(rig.here / "out/summary.csv"), found));
  }
  CHECK(symopt_in(rig.here.path, {"report", "out", "--interval", "bca"}).status == 2);
  CHECK(read_text(rig.here / "out/trials.csv") == trials);
  CHECK(read_text(rig.here / "out/timings.csv") == timings);
}

TEST_CASE("exit status: 2 for what is not understood, 1 for what is not there, and nothing is written") {
  const Rig rig;
  CHECK(symopt_in(rig.here.path, {"run", "paper", "--trials", "none"}).status == 2);
  CHECK(symopt_in(rig.here.path, {"run", "paper", "--dataset", "kmnist", "--data", rig.data.path().string()})
            .status == 1);
  CHECK(std::filesystem::is_empty(rig.here.path));
}
