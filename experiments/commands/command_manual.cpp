// command_manual.cpp — `symopt manual`: the manual page.
#include <fmt/format.h>

#include "experiments/commands/command.hpp"
#include "experiments/commands/manual.hpp"

namespace symopt {

namespace {

boost::program_options::options_description describe_manual() {
  return boost::program_options::options_description("options");
}

int run_manual(const boost::program_options::variables_map&, const std::vector<std::string>& arguments) {
  if (!arguments.empty())
    throw UsageError(fmt::format("manual: expected no arguments, found '{}'", arguments[0]));
  fmt::print("{}", manual_page());
  return 0;
}

}  // namespace

Command manual_command() {
  return {"manual",
          "prints the manual page, for man",
          "manual",
          "  symopt manual | man -l -\n"
          "  symopt manual > ~/.local/share/man/man1/symopt.1\n",
          describe_manual,
          run_manual};
}

}  // namespace symopt
