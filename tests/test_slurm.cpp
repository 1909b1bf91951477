// test_slurm.cpp — the scripts of a job array: which tasks, with what limits, by which command. That Slurm
// runs them is in end_to_end_slurm.sh.
#include "experiments/session/slurm.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/errors.hpp"

using namespace symopt;
using namespace symopt::test;

namespace {

SlurmJob sample() {
  SlurmJob job;
  job.name = "paper", job.folder = "/results/a folder";
  job.count = 9, job.tasks = {1, 2, 3, 7}, job.processors = 2;
  job.run_line = "/bin/symopt run '/results/a folder/config.ini'";
  job.collect_line = "/bin/symopt collect '/results/a folder'";
  return job;
}

// The lines that sbatch reads, which end where the first command stands.
std::string directives(const std::string& script) {
  std::string lines;
  for (size_t begin = 0; begin < script.size();) {
    const size_t end = script.find('\n', begin);
    const std::string line = script.substr(begin, end - begin);
    begin = end + 1;
    if (line.starts_with("#SBATCH ")) lines += line.substr(8) + "\n";
    if (!line.empty() && !line.starts_with('#')) break;
  }
  return lines;
}

}  // namespace

TEST_CASE("slurm: numbers as ranges") {
  CHECK(array_ranges({}) == "");
  CHECK(array_ranges({4}) == "4");
  CHECK(array_ranges({1, 2, 3}) == "1-3");
  CHECK(array_ranges({1, 3, 4, 6, 8, 9, 10}) == "1,3-4,6,8-10");
}

TEST_CASE("slurm: tasks hold at most `pack` trials, and by default there are at most 1000 of them") {
  CHECK(task_count(80, 0) == 80);
  CHECK(task_count(80, 1) == 80);
  CHECK(task_count(80, 3) == 27);
  CHECK(task_count(80, 100) == 1);
  CHECK(task_count(1000, 0) == 1000);
  CHECK(task_count(1001, 0) == 501);
  CHECK(task_count(100000, 0) == 1000);
  CHECK(task_count(0, 0) == 0);
}

TEST_CASE("slurm: a percent sign of the folder is none of sbatch's") {
  SlurmJob job = sample();
  job.folder = "/results/50%a";
  CHECK(contains(directives(trials_script(job, {})), "--output='/results/50%%a/slurm/logs/%a.out'\n"));
  CHECK(contains(directives(collect_script(job, {})), "--output='/results/50%%a/slurm/logs/collect.out'\n"));
}

TEST_CASE("slurm: the array's script has every limit before its first command, and no other") {
  SlurmOptions o;
  CHECK(directives(trials_script(sample(), o)) ==
        "--job-name=symopt-paper\n--array=1-3,7\n--cpus-per-task=2\n--requeue\n--open-mode=append\n"
        "--output='/results/a folder/slurm/logs/%a.out'\n");
  o.throttle = 5, o.pack = 3, o.time = "1:00:00", o.mem = "2G", o.partition = "cpu", o.account = "lab";
  o.qos = "low", o.constraint = "zen5|zen4";
  CHECK(
      directives(trials_script(sample(), o)) ==
      "--job-name=symopt-paper\n--array=1-3,7%5\n--cpus-per-task=2\n--partition=cpu\n--account=lab\n--qos="
      "low\n"
      "--constraint=zen5|zen4\n--mem=2G\n--time=1:00:00\n--signal=B:TERM@60\n--requeue\n--open-mode=append\n"
      "--output='/results/a folder/slurm/logs/%a.out'\n");
  CHECK(contains(trials_script(sample(), o),
                 "\n/bin/symopt run '/results/a folder/config.ini' --shard \"$SLURM_ARRAY_TASK_ID/9\" &\n"));
}

TEST_CASE("slurm: the script that merges has the cluster's limits, not the tasks' time") {
  SlurmOptions o;
  o.time = "10", o.mem = "2G", o.partition = "cpu";
  CHECK(directives(collect_script(sample(), o)) ==
        "--job-name=symopt-collect\n--partition=cpu\n--mem=2G\n--requeue\n--open-mode=append\n"
        "--output='/results/a folder/slurm/logs/collect.out'\n");
  CHECK(contains(collect_script(sample(), o), "\nexec /bin/symopt collect '/results/a folder'\n"));
}

TEST_CASE("slurm: a time limit is read as sbatch reads it") {
  CHECK(time_limit("") == 0);
  CHECK(time_limit("UNLIMITED") == 0);
  CHECK(time_limit("0") == 0);
  CHECK(time_limit("30") == 30 * 60);
  CHECK(time_limit("0:30") == 30);
  CHECK(time_limit("10:30") == 10 * 60 + 30);
  CHECK(time_limit("1:02:03") == 3600 + 2 * 60 + 3);
  CHECK(time_limit("1-12") == 36 * 3600);
  CHECK(time_limit("1-12:30") == 36 * 3600 + 30 * 60);
  CHECK(time_limit("2-00:00:05") == 2 * 86400 + 5);
  for (const std::string wrong :
       {"1h", "30m", "1:2:3:4", "1-", "-1", "1:-2", ":", "1:", "1-2-3", "1.5", "9999999", "99999999999999-0"})
    CHECK(contains(error_of([&] { time_limit(wrong); }), "option 'time': expected minutes, m:ss"));
}

TEST_CASE("slurm: a time limit that leaves no minute before the signal is refused, with what Slurm reads") {
  const auto error = [](const std::string& time) {
    SlurmOptions o;
    o.time = time;
    return error_of([&] { check_slurm_options(o); });
  };
  for (const std::string enough : {"", "0", "3", "3:00", "0:03:00", "0-1", "UNLIMITED"})
    CHECK(error(enough).empty());
  CHECK(contains(error("0:30"), "expected 3 minutes or more"));
  CHECK(contains(error("0:30"), "found 0:30, which Slurm reads as 30 s (minutes, m:ss, h:mm:ss)"));
  CHECK(contains(error("2:59"), "which Slurm reads as 179 s"));
}

TEST_CASE("slurm: text that could do more than name something is refused") {
  for (const std::string wrong : {"1; rm x", "a b", "a\nb", "$HOME", "`x`", "'", "\"", "a\\b", "#", "<x"}) {
    SlurmOptions o;
    o.partition = wrong;
    CHECK(contains(error_of([&] { check_slurm_options(o); }), "option 'partition': expected letters"));
  }
  SlurmOptions o;
  o.time = "1-12:00:00", o.constraint = "[rack1*2&rack2*4]", o.mem = "500M";
  check_slurm_options(o);
}

TEST_CASE("slurm: what would begin a line of its own in a script is refused, whatever it is part of") {
  for (const std::string wrong : {"a\nrm -r x", "a\n#SBATCH --uid=0", "a\rb", "a\tb", "\x1b[2J", "\x7f"})
    for (const int part : {0, 1, 2, 3}) {
      SlurmJob job = sample();
      if (part == 0) job.folder = "/results/" + wrong;
      if (part == 1) job.name = wrong;
      if (part == 2) job.run_line = "/bin/symopt run '" + wrong + "'";
      if (part == 3) job.collect_line = "/bin/symopt collect '" + wrong + "'";
      for (const auto script : {trials_script, collect_script})
        CHECK(contains(error_of([&] { script(job, {}); }),
                       "expected no line break and no other control character"));
    }
  CHECK(error_of([&] { trials_script(sample(), {}), collect_script(sample(), {}); }).empty());
}
