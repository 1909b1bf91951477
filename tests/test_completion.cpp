// test_completion.cpp — what the shells are told: every command, option and registered name, where it can
// stand. How real shells take it is in completion_typed.py.
#include <algorithm>

#include "core/data/dataset.hpp"
#include "experiments/commands/completion.hpp"
#include "experiments/fetch/data_source.hpp"
#include "experiments/plan/experiment.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/errors.hpp"

using namespace symopt;
using namespace symopt::test;

namespace {

const CommandCandidates& command(std::string_view name) {
  static const std::vector<CommandCandidates> all = command_candidates();
  const auto found = std::ranges::find(all, name, &CommandCandidates::name);
  REQUIRE(found != all.end());
  return *found;
}

const Candidates& value(std::string_view of, std::string_view option) {
  const auto& options = command(of).options;
  const auto found = std::ranges::find(options, option, &OptionCandidates::name);
  REQUIRE(found != options.end());
  REQUIRE(found->takes_value);
  return found->value;
}

bool offers(const Candidates& c, const std::string& word) { return std::ranges::count(c.words, word) == 1; }

}  // namespace

TEST_CASE("completion: both scripts have every command and every option of it") {
  const std::vector<CommandCandidates> all = command_candidates();
  const std::string bash = bash_completion(all), zsh = zsh_completion(all);
  for (const Command& c : command_registry()) {
    INFO(c.name);
    CHECK(contains(bash, "    " + c.name + ") words='"));
    CHECK(contains(zsh, "    " + c.name + ")\n"));
    const auto& help = command(c.name).options.back();  // which the command line adds to each
    CHECK((help.name == "help" && !help.takes_value));
    const auto options = c.options();
    for (const auto& option : options.options()) {
      INFO(option->long_name());
      CHECK(contains(bash, " --" + option->long_name() + " "));
      CHECK(contains(zsh, "'--" + option->long_name() + (option->semantic()->max_tokens() > 0 ? "=[" : "[")));
    }
  }
  CHECK(bash.find('\r') == std::string::npos);
}

TEST_CASE("completion: the arguments of a command come from its usage line") {
  const CommandCandidates& run = command("run");
  REQUIRE(run.places.size() == 1);
  for (const ExperimentEntry& entry : experiment_registry()) CHECK(offers(run.places[0], entry.name));
  CHECK(run.places[0].files);
  CHECK_FALSE(run.repeats);
  const CommandCandidates& data = command("data");
  REQUIRE(data.places.size() == 2);
  CHECK(data.places[0].words == std::vector<std::string>{"list", "fetch", "verify"});
  for (const auto& source : fetch::data_sources()) CHECK(offers(data.places[1], source->name()));
  CHECK(data.repeats);
  REQUIRE(command("plot").places.size() == 1);
  CHECK(command("plot").places[0].folders);
  CHECK(command("list").places.at(0).words == list_kinds());
  CHECK(command("version").places.empty());
  for (const Command& c : command_registry()) CHECK(offers(command("help").places.at(0), c.name));
}

TEST_CASE("completion: values come from the registries and from the choices in an option's help") {
  for (const DatasetEntry& entry : dataset_registry()) CHECK(offers(value("run", "dataset"), entry.name));
  CHECK(offers(value("run", "dataset"), "auto"));
  CHECK(offers(value("run", "dataset"), "folder:"));
  for (const OptimizerEntry& entry : optimizer_registry())
    CHECK(offers(value("run", "optimizers"), entry.name));
  CHECK(value("run", "optimizers").list);
  for (const NetworkEntry& entry : network_registry()) CHECK(offers(value("run", "networks"), entry.name));
  for (const OptionInfo& option : request_options()) {
    INFO(option.name);
    if (option.range.find('|') == std::string::npos) continue;
    const Candidates& found = value("run", option.name);
    CHECK_FALSE(found.words.empty());
    std::string joined;
    for (const std::string& word : found.words) joined += (joined.empty() ? "" : "|") + word;
    CHECK(joined == option.range);
  }
  CHECK(value("run", "trials").words.empty());
  CHECK(value("run", "out").folders);
  CHECK(value("plot", "format").words == std::vector<std::string>{"png", "svg", "pdf"});
}
