// spec_check.cpp — bounds that options have together, with the data set and with the network.
#include "protocols/spec_check.hpp"

#include <tuple>

#include "core/network/layout.hpp"
#include "core/network/network_spec.hpp"
#include "optimizers/optimizer.hpp"
#include "protocols/batches.hpp"

namespace symopt {

namespace {

// What epochs go through: the option that says how many samples, and their number.
std::vector<std::pair<const char*, int>> epochs_of(const ProtocolSettings& p) {
  std::vector<std::pair<const char*, int>> list = {{"train", p.train}};
  if (p.search) list.emplace_back("search-train", p.search_train);
  return list;
}

void check_batches(const TrialSpec& spec, const NetworkSpec& network, const char* name, int samples) {
  const ProtocolSettings& p = spec.protocol;
  if (last_batch(p) == LastBatch::drop && samples < p.batch)
    throw UsageError(
        fmt::format("option 'last-batch': expected keep where {} = {} is below batch = {}, found drop", name,
                    samples, p.batch));
  if (!network.batch_norm()) return;
  if (p.batch == 1)
    throw UsageError(
        fmt::format("option 'batch' on network {}: expected 2 or more, as batch normalization makes 0 of one "
                    "sample, found 1",
                    spec.network));
  if (last_batch(p) == LastBatch::keep && samples % p.batch == 1)
    throw UsageError(fmt::format(
        "option '{}' on network {}: expected no last batch of one sample, of which batch normalization "
        "makes 0, found {} in batches of {}; --last-batch drop leaves it out",
        name, spec.network, samples, p.batch));
}

// A row of logits for each label.
void check_labels(const TrialSpec& spec, const NetworkSpec& network, const Dataset& data) {
  const PictureShape out = network.shapes().back();
  if (out.pixels() == static_cast<Index>(data.train.labels_each)) return;
  const auto text = [](Index pixels, const PictureShape& shape) {
    return pixels == 1 ? std::string("one class a sample")
                       : fmt::format("a class for each of {} x {} pixels", shape.height, shape.width);
  };
  throw UsageError(fmt::format("network {}: expected {}, as {} has labels, found {}", spec.network,
                               text(static_cast<Index>(data.train.labels_each), data.picture()), data.name,
                               text(out.pixels(), out)));
}

}  // namespace

std::vector<std::string> cautions(const TrialSpec& spec) {
  const ProtocolSettings& p = spec.protocol;
  std::vector<std::string> lines;
  if (last_batch(p) == LastBatch::drop) return lines;
  const bool batch_norm = parse_network(spec.shape, 0, 0).batch_norm();
  for (const auto& [name, samples] : epochs_of(p)) {
    const int last = samples % p.batch;
    if (samples < p.batch || last == 0 || 2 * last >= p.batch) continue;
    lines.push_back(fmt::format(
        "the last batch has {} of {} samples ({} = {}){}; --last-batch drop leaves it out", last, p.batch,
        name, samples, batch_norm ? ", and batch normalization over so few can ruin an epoch" : ""));
  }
  return lines;
}

void check_spec(const TrialSpec& spec, const Dataset& data) {
  const ProtocolSettings& p = spec.protocol;
  const auto room = [&](const char* a, int x, const char* b, int y) {
    if (data.own_validation > 0) {
      for (const auto& [name, value, most] : {std::tuple(a, x, data.train.count() - data.own_validation),
                                              std::tuple(b, y, data.own_validation)})
        if (static_cast<size_t>(value) > most)
          throw UsageError(fmt::format("option '{}': expected at most {} ({} has that many for it), found {}",
                                       name, most, data.name, value));
      return;
    }
    if (static_cast<size_t>(x) + static_cast<size_t>(y) > data.train.count())
      throw UsageError(fmt::format(
          "options '{}' and '{}': expected at most {} samples together ({} has that many), found {} + {}", a,
          b, data.train.count(), data.name, x, y));
  };
  room("train", p.train, "validation", p.validation);
  if (p.search) room("search-train", p.search_train, "search-validation", p.search_validation);
  if (p.batch > p.train)
    throw UsageError(fmt::format("option 'batch': expected at most train = {}, found {}", p.train, p.batch));
  if (p.search && p.search_eta_max < p.search_eta_min)
    throw UsageError(fmt::format("option 'search-eta-max': expected at least search-eta-min = {}, found {}",
                                 to_text(p.search_eta_min), to_text(p.search_eta_max)));
  const NetworkSpec network = parse_network(spec.shape, data.picture(), data.classes);
  check_memory(network, spec.precision == "double" ? sizeof(double) : sizeof(float));
  check_labels(spec, network, data);
  for (const auto& [name, samples] : epochs_of(p)) check_batches(spec, network, name, samples);
  const OptimizerEntry& optimizer = find_optimizer(spec.optimizer);
  const Assignments settings = parse_settings(spec.settings);
  optimizer.canonical(settings);
  if (const auto reason = optimizer.refuses(network, settings))
    throw UsageError(fmt::format("optimizer {} on network {}: {}", spec.optimizer, spec.network, *reason));
}

}  // namespace symopt
