// tuning.cpp — reading and checking what is asked.
#include "experiments/session/tuning.hpp"

#include <fmt/ranges.h>

#include "experiments/plan/spaces.hpp"
#include "experiments/terminal/command_options.hpp"

namespace symopt {

Configuration Tuning::configuration() const {
  Configuration all = request.configuration();
  for (auto& option : tune_options().all(settings)) all.push_back(std::move(option));
  return all;
}

Tuning read_tuning(const std::string& command, const boost::program_options::variables_map& given,
                   const std::vector<std::string>& arguments) {
  Assignments of_file;
  Tuning tuning{make_request(command, given, arguments, &of_file), {}};
  const Assignments own = given_options(given, tune_options().infos());
  tune_options().set(tuning.settings, of_file);
  tune_options().set(tuning.settings, own);
  tuning.asked = !of_file.empty() || !own.empty();
  // Before the rule, whose own axes give way to those of a space.
  if (given.count("space") > 0)
    for (const auto& [name, value] : read_spaces(tuning.settings.space)) {
      if (given.count(name) > 0) continue;
      if (tune_options().has(name))
        tune_options().set(tuning.settings, name, value);
      else
        tuning.request.set(name, value);
    }
  if (given.count("rule") == 0) return tuning;
  for (const auto& [name, value] : rule_values(tuning.settings.rule)) {
    if (given.count(name) > 0 || (name == "set" && !tuning.request.sweep.empty())) continue;
    if (tune_options().has(name))
      tune_options().set(tuning.settings, name, value);
    else
      tuning.request.set(name, value);
  }
  return tuning;
}

Session prepare_tuning(const std::string& command, Tuning& tuning, const RunOptions& options) {
  if (options.shard)
    throw UsageError(
        fmt::format("option '--shard': expected run or sweep, found {}, which needs all trials", command));
  if (tuning.settings.rule == kSelfTuning && !tuning.request.sweep.empty())
    throw UsageError(
        fmt::format("option 'set': expected no axes beside rule {}, which searches nothing, found {}",
                    kSelfTuning, tuning.request.sweep.set + tuning.request.sweep.zip));
  if (tuning.request.sweep.empty() && tuning.settings.rule != kSelfTuning)
    throw UsageError(fmt::format(
        "{}: expected axes, as in --set lr=1e-4:1:log:9, or --rule deepobs, found none", command));
  if (const auto datasets = listed_datasets(tuning.request.dataset); datasets.size() > 1)
    throw UsageError(fmt::format("option 'dataset': expected one for a tuning, found {}: {}", datasets.size(),
                                 fmt::join(datasets, ", ")));
  Session session = prepare(tuning.request, options);
  if (session.specs.empty())
    throw UsageError(
        fmt::format("{}: expected an experiment of trials, found {}", command, tuning.request.experiment));
  tuning.request = session.request;
  const Request last = final_request(tuning.request, tuning.settings, tuning.settings.studies - 1, {});
  try {
    Request().set("seed", fmt::format("{}", last.seed));
  } catch (const UsageError& e) {
    throw UsageError(fmt::format("{}: the seed of the last chosen settings: {}", command, e.what()));
  }
  return session;
}

}  // namespace symopt
