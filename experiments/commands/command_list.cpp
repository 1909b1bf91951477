// command_list.cpp — `symopt list`: what the registries hold.
#include <fmt/format.h>

#include <algorithm>

#include "core/data/dataset.hpp"
#include "core/data/own_data.hpp"
#include "core/network/start.hpp"
#include "core/symmetry/group.hpp"
#include "experiments/commands/command.hpp"
#include "experiments/commands/help.hpp"
#include "experiments/plan/experiment.hpp"
#include "experiments/plan/spaces.hpp"
#include "experiments/plan/tune_report.hpp"
#include "optimizers/wrapper.hpp"
#include "protocols/annealing.hpp"

namespace symopt {

namespace po = boost::program_options;

namespace {

using Rows = std::vector<std::vector<std::string>>;

// On a terminal in its width; elsewhere one line each, for grep.
void print_line(const std::string& line, int indent) {
  fmt::print("{}\n", hanging(line, indent, terminal_columns()));
}

void print_options(const std::vector<OptionInfo>& infos) {
  for (const OptionInfo& o : infos)
    print_line(fmt::format("      {} = {}  {}{}{}", o.name, o.default_value.empty() ? "''" : o.default_value,
                           o.range == "any" ? "" : "(" + o.range + ")  ", o.help,
                           o.source.empty() ? "" : fmt::format(" [{}]", o.source)),
               10);
}

void print_rows(const Rows& rows) { fmt::print("{}", hanging_rows(rows, terminal_columns())); }

// One line each.
void list_optimizers() {
  Rows rows;
  for (const OptimizerEntry& entry : optimizer_registry()) rows.push_back({entry.name, entry.title});
  for (const Wrapper& wrapper : optimizer_wrappers())
    rows.push_back({wrapper.prefix + "+NAME", fmt::format("any of these {}", wrapper.help)});
  print_rows(rows);
  print_line("  source, start and options of one: symopt list optimizers NAME …; of each: … all", 2);
}

// With sources and options: of a name, of a wrapper ("sam+" or "sam+NAME"), or of all.
void describe_optimizers(const std::string& name) {
  const bool all = name == "all";
  bool found = false;
  for (const OptimizerEntry& entry : optimizer_registry()) {
    if (!all && entry.name != name) continue;
    found = true;
    print_line(fmt::format("  {}  {}", entry.name, entry.title), static_cast<int>(entry.name.size()) + 4);
    print_line(fmt::format("      source: {}; starts {}", entry.source, entry.start), 10);
    print_options(entry.options);
  }
  for (const Wrapper& wrapper : optimizer_wrappers()) {
    if (!all && !name.starts_with(wrapper.prefix + "+")) continue;
    found = true;
    print_line(
        fmt::format("  {}+NAME  any of these {}; NAME's options pass through", wrapper.prefix, wrapper.help),
        static_cast<int>(wrapper.prefix.size()) + 9);
    print_line(fmt::format("      source: {}; starts as NAME", wrapper.source), 10);
    print_options(wrapper.options);
  }
  if (!found) find_optimizer(name);  // which says what it could be
}

void list_networks() {
  Rows rows;
  for (const NetworkEntry& entry : network_registry()) rows.push_back({entry.name, entry.description});
  rows.push_back({"archbn:784-64x4-10/pool2",
                  "any list of sizes; also /relu, /leaky-relu, /sigmoid, /tanh, /linear, +bias"});
  rows.push_back({"arch1:784-64x2-10/pool2", "the same without batch normalization"});
  rows.push_back({"mlp:64-32-32-10+bias", "plain layers without pooling"});
  print_rows(rows);
}

void list_datasets(const std::string& folder) {
  Rows rows;
  for (const DatasetEntry& entry : dataset_registry())
    rows.push_back({entry.name, entry.found(data_folder(folder)) ? "found" : "not found", entry.description});
  rows.push_back({kOwnDataForm, "", kOwnDataHelp});
  print_rows(rows);
  print_line(fmt::format("  in {}; more by `symopt data fetch NAME …`", data_folder(folder).string()), 2);
}

void list_experiments() {
  Rows rows;
  for (const ExperimentEntry& entry : experiment_registry()) rows.push_back({entry.name, entry.description});
  print_rows(rows);
}

void list_schedules() {
  Rows rows;
  for (const Schedule& schedule : schedule_registry()) rows.push_back({schedule.name, schedule.help});
  print_rows(rows);
}

void list_spaces() {
  Rows rows;
  for (const SpaceFile& space : space_files())
    rows.push_back({std::string(space.name), description_of(space)});
  print_rows(rows);
}

void list_starts() {
  Rows rows;
  for (const StartEntry& entry : start_registry())
    rows.push_back({entry.name, fmt::format("{} [{}]", entry.description, entry.source)});
  print_rows(rows);
}

void list_groups() {
  Rows rows;
  for (const GroupEntry& entry : group_registry())
    rows.push_back({entry.name, fmt::format("{}; a symmetry of: {}", entry.description, entry.condition)});
  print_rows(rows);
}

void list_columns() {
  std::vector<TableInfo> tables = result_tables();
  for (const TableInfo& table : tune_tables()) tables.push_back(table);
  for (const ExperimentEntry& experiment : experiment_registry())
    for (const TableInfo& table : experiment.tables) tables.push_back(table);
  fmt::print("{}", dictionary(tables));
}

po::options_description describe_list() {
  po::options_description options("options");
  options.add_options()("data", po::value<std::string>()->default_value("")->value_name("text"),
                        "folder of the data sets; empty: $SYMOPT_DATA, then the user's cache folder");
  return options;
}

int run_list(const po::variables_map& given, const std::vector<std::string>& arguments) {
  const std::vector<std::string>& kinds = list_kinds();
  // The columns are a document of their own: only where they are asked for.
  const std::vector<std::string> listed(kinds.begin(), kinds.end() - 1);
  // Behind `optimizers` names of them may follow. Nothing is printed before all words are known.
  std::vector<std::string> names;
  if (arguments.size() > 1 && arguments[0] == "optimizers" &&
      std::find(kinds.begin(), kinds.end(), arguments[1]) == kinds.end()) {
    names.assign(arguments.begin() + 1, arguments.end());
    for (const std::string& name : names) {
      const size_t plus = name.find('+');
      const std::string inner = plus == std::string::npos ? name : name.substr(plus + 1);
      const auto& wrappers = optimizer_wrappers();
      if (plus != std::string::npos &&
          std::ranges::none_of(wrappers, [&](const Wrapper& w) { return name.substr(0, plus) == w.prefix; }))
        find_optimizer(name);  // which says what it could be
      if (name != "all" && inner != "" && inner != "NAME") find_optimizer(inner);
    }
    fmt::print("optimizers\n");
    for (const std::string& name : names) describe_optimizers(name);
    return 0;
  }
  for (const std::string& kind : arguments)
    if (std::find(kinds.begin(), kinds.end(), kind) == kinds.end()) throw unknown_name("list", kind, kinds);
  for (const std::string& kind : arguments.empty() ? listed : arguments) {
    if (kind == "columns") {  // Markdown, as it stands in results/README.md
      list_columns();
      continue;
    }
    fmt::print("{}\n", kind);
    if (kind == "optimizers") list_optimizers();
    if (kind == "networks") list_networks();
    if (kind == "datasets") list_datasets(given["data"].as<std::string>());
    if (kind == "experiments") list_experiments();
    if (kind == "schedules") list_schedules();
    if (kind == "spaces") list_spaces();
    if (kind == "starts") list_starts();
    if (kind == "groups") list_groups();
    if (kind == "options") print_options(request_options());
    fmt::print("\n");
  }
  return 0;
}

}  // namespace

const std::vector<std::string>& list_kinds() {
  static const std::vector<std::string> kinds = {"optimizers", "networks", "datasets", "experiments",
                                                 "schedules",  "spaces",   "starts",   "groups",
                                                 "options",    "columns"};
  return kinds;
}

Command list_command() {
  return {"list",
          "shows optimizers, networks, datasets, experiments, schedules, search spaces, starts, groups, "
          "options; columns of tables",
          "list [KIND …] | list optimizers NAME … | list optimizers all",
          "  symopt list\n"
          "  symopt list optimizers\n"
          "  symopt list optimizers un adam\n"
          "  symopt list datasets --data ~/data\n",
          describe_list,
          run_list};
}

}  // namespace symopt
