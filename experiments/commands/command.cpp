// command.cpp — the command line: subcommands, options by Boost.Program_options, errors as one line.
#include "experiments/commands/command.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cerrno>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <system_error>

#include "core/data/home.hpp"
#include "experiments/commands/help.hpp"
#include "experiments/session/run_options.hpp"
#include "experiments/terminal/plain_text.hpp"
#include "experiments/terminal/standard_error.hpp"

namespace symopt {

namespace po = boost::program_options;

const std::vector<Command>& command_registry() {
  static const std::vector<Command> commands = {
      run_command(),        sweep_command(),   tune_command(),       plan_command(),   submit_command(),
      show_command(),       collect_command(), invariance_command(), dof_command(),    trace_command(),
      list_command(),       data_command(),    plot_command(),       report_command(), bench_command(),
      completion_command(), manual_command(),  version_command()};
  return commands;
}

bool is_folder_option(const std::string& name) { return name == "data" || name == "out"; }

namespace {

const Command& find_command(std::string_view name) {
  std::vector<std::string> names;
  for (const Command& command : command_registry()) {
    if (command.name == name) return command;
    names.push_back(command.name);
  }
  throw unknown_name("command", name, names);
}

// Files and pipes are taken for a terminal of the usual width.
int help_columns() {
  const int columns = terminal_columns();
  return columns > 0 ? columns : 80;
}
void print_help(const Command& command) { fmt::print("{}", help_text(command, help_columns())); }

// Of an option that is given again and takes one value, the last one counts: what wraps the program appends
// to its words. Axes and arguments are lists. Returns a line for each value that gave way.
std::vector<std::string> keep_last(po::parsed_options& parsed) {
  std::vector<std::string> lines;
  auto& options = parsed.options;
  for (std::size_t i = options.size(); i-- > 0;) {
    const std::string name = options[i].string_key;
    if (name == "argument" || is_axes(name)) continue;
    for (std::size_t j = i; j-- > 0;)
      if (options[j].string_key == name) {
        if (options[j].value != options[i].value)
          lines.push_back(fmt::format("option '--{}': the last one counts, {}; not {}", name,
                                      fmt::join(options[i].value, " "), fmt::join(options[j].value, " ")));
        options.erase(options.begin() + static_cast<std::ptrdiff_t>(j));
        --i;
      }
  }
  return lines;
}

int dispatch(const std::vector<std::string>& arguments) {
  if (arguments.empty() || arguments[0] == "--help" || arguments[0] == "-h" || arguments[0] == "help") {
    if (arguments.size() > 1)
      print_help(find_command(arguments[1]));
    else
      fmt::print("{}", overview(help_columns()));
    return arguments.empty() ? 2 : 0;
  }
  const Command& command = find_command(arguments[0] == "--version" ? "version" : arguments[0]);
  po::options_description options = command.options();
  options.add_options()("help,h", "");
  po::options_description everything(options);
  everything.add_options()("argument", po::value<std::vector<std::string>>());
  po::positional_options_description positional;
  positional.add("argument", -1);
  po::variables_map given;
  try {
    // No guessing: a prefix that is unique today may be ambiguous tomorrow.
    const int style = po::command_line_style::default_style & ~po::command_line_style::allow_guessing;
    po::parsed_options parsed =
        po::command_line_parser(std::vector<std::string>(arguments.begin() + 1, arguments.end()))
            .options(everything)
            .positional(positional)
            .style(style)
            .run();
    const std::vector<std::string> lines = keep_last(parsed);
    po::store(parsed, given);
    if (given.count("verbose") > 0 && given["verbose"].as<bool>())
      for (const std::string& line : lines) print_error("symopt: {}\n", one_line(line));
  } catch (const po::unknown_option& e) {
    std::vector<std::string> names;
    for (const auto& option : options.options()) names.push_back("--" + option->long_name());
    throw unknown_name("option", e.get_option_name(), names);
  } catch (const po::multiple_occurrences& e) {
    throw UsageError(fmt::format("option '{}': expected once, found twice", e.get_option_name()));
  } catch (const po::invalid_command_line_syntax& e) {
    const bool extra = e.kind() == po::invalid_syntax::extra_parameter;
    throw UsageError(fmt::format("option '{}': expected {} value, found {}", e.get_option_name(),
                                 extra ? "no" : "a", extra ? "one" : "none"));
  } catch (const po::error& e) {
    throw UsageError(e.what());
  }
  if (given.count("help") > 0) {
    print_help(command);
    return 0;
  }
  // Shells leave the tilde alone in --out=~/x and between quotes.
  for (auto& [name, value] : given)
    if (is_folder_option(name)) value.value() = expanded_tilde(value.as<std::string>()).string();
  std::vector<std::string> rest;
  if (given.count("argument") > 0) rest = given["argument"].as<std::vector<std::string>>();
  for (std::string& argument : rest) argument = expanded_tilde(argument).string();
  return command.run(given, rest);
}

// What was printed has to arrive: a full disk behind `> file` shows only here.
void flush_output() {
  if (std::fflush(stdout) != 0)
    throw UserError(
        fmt::format("cannot write to standard output: {}", std::generic_category().message(errno)));
}

}  // namespace

int run_command_line(const std::vector<std::string>& arguments) {
  try {
    const int status = dispatch(arguments);
    flush_output();
    return status;
  } catch (const UserError& e) {
    print_error("symopt: {}\n", one_line(e.what()));
    return e.exit_status();
  } catch (const std::filesystem::filesystem_error& e) {
    print_error("symopt: cannot use {}: {}\n", one_line(e.path1().string()), e.code().message());
    return 1;
  } catch (const std::bad_alloc&) {
    print_error("symopt: out of memory\n");
    return 1;
  } catch (const std::exception& e) {
    print_error("symopt: {}\n", one_line(e.what()));
    return 1;
  }
}

}  // namespace symopt
