// command.hpp — a subcommand of `symopt` and what its command line is made of.
#pragma once
#include <boost/program_options.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "experiments/terminal/command_options.hpp"

namespace symopt {

struct Command {
  std::string name, summary, usage, examples;
  /// The options it takes, for parsing, --help and completion.
  boost::program_options::options_description (*options)();
  /// Exit status: 0, 1 (failed), 2 (refused before anything ran), 130 (interrupted).
  int (*run)(const boost::program_options::variables_map& given, const std::vector<std::string>& arguments);
};

const std::vector<Command>& command_registry();

// One function a command, in its own file.
Command run_command();
Command sweep_command();
Command tune_command();
Command plan_command();
Command submit_command();
Command collect_command();
Command show_command();
Command invariance_command();
Command dof_command();
Command trace_command();
Command list_command();
Command completion_command();
Command plot_command();
Command report_command();
Command data_command();
Command bench_command();
Command manual_command();
Command version_command();

/// Whether the option's value is a folder, in any command that has it.
bool is_folder_option(const std::string& name);

/// What `symopt list` can show.
const std::vector<std::string>& list_kinds();

/// Parses and runs `symopt ARGUMENTS`; errors become one line on stderr and an exit status.
int run_command_line(const std::vector<std::string>& arguments);

}  // namespace symopt
