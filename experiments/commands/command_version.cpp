// command_version.cpp — `symopt version`: the build's flags and libraries.
#include <fmt/format.h>

#include "experiments/build_info.hpp"
#include "experiments/commands/command.hpp"
#include "experiments/commands/help.hpp"

namespace symopt {

namespace {

boost::program_options::options_description describe_version() {
  return boost::program_options::options_description("options");
}

int run_version(const boost::program_options::variables_map&, const std::vector<std::string>& arguments) {
  if (!arguments.empty())
    throw UsageError(fmt::format("version: expected no arguments, found '{}'", arguments[0]));
  for (const auto& [name, value] : build_info())
    fmt::print("{}\n", hanging(fmt::format("{:<20} {}", name, value), 21, terminal_columns()));
  return 0;
}

}  // namespace

Command version_command() {
  return {"version",        "how this program was built, and on what it runs",
          "version",        "  symopt version\n",
          describe_version, run_version};
}

}  // namespace symopt
