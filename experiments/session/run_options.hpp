// run_options.hpp — how to run: the options that every command has that runs trials.
#pragma once
#include <boost/program_options.hpp>
#include <filesystem>

#include "experiments/terminal/progress.hpp"

namespace symopt {

/// How to run, never what: nothing here changes the result of a trial that ends by itself.
struct RunOptions {
  std::string data;  ///< folder of the data sets; empty: the usual ones
  std::string out;   ///< results folder; empty: out/EXPERIMENT-DATASET
  int jobs = 0;      ///< trials at a time; 0: those that all cores have threads for
  RunControl control;
  std::vector<std::filesystem::path>
      reuse;                   ///< folders whose finished trials are taken where they are planned here
  std::optional<Shard> shard;  ///< this process's part of the plan; none: all of it
  bool quick = false, fresh = false, plots = true;
  Verbosity verbosity = Verbosity::normal;
  bool threads_given = false;  ///< else an experiment of large trials takes all cores for one

  int jobs_at_most() const;  ///< trials at a time, where so many are left
};
/// What a command that runs trials takes: RunOptions and every option of the request.
boost::program_options::options_description run_options();
/// Whether an option of the request may be given several times: each --set adds axes to those of the others.
bool is_axes(const std::string& name);
/// UsageError where two options are at odds or a value is out of range.
RunOptions read_run_options(const boost::program_options::variables_map& given);

/// The text as a shell reads it as one word.
std::string shell_word(const std::string& text);

/// "symopt COMMAND FOLDER/config.ini --out FOLDER …", as a shell reads it: goes on where a run ended.
std::string resume_command(const std::string& command, const std::filesystem::path& folder,
                           const RunOptions& options);
/// The same without the program.
std::string resume_arguments(const std::string& command, const std::filesystem::path& folder,
                             const RunOptions& options);

}  // namespace symopt
