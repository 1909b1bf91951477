// request.cpp — the configuration as one list of options, and its expansion to trials.
#include "experiments/plan/request.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "core/text.hpp"

namespace symopt {

namespace {

const Options<Request>& own_options() {
  using R = Request;
  using O = Option<R>;
  static const Options<R> options({
      O{.name = "experiment", .field = &R::experiment, .help = "name in the registry of experiments"},
      O{.name = "dataset",
        .field = &R::dataset,
        .help = "comma-separated; auto: mnist where it is found, else synth-digits; folder:PATH: your own "
                "data; see `symopt list datasets`"},
      O{.name = "networks", .field = &R::networks, .help = "comma-separated; see `symopt list networks`"},
      O{.name = "optimizers",
        .field = &R::optimizers,
        .help = "comma-separated names, each with its options after colons (un:retraction=exp; also start, "
                "protocol options, and lr instead of the search), or all that can serve the network"},
      O{.name = "start",
        .field = &R::start,
        .choices = {"auto", "gaussian", "balanced", "he", "glorot", "uniform", "unbalanced"},
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
      O{.name = "interval", .field = &R::interval, .choices = interval_names(), .help = kIntervalHelp},
      O{.name = "pictures",
        .field = &R::pictures,
        .help =
            "segnet: the test samples whose predictions are drawn, comma-separated numbers from 0, or auto"},
  });
  return options;
}

std::string trim(const std::string& text) {
  const size_t begin = text.find_first_not_of(" \t"), end = text.find_last_not_of(" \t");
  return begin == std::string::npos ? "" : text.substr(begin, end - begin + 1);
}

const Options<SweepSettings>& sweep_options() {
  using S = SweepSettings;
  using O = Option<S>;
  static const Options<S> options({
      O{.name = "set",
        .field = &S::set,
        .help =
            "axes of a sweep, NAME=V,V,… or NAME=LOW:HIGH:log|lin:COUNT, every combination of them; NAME: "
            "an optimizer's option, lr, start or a protocol option, or OPTIMIZER.NAME for one optimizer"},
      O{.name = "zip", .field = &S::zip, .help = "axes that advance together"},
      O{.name = "sampler",
        .field = &S::sampler,
        .choices = {"grid", "random", "halton"},
        .help = "grid: all points; random, halton: as many as budget says"},
      O{.name = "budget",
        .field = &S::budget,
        .low = 0,
        .high = 100000,
        .help = "points of each optimizer, for sampler random and halton"},
  });
  return options;
}

// One optimizer of the list on one network.
TrialSpec applied(const Candidate& candidate, const Request& request) {
  TrialSpec spec;
  spec.start = request.start == "auto" ? candidate.entry->start : request.start;
  spec.precision = request.precision, spec.protocol = request.protocol;
  spec.seed = request.seed;
  return candidate.applied_to(std::move(spec));
}

// What tells a plan's trials of one number apart, as text.
std::string identity(const TrialSpec& spec, const Request& request) {
  std::string text = fmt::format("{}\n{}\n{}\n{}\n{}\n", spec.network, spec.optimizer, spec.settings,
                                 spec.start, spec.precision);
  if (spec.protocol != request.protocol)
    for (const auto& [name, value] : protocol_options().all(spec.protocol)) text += value + "\n";
  return text;
}

// An axis of an optimizer that nobody asked for would be left out in silence.
void check_asked(const Sweep& sweep, const std::vector<Candidate>& asked) {
  for (const Axis& axis : sweep.axes())
    if (!axis.optimizer.empty() && std::none_of(asked.begin(), asked.end(), [&](const Candidate& c) {
          return c.entry->name == axis.optimizer;
        }))
      throw UsageError(fmt::format("axis '{0}.{1}': expected {0} among the optimizers, found none",
                                   axis.optimizer, axis.name));
}

}  // namespace

std::vector<std::string> split_list(const std::string& what, const std::string& text) {
  std::vector<std::string> parts = split(text, ',');
  for (std::string& part : parts) {
    part = trim(part);
    if (part.empty())
      throw UsageError(fmt::format("option '{}': expected comma-separated names, found '{}'", what, text));
    if (std::find(parts.begin(), parts.end() - 1, parts.back()) != parts.end() - 1)
      throw UsageError(fmt::format("option '{}': expected each one once, found {}", what,
                                   twice(parts.back(), parts.back())));
  }
  return parts;
}

std::vector<std::string> listed_datasets(const std::string& text) {
  const auto is_name = [](const std::string& part) {
    return part == "auto" || part.starts_with("folder:") ||
           std::ranges::any_of(dataset_registry(), [&](const DatasetEntry& entry) {
             return entry.name == part.substr(0, part.find('|'));
           });
  };
  std::vector<std::string> names;
  for (const std::string& part : split(text, ','))
    if (!names.empty() && names.back().starts_with("folder:") && !is_name(trim(part)))
      names.back() += "," + part;
    else
      names.push_back(trim(part));
  for (const std::string& name : names) {
    if (name.empty())
      throw UsageError(fmt::format("option 'dataset': expected comma-separated names, found '{}'", text));
    if (std::ranges::count(names, name) > 1)
      throw UsageError(fmt::format("option 'dataset': expected each one once, found {}", twice(name, name)));
  }
  return names;
}

void Request::set(const std::string& name, const std::string& value) {
  split_given |= name == "train" || name == "validation";
  if (own_options().has(name))
    own_options().set(*this, name, value);
  else if (sweep_options().has(name))
    sweep_options().set(sweep, name, value);
  else if (protocol_options().has(name))
    protocol_options().set(protocol, name, value);
  else {
    std::vector<std::string> names;
    for (const OptionInfo& info : request_options()) names.push_back(info.name);
    throw unknown_name("option", name, names);
  }
}

std::string fit_split(Request& request, const Dataset& data) {
  ProtocolSettings& p = request.protocol;
  const size_t count = data.train.count(), own = data.own_validation;
  if (own > 0 && !request.split_given) {
    p.validation = std::min(p.validation, static_cast<int>(own));
    p.train = std::min(p.train, static_cast<int>(count - own));
    return "";
  }
  if (request.split_given || static_cast<size_t>(p.train) + static_cast<size_t>(p.validation) <= count)
    return "";
  p.validation = static_cast<int>(std::max<size_t>(count / 5, 1));
  p.train = static_cast<int>(count) - p.validation;
  return fmt::format("{} has {} samples to train on: train = {}, validation = {}", data.name, count, p.train,
                     p.validation);
}

Configuration Request::configuration() const {
  Configuration all = own_options().all(*this);
  for (auto& option : sweep_options().all(sweep)) all.push_back(std::move(option));
  for (auto& option : protocol_options().all(protocol)) all.push_back(std::move(option));
  return all;
}

std::vector<OptionInfo> request_options() {
  std::vector<OptionInfo> infos = own_options().infos();
  for (OptionInfo& info : sweep_options().infos()) infos.push_back(std::move(info));
  for (OptionInfo& info : protocol_options().infos()) infos.push_back(std::move(info));
  return infos;
}

std::vector<Candidate> listed_optimizers(const Request& request) {
  std::vector<Candidate> list;
  if (request.optimizers == "all")
    for (const OptimizerEntry& entry : optimizer_registry()) list.push_back({&entry, {}, {}, 0});
  else
    for (const std::string& text : split_list("optimizers", request.optimizers))
      list.push_back(parse_candidate(text));
  return list;
}

std::vector<std::string> left_out(const Request& request, const Dataset& data) {
  std::vector<std::string> lines;
  if (request.optimizers != "all") return lines;
  for (const OptimizerEntry& entry : optimizer_registry()) {
    std::string reasons;
    for (const std::string& network : split_list("networks", request.networks))
      if (const auto reason = entry.refuses(parse_network(network, data.picture(), data.classes)))
        reasons += fmt::format("{}{}: {}", reasons.empty() ? "" : "; ", network, *reason);
    if (!reasons.empty()) lines.push_back(fmt::format("{} is left out on {}", entry.name, reasons));
  }
  return lines;
}

std::vector<Contestant> contestants(const Request& request, const Dataset& data) {
  const Sweep sweep(request.sweep, request.seed);
  const std::vector<Candidate> asked = listed_optimizers(request);
  check_asked(sweep, asked);
  std::vector<std::vector<Contestant>> points_of;  // each optimizer's, on no network yet
  for (size_t i = 0; i < asked.size(); ++i) {
    std::vector<Contestant>& points = points_of.emplace_back();
    for (Candidate& point : sweep.points(asked[i])) {
      TrialSpec spec = applied(point, request);
      points.push_back({std::move(point), i, std::move(spec)});
    }
  }

  const std::vector<std::string> networks = split_list("networks", request.networks);
  std::vector<Contestant> list;
  std::map<std::string, std::string> shapes;  // shape → the name that it was first asked for by
  std::map<std::string, std::pair<size_t, std::string>> seen;  // identity → optimizer's place and setting
  for (size_t n = 0; n < networks.size(); ++n) {
    const NetworkSpec network = parse_network(networks[n], data.picture(), data.classes);
    if (const auto [first, is_new] = shapes.emplace(network.text(), networks[n]); !is_new)
      throw UsageError(fmt::format("option 'networks': expected each shape once, found {}",
                                   twice(first->second, networks[n])));
    for (size_t i = 0; i < asked.size(); ++i) {
      if (asked[i].on > static_cast<int>(networks.size()))
        throw UsageError(fmt::format("optimizer {}: option 'on': expected 1 to {} (networks), found {}",
                                     asked[i].entry->name, networks.size(), asked[i].on));
      if (asked[i].on > 0 && asked[i].on != static_cast<int>(n) + 1) continue;
      if (request.optimizers == "all" && asked[i].entry->refuses(network)) continue;
      for (Contestant one : points_of[i]) {
        one.spec.dataset = data.name, one.spec.checksum = data.checksum;
        one.spec.network = networks[n], one.spec.shape = network.text();
        const std::string setting = one.candidate.setting();
        if (const auto [first, is_new] = seen.try_emplace(identity(one.spec, request), i, setting); !is_new)
          throw UsageError(fmt::format("option '{}': expected each setting once, found {}",
                                       first->second.first == i ? "set" : "optimizers",
                                       twice(first->second.second, setting)));
        list.push_back(std::move(one));
      }
    }
  }
  if (list.size() > kMostTrials / static_cast<size_t>(std::max(request.trials, 1)))
    throw UsageError(fmt::format("expected at most {} trials in a plan, found {} settings × {} trials",
                                 kMostTrials, list.size(), request.trials));
  return list;
}

std::vector<TrialSpec> expand(const Request& request, const Dataset& data) {
  std::vector<TrialSpec> plan;
  for (Contestant& one : contestants(request, data))
    for (one.spec.trial = 0; one.spec.trial < request.trials; ++one.spec.trial) plan.push_back(one.spec);
  return plan;
}

void check_names(const Request& request) {
  Request once = request;
  once.trials = 1;
  expand(once, Dataset{});  // of unknown size, so that every size fits
}

}  // namespace symopt
