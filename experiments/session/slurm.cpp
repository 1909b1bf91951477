// slurm.cpp — the scripts, as sbatch reads them (https://slurm.schedmd.com/sbatch.html).
#include "experiments/session/slurm.hpp"

#include <algorithm>

#include "experiments/session/run_options.hpp"
#include "results/text.hpp"

namespace symopt {

namespace {

// Slurm's default MaxArraySize is 1001, and array indices end below it.
constexpr int kTasks = 1000;
// A task that is killed every time is given up after so many, though it gets on in between.
constexpr int kRestarts = 20;
// Seconds of a task's time: Slurm sends the signal for the last minute up to a minute early, and one is to be
// left for training.
constexpr std::int64_t kLeastTime = 180;

// A line break in what goes into a script would begin a command there, or a line that sbatch reads.
void check_script_words(const SlurmJob& job) {
  check_script_text("job", job.name);
  check_script_text("results folder", job.folder.string());
  check_script_text("command", job.run_line);
  check_script_text("command", job.collect_line);
}

std::string directive(const std::string& name, const std::string& value) {
  return value.empty() ? "" : fmt::format("#SBATCH --{}={}\n", name, value);
}

std::string common_directives(const SlurmOptions& o) {
  return directive("partition", o.partition) + directive("account", o.account) + directive("qos", o.qos) +
         directive("constraint", o.constraint) + directive("mem", o.mem);
}

// sbatch puts numbers in the place of %a and the like; %% is a percent sign.
std::string log_file(const SlurmJob& job, const char* name) {
  std::string folder;
  for (const char c : (job.folder / "slurm" / "logs").string()) folder.append(c == '%' ? 2 : 1, c);
  return shell_word(folder + "/" + name);
}

}  // namespace

const Options<SlurmOptions>& slurm_options() {
  using S = SlurmOptions;
  using O = Option<S>;
  static const Options<S> options({
      O{.name = "throttle",
        .field = &S::throttle,
        .low = 0,
        .high = 1e6,
        .help = "tasks that run at the same time; 0: any number"},
      O{.name = "pack",
        .field = &S::pack,
        .low = 0,
        .high = 1e6,
        .help = "trials a task, for trials so short that starting them would count; 0: one, or as many as "
                "make 1000 tasks"},
      O{.name = "time",
        .field = &S::time,
        .help =
            "time limit of a task, as sbatch takes it: minutes, m:ss, h:mm:ss, d-hh, d-hh:mm:ss; at least "
            "3 minutes"},
      O{.name = "mem", .field = &S::mem, .help = "memory of a task, as sbatch takes it: 500M, 2G"},
      O{.name = "partition", .field = &S::partition, .help = "where the tasks run"},
      O{.name = "account", .field = &S::account, .help = "whom they are charged to"},
      O{.name = "qos", .field = &S::qos, .help = "quality of service"},
      O{.name = "constraint",
        .field = &S::constraint,
        .help = "features that the nodes must have; the same processors give the same bits"},
  });
  return options;
}

std::int64_t time_limit(const std::string& text) {
  if (text.empty() || text == "UNLIMITED" || text == "INFINITE") return 0;
  const auto malformed = [&] {
    return UsageError(
        fmt::format("option 'time': expected minutes, m:ss, h:mm:ss, d-hh, d-hh:mm or d-hh:mm:ss, found '{}'",
                    escaped(text)));
  };
  const size_t dash = text.find('-');
  const bool days = dash != std::string::npos;
  std::vector<std::int64_t> parts;
  for (size_t begin = days ? dash + 1 : 0; begin <= text.size();) {
    const size_t end = std::min(text.find(':', begin), text.size());
    const std::string part = text.substr(begin, end - begin);
    const auto number = part.size() <= 6 ? exact_integer(part) : std::nullopt;
    if (!number || part[0] == '-') throw malformed();
    parts.push_back(*number);
    begin = end + 1;
  }
  const auto day = days ? exact_integer(text.substr(0, dash)) : 0;
  if (!day || *day < 0 || *day > 100000 || parts.size() > 3) throw malformed();
  // What the first number counts, in seconds.
  const std::int64_t first = days || parts.size() == 3 ? 3600 : 60;
  std::int64_t seconds = *day * 86400, unit = first;
  for (const std::int64_t part : parts) seconds += part * unit, unit /= 60;
  return seconds;
}

void check_slurm_options(const SlurmOptions& options) {
  for (const auto& [name, value] : slurm_options().all(options))
    if (value.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_-./+:,@%&|*()[]=") != std::string::npos)
      throw UsageError(fmt::format("option '{}': expected letters, digits and _-./+:,@%&|*()[]=, found '{}'",
                                   name, escaped(value)));
  const std::int64_t seconds = time_limit(options.time);
  if (seconds > 0 && seconds < kLeastTime)
    throw UsageError(fmt::format(
        "option 'time': expected {} minutes or more, since a task is told to end one or two before "
        "its time is up, found {}, which Slurm reads as {} s (minutes, m:ss, h:mm:ss)",
        kLeastTime / 60, options.time, seconds));
}

int task_count(std::size_t trials, int pack) {
  const std::size_t most = pack > 0 ? static_cast<std::size_t>(pack) : (trials + kTasks - 1) / kTasks;
  return most == 0 ? 0 : static_cast<int>((trials + most - 1) / most);
}

std::string array_ranges(const std::vector<int>& numbers) {
  std::string text;
  for (std::size_t first = 0, last = 0; first < numbers.size(); first = last + 1) {
    last = first;
    while (last + 1 < numbers.size() && numbers[last + 1] == numbers[last] + 1) ++last;
    text += fmt::format("{}{}", text.empty() ? "" : ",", numbers[first]);
    if (last > first) text += fmt::format("-{}", numbers[last]);
  }
  return text;
}

void check_script_text(std::string_view what, std::string_view text) {
  if (std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }))
    throw UsageError(fmt::format(
        "{}: expected no line break and no other control character, as it goes into a script, found '{}'",
        what, escaped(text)));
}

