// slurm.hpp — a plan as a Slurm job array: which tasks there are, and the scripts that run them.
#pragma once
#include <filesystem>
#include <string_view>

#include "core/options.hpp"

namespace symopt {

/// What Slurm is told about the tasks. Text goes to sbatch as it is; empty: the cluster's default.
struct SlurmOptions {
  int throttle = 0;  ///< tasks that run at the same time; 0: any number
  int pack = 0;      ///< trials a task; 0: one, or as many as make 1000 tasks
  std::string time, mem, partition, account, qos, constraint;
};
const Options<SlurmOptions>& slurm_options();
/// Seconds of a time limit as sbatch reads it: M, M:SS, H:MM:SS, D-H, D-H:MM, D-H:MM:SS; 0 where there is
/// none. UsageError where it is no such text.
std::int64_t time_limit(const std::string& text);
/// UsageError naming the option whose text could not stand in a script, or a time limit in which a task could
/// not get on.
void check_slurm_options(const SlurmOptions& options);

/// UsageError naming `what` where `text` holds a line break or another control character: in a script it
/// would begin a command, or a line for sbatch. The scripts below refuse all that they are made of in the
/// same way.
void check_script_text(std::string_view what, std::string_view text);

/// Tasks that share `trials` trials out, `pack` at most each.
int task_count(std::size_t trials, int pack);
/// 1, 2, 3, 7 → "1-3,7": ascending numbers as sbatch takes them.
std::string array_ranges(const std::vector<int>& numbers);

/// What the scripts are made of.
struct SlurmJob {
  std::string name;                    ///< of the experiment
  std::filesystem::path folder;        ///< of the results, absolute
  int count = 1;                       ///< shards of the plan
  std::vector<int> tasks;              ///< those that have something to run, from 1
  int processors = 1;                  ///< of a task
  std::string run_line, collect_line;  ///< commands; the run's shard is added
};
/// The job array: task i runs shard i. A task that is killed or runs out of time queues itself again and goes
/// on from its checkpoints.
std::string trials_script(const SlurmJob& job, const SlurmOptions& options);
/// Merges the results after the array has ended, well or not.
std::string collect_script(const SlurmJob& job, const SlurmOptions& options);

}  // namespace symopt
