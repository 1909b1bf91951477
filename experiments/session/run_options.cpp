// run_options.cpp — from the command line to RunOptions, and back to a command.
#include "experiments/session/run_options.hpp"

#include <omp.h>

#include "experiments/plan/request.hpp"
#include "experiments/terminal/command_options.hpp"

namespace symopt {

namespace po = boost::program_options;
namespace fs = std::filesystem;

namespace {

// The options that have a value, as the command line has them.
struct RunValues {
  std::string data, out, reuse, shard, preset;
  int jobs = 0, threads = 0;
  double timeout = RunControl{}.timeout, checkpoint = RunControl{}.checkpoint_every;
};

const Options<RunValues>& value_options() {
  using O = Option<RunValues>;
  static const Options<RunValues> options({
      O{.name = "data",
        .field = &RunValues::data,
        .help = "folder of the data sets; empty: $SYMOPT_DATA, then the user's cache folder"},
      O{.name = "out", .field = &RunValues::out, .help = "results folder; empty: out/EXPERIMENT-DATASET"},
      O{.name = "reuse",
        .field = &RunValues::reuse,
        .help = "results folders, comma-separated: their finished trials of the same specification and data "
                "are taken "
                "instead of run"},
      O{.name = "jobs",
        .field = &RunValues::jobs,
        .low = 0,
        .high = 4096,
        .help = "trials at a time; 0: as many as all cores have threads for"},
      O{.name = "threads",
        .field = &RunValues::threads,
        .low = 0,
        .high = 4096,
        .help = "threads of a trial: convolutions and what lies between them share the work; results are the "
                "same for any number; 0: one, or all cores where an experiment's trials are large"},
      O{.name = "preset",
        .field = &RunValues::preset,
        .help = "a size of the experiment that has some: segnet's small, half or paper"},
      O{.name = "timeout",
        .field = &RunValues::timeout,
        .low = 0,
        .high = 1e9,
        .help = "seconds that a trial may take; one that takes longer is timed-out; 0: any"},
      O{.name = "checkpoint",
        .field = &RunValues::checkpoint,
        .low = 0,
        .high = 1e9,
        .help = "seconds between saved states of a trial, from which it goes on after a kill; 0: never"},
      O{.name = "shard",
        .field = &RunValues::shard,
        .help = "i/n: run only part i of n, beside other processes on one folder; `symopt collect` merges"},
  });
  return options;
}

}  // namespace

int RunOptions::jobs_at_most() const {
  return jobs > 0 ? jobs : std::max(1, omp_get_num_procs() / control.threads);
}

bool is_axes(const std::string& name) { return name == "set" || name == "zip"; }

po::options_description run_options() {
  po::options_description options("options");
  options.add_options()("quick", po::bool_switch(),
                        "a first look: 2 trials, few epochs, under half a minute");
  options.add_options()("resume", po::bool_switch(),
                        "go on where an earlier run of the same folder ended (the default)");
  options.add_options()("fresh", po::bool_switch(), "start over in a new folder beside the old one");
  options.add_options()("retry-failed", po::bool_switch(), "run failed and timed-out trials again");
  options.add_options()("fail-fast", po::bool_switch(), "the first trial that fails ends the run");
  options.add_options()("export", po::bool_switch(),
                        "keep what each trial ended with: parameters and running statistics, as .npy files");
  options.add_options()("no-plots", po::bool_switch(), "draw no figures");
  options.add_options()("quiet", po::bool_switch(), "no progress");
  options.add_options()("verbose", po::bool_switch(), "a line for every epoch where no terminal is attached");
  add_options(options, value_options().infos());
  std::vector<OptionInfo> others, axes;
  for (const OptionInfo& info : request_options())
    if (info.name != "experiment")  // the argument says it
      (is_axes(info.name) ? axes : others).push_back(info);
  add_options(options, others);
  for (const OptionInfo& info : axes)
    options.add_options()(info.name.c_str(),
                          po::value<std::vector<std::string>>()->composing()->value_name("axis"),
                          (info.help + " (may be given again)").c_str());
  return options;
}

RunOptions read_run_options(const po::variables_map& given) {
  const auto on = [&](const char* name) { return given[name].as<bool>(); };
  if (on("fresh") && on("resume"))
    throw UsageError("options '--fresh' and '--resume': expected one of them, found both");
  RunValues values;
  value_options().set(values, given_options(given, value_options().infos()));
  RunOptions options;
  options.data = values.data, options.out = values.out, options.jobs = values.jobs;
  options.control = {values.timeout,  values.checkpoint, on("retry-failed"),
                     on("fail-fast"), on("export"),      std::max(values.threads, 1)};
  options.threads_given = values.threads > 0;
  if (!values.reuse.empty())
    for (const std::string& folder : split_list("reuse", values.reuse)) options.reuse.emplace_back(folder);
  if (!values.shard.empty()) options.shard = parse_shard(values.shard);
  if (options.shard && on("fresh"))
    throw UsageError("options '--fresh' and '--shard': expected one of them, found both");
  options.quick = on("quick"), options.fresh = on("fresh"), options.plots = !on("no-plots");
  options.verbosity = on("quiet") ? Verbosity::quiet : on("verbose") ? Verbosity::verbose : Verbosity::normal;
  return options;
}

std::string shell_word(const std::string& text) {
  if (text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./+:=,@") ==
          std::string::npos &&
      !text.empty())
    return text;
  std::string word = "'";
  for (char c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return word + "'";
}

std::string resume_arguments(const std::string& command, const fs::path& folder, const RunOptions& options) {
  std::string line = fmt::format("{} {} --out {}", command, shell_word((folder / "config.ini").string()),
                                 shell_word(folder.string()));
  if (!options.data.empty()) line += " --data " + shell_word(options.data);
  if (options.jobs > 0) line += fmt::format(" --jobs {}", options.jobs);
  const RunControl& control = options.control;
  if (control.threads > 1) line += fmt::format(" --threads {}", control.threads);
  if (control.timeout > 0) line += " --timeout " + to_text(control.timeout);
  if (control.checkpoint_every != RunControl{}.checkpoint_every)
    line += " --checkpoint " + to_text(control.checkpoint_every);
  if (control.retry_failed) line += " --retry-failed";
  if (control.fail_fast) line += " --fail-fast";
  if (control.keep_parameters) line += " --export";
  if (options.shard) line += " --shard " + options.shard->text();
  return line;
}

std::string resume_command(const std::string& command, const fs::path& folder, const RunOptions& options) {
  return "symopt " + resume_arguments(command, folder, options);
}

}  // namespace symopt
