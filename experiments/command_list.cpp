// command_list.cpp — `symopt list`: what the registries hold.
#include <fmt/format.h>

#include "core/dataset.hpp"
#include "experiments/command.hpp"
#include "experiments/experiment.hpp"
#include "experiments/tables.hpp"
#include "optimizers/teleport.hpp"
#include "protocols/annealing.hpp"

namespace symopt {

namespace po = boost::program_options;

namespace {

using Rows = std::vector<std::vector<std::string>>;

void print_options(const std::vector<OptionInfo>& infos) {
  for (const OptionInfo& o : infos) {
    fmt::print("      {} = {}  ({})  {}", o.name, o.default_value, o.range, o.help);
    fmt::print("{}\n", o.source.empty() ? "" : fmt::format(" [{}]", o.source));
  }
}

void list_optimizers() {
  for (const OptimizerEntry& entry : optimizer_registry()) {
    fmt::print("  {:<12} {}\n      source: {}; starts {}\n", entry.name, entry.title, entry.source,
               entry.start);
    print_options(entry.options);
  }
  fmt::print(
      "  {:<12} any of these with symmetry teleportation before chosen steps; NAME's options pass through\n"
      "      source: Zhao, Dehmamy, Walters, Yu 2022; Zhao, Gower, Walters, Yu 2024; starts as NAME\n",
      optimizers::kTeleportPrefix + "NAME");
  print_options(optimizers::teleport_options());
}

void list_networks() {
  Rows rows;
  for (const NetworkEntry& entry : network_registry()) rows.push_back({entry.name, entry.description});
  rows.push_back(
      {"archbn:784-64x4-10/pool2", "any list of sizes; also /relu, /leaky-relu, /sigmoid, /linear, +bias"});
  rows.push_back({"arch1:784-64x2-10/pool2", "the same without batch normalization"});
  rows.push_back({"mlp:64-32-32-10+bias", "plain layers without pooling"});
  fmt::print("{}", align(rows, 2));
}

void list_datasets(const std::string& folder) {
  Rows rows;
  for (const DatasetEntry& entry : dataset_registry())
    rows.push_back({entry.name, entry.found(data_folder(folder)) ? "found" : "not found", entry.description});
  fmt::print("{}  in {}; more by `symopt data fetch NAME …`\n", align(rows, 3), data_folder(folder).string());
}

void list_experiments() {
  Rows rows;
  for (const ExperimentEntry& entry : experiment_registry()) rows.push_back({entry.name, entry.description});
  fmt::print("{}", align(rows, 2));
}

void list_schedules() {
  Rows rows;
  for (const Schedule& schedule : schedule_registry()) rows.push_back({schedule.name, schedule.help});
  fmt::print("{}", align(rows, 2));
}

void list_starts() {
  for (const std::string& kind : start_kinds()) fmt::print("  {}\n", kind);
}

po::options_description options() {
  po::options_description options("options");
  options.add_options()("data", po::value<std::string>()->default_value("")->value_name("folder"),
                        "where data sets lie (default $SYMOPT_DATA, then the user's cache folder)");
  return options;
}

int run(const po::variables_map& given, const std::vector<std::string>& arguments) {
  const std::vector<std::string>& kinds = list_kinds();
  for (const std::string& kind : arguments.empty() ? kinds : arguments) {
    if (std::find(kinds.begin(), kinds.end(), kind) == kinds.end()) throw unknown_name("list", kind, kinds);
    fmt::print("{}\n", kind);
    if (kind == "optimizers") list_optimizers();
    if (kind == "networks") list_networks();
    if (kind == "datasets") list_datasets(given["data"].as<std::string>());
    if (kind == "experiments") list_experiments();
    if (kind == "schedules") list_schedules();
    if (kind == "starts") list_starts();
    if (kind == "options") print_options(request_options());
    fmt::print("\n");
  }
  return 0;
}

}  // namespace

const std::vector<std::string>& list_kinds() {
  static const std::vector<std::string> kinds = {"optimizers", "networks", "datasets", "experiments",
                                                 "schedules",  "starts",   "options"};
  return kinds;
}

Command list_command() {
  return {"list",
          "shows optimizers, networks, datasets, experiments, schedules, starts and options",
          "list [KIND …]",
          "  symopt list\n"
          "  symopt list optimizers\n"
          "  symopt list datasets --data ~/data\n",
          options,
          run};
}

}  // namespace symopt
