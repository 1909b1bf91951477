// request.cpp — the configuration as one list of options, and its expansion to trials.
#include "experiments/request.hpp"

#include <algorithm>
#include <set>

namespace symopt {

namespace {

const Options<Request>& own_options() {
  using R = Request;
  using O = Option<R>;
  static const Options<R> options({
      O{.name = "experiment", .field = &R::experiment, .help = "name in the registry of experiments"},
      O{.name = "dataset",
        .field = &R::dataset,
        .help = "auto: mnist where it is found, else synth-digits; see `symopt list datasets`"},
      O{.name = "networks", .field = &R::networks, .help = "comma-separated; see `symopt list networks`"},
      O{.name = "optimizers",
        .field = &R::optimizers,
        .help = "comma-separated names, each with its options after colons (un:retraction=exp), or all"},
      O{.name = "start",
        .field = &R::start,
        .choices = {"auto", "gaussian", "balanced", "he", "glorot", "unbalanced"},
        .help = "starting values; auto: each optimizer's own"},
      O{.name = "precision",
        .field = &R::precision,
        .choices = {"float", "double"},
        .help = "arithmetic of the training"},
      O{.name = "trials",
        .field = &R::trials,
        .low = 1,
        .high = 100000,
        .help = "trials of each network and optimizer"},
      O{.name = "seed",
        .field = &R::seed,
        .low = 0,
        .high = 9e15,
        .help = "all random numbers derive from it and the trial's number"},
  });
  return options;
}

std::string trim(const std::string& text) {
  const size_t begin = text.find_first_not_of(" \t"), end = text.find_last_not_of(" \t");
  return begin == std::string::npos ? "" : text.substr(begin, end - begin + 1);
}

// "un:retraction=exp:theta=unit" → entry and canonical settings
std::pair<const OptimizerEntry*, std::string> parse_optimizer(std::string text) {
  const size_t colon = text.find(':');
  std::string settings = colon == std::string::npos ? "" : text.substr(colon + 1);
  std::replace(settings.begin(), settings.end(), ':', ' ');
  const OptimizerEntry& entry = find_optimizer(text.substr(0, colon));
  const Assignments assignments = parse_settings(settings);
  std::set<std::string> seen;
  for (const auto& [name, value] : assignments)
    if (!seen.insert(name).second)
      throw UsageError(
          fmt::format("optimizer {}: option '{}': expected once, found twice", entry.name, name));
  return {&entry, entry.canonical(assignments)};
}

}  // namespace

std::vector<std::string> split_list(const std::string& what, const std::string& text) {
  std::vector<std::string> parts;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    parts.push_back(trim(text.substr(begin, end - begin)));
    begin = end + 1;
    if (parts.back().empty())
      throw UsageError(fmt::format("option '{}': expected comma-separated names, found '{}'", what, text));
  }
  return parts;
}

void Request::set(const std::string& name, const std::string& value) {
  if (own_options().has(name))
    own_options().set(*this, name, value);
  else if (protocol_options().has(name))
    protocol_options().set(protocol, name, value);
  else {
    std::vector<std::string> names;
    for (const OptionInfo& info : request_options()) names.push_back(info.name);
    throw unknown_name("option", name, names);
  }
}

Configuration Request::configuration() const {
  Configuration all = own_options().all(*this);
  for (auto& option : protocol_options().all(protocol)) all.push_back(std::move(option));
  return all;
}

std::vector<OptionInfo> request_options() {
  std::vector<OptionInfo> infos = own_options().infos();
  for (OptionInfo& info : protocol_options().infos()) infos.push_back(std::move(info));
  return infos;
}

std::vector<TrialSpec> expand(const Request& request, const Dataset& data) {
  std::string optimizers = request.optimizers;
  if (optimizers == "all") {
    optimizers.clear();
    for (const OptimizerEntry& entry : optimizer_registry())
      optimizers += (optimizers.empty() ? "" : ",") + entry.name;
  }
  std::vector<TrialSpec> specs;
  for (const std::string& network : split_list("networks", request.networks)) {
    const std::string shape = parse_network(network, data.inputs(), data.classes).text();
    for (const std::string& optimizer : split_list("optimizers", optimizers)) {
      const auto [entry, settings] = parse_optimizer(optimizer);
      for (int trial = 0; trial < request.trials; ++trial) {
        TrialSpec spec;
        spec.dataset = data.name, spec.checksum = data.checksum;
        spec.network = network, spec.shape = shape;
        spec.optimizer = entry->name, spec.settings = settings;
        spec.start = request.start == "auto" ? entry->start : request.start;
        spec.precision = request.precision, spec.protocol = request.protocol;
        spec.seed = request.seed, spec.trial = trial;
        specs.push_back(std::move(spec));
      }
    }
  }
  std::vector<std::string> hashes;
  for (const TrialSpec& spec : specs) hashes.push_back(spec.hash());
  std::sort(hashes.begin(), hashes.end());
  if (std::adjacent_find(hashes.begin(), hashes.end()) != hashes.end())
    throw UsageError("options 'networks' and 'optimizers': expected each one once, found one twice");
  return specs;
}

}  // namespace symopt