std::string trials_script(const SlurmJob& job, const SlurmOptions& o) {
  check_script_words(job);
  std::string text = fmt::format(
      "#!/bin/bash\n"
      "# trials.sh — the trials of {} as a Slurm job array: task i runs shard i/{} of the plan.\n"
      "# Written by `symopt submit`. It may be submitted again at any time: what is finished is not run "
      "again.\n",
      job.folder.string(), job.count);
  text += directive("job-name", "symopt-" + job.name);
  text +=
      directive("array", array_ranges(job.tasks) + (o.throttle > 0 ? fmt::format("%{}", o.throttle) : ""));
  text += directive("cpus-per-task", fmt::format("{}", job.processors));
  text += common_directives(o);
  text += directive("time", o.time);
  if (!o.time.empty()) text += "#SBATCH --signal=B:TERM@60\n";
  text += "#SBATCH --requeue\n#SBATCH --open-mode=append\n";
  text += directive("output", log_file(job, "%a.out"));
  text += fmt::format(
      "\n"
      "folder={2}\n"
      "# What the task's trials have come to: those that are finished, and the checkpoints of others.\n"
      "progress() {{\n"
      "  awk -F, -v task=\"$SLURM_ARRAY_TASK_ID\" 'NR > 1 && (NR - 2) % {1} == task - 1 {{ print $NF }}' "
      "\"$folder/plan.csv\" |\n"
      "    while read -r trial; do\n"
      "      if [ -e \"$folder/trials/$trial.trial\" ]; then\n"
      "        echo \"$trial\"\n"
      "      else\n"
      "        cksum \"$folder/checkpoints/$trial.ckpt\" 2>/dev/null\n"
      "      fi\n"
      "    done\n"
      "}}\n"
      "before=$folder/slurm/progress-$SLURM_ARRAY_TASK_ID\n"
      "restarts=${{SLURM_RESTART_COUNT:-0}}\n"
      "if [ \"$restarts\" -eq 0 ]; then rm -f \"$before\"; fi\n"
      "\n"
      "# A minute before its time is up, and where it is preempted, the task gets SIGTERM: the trials in "
      "progress\n"
      "# leave checkpoints. Queued again, it goes on from there.\n"
      "{0} --shard \"$SLURM_ARRAY_TASK_ID/{1}\" &\n"
      "trials=$!\n"
      "trap 'kill -TERM \"$trials\" 2>/dev/null' TERM\n"
      "wait \"$trials\"\n"
      "# A signal ends `wait` before the trials have ended, with a status of its own.\n"
      "while kill -0 \"$trials\" 2>/dev/null; do\n"
      "  wait \"$trials\"\n"
      "done\n"
      "wait \"$trials\"\n"
      "status=$?\n"
      "if [ \"$status\" -ge 128 ]; then\n"
      "  now=$(progress)\n"
      "  if [ -e \"$before\" ] && [ \"$now\" = \"$(cat \"$before\")\" ]; then\n"
      "    echo \"ended with status $status; since it was queued again it has finished no epoch, so that it "
      "is "
      "not queued once more: more --time, or more --mem where it was killed for that, and the same submit "
      "again\"\n"
      "  elif [ \"$restarts\" -ge {3} ]; then\n"
      "    echo \"ended with status $status after $restarts restarts; not queued again: the same submit "
      "again "
      "goes on\"\n"
      "  else\n"
      "    printf '%s\\n' \"$now\" >\"$before\"\n"
      "    echo \"ended with status $status; queued again\"\n"
      "    scontrol requeue \"$SLURM_JOB_ID\"\n"
      "  fi\n"
      "fi\n"
      "exit \"$status\"\n",
      job.run_line, job.count, shell_word(job.folder.string()), kRestarts);
  return text;
}

std::string collect_script(const SlurmJob& job, const SlurmOptions& o) {
  check_script_words(job);
  std::string text = fmt::format(
      "#!/bin/bash\n"
      "# collect.sh — merges the results in {} and draws them.\n"
      "# Written by `symopt submit`. Runs after the array has ended; it says which trials are missing.\n",
      job.folder.string());
  text += directive("job-name", "symopt-collect");
  text += common_directives(o);
  text += "#SBATCH --requeue\n#SBATCH --open-mode=append\n";
  text += directive("output", log_file(job, "collect.out"));
  return text + "\nexec " + job.collect_line + "\n";
}

}  // namespace symopt
