// optimizer.hpp — what an optimizer is: bound once to a layout, then one step a batch.
//
// Every optimizer holds these, and tests check them over the whole registry by number:
// (1) bind allocates, step never does;  (2) the same start, gradients and options give the same bits;
// (3) a step from a restored state equals the uninterrupted step;  (4) a non-finite gradient never gives
// finite parameters where its weights would move;  (5) step edits theta only (but: scale_free.hpp).
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/network/network_spec.hpp"
#include "core/network/params.hpp"
#include "core/network/passes.hpp"
#include "core/options.hpp"
#include "core/random.hpp"
#include "optimizers/log.hpp"

namespace symopt {

/// What a step needs beyond the gradient. The trainer serves only what is asked for.
struct Needs {
  bool passes = false;  ///< the network's passes on the batch, the batch, and random numbers
  Index draw = 0;       ///< batches of up to so many training samples, drawn on request
};

/// What was asked for; valid during the step.
template <class Real>
struct Extras {
  /// As the gradient at theta on `batch` left them: pull_back() may be called at once.
  Passes<Real>* passes = nullptr;
  const Batch<Real>* batch = nullptr;
  Stream random{0};  ///< of this step, for sampled labels: fork it by purpose
  /// `count` training samples drawn by a stream; valid until the next call.
  std::function<Batch<Real>(Index count, Stream stream)> draw;
};

template <class Real>
struct Step {
  std::int64_t t;  ///< steps taken before this one
  Real learning_rate;
  std::span<const Real> grad;  ///< dL/dtheta of the batch
  const Extras<Real>& extras;
  Log& log;                      ///< told of what the step does beside itself
  std::int64_t epoch_steps = 0;  ///< steps an epoch; 0 where there are no epochs
};

template <class Real>
class Optimizer {
 public:
  virtual ~Optimizer() = default;
  /// What its steps on networks of this layout need, however often it is bound.
  virtual Needs needs(const ParamLayout&) const { return {}; }
  /// Told once, before the first bind, which network it will serve and the largest batch that passes may
  /// have.
  virtual void attach(const NetworkSpec&, Index /*max_batch*/) {}
  /// Allocates and resets the state. `theta` are the starting values, which it may move to where the method
  /// lives.
  virtual void bind(const ParamLayout& layout, std::span<Real> theta) = 0;
  virtual void step(const Step<Real>& step, std::span<Real> theta) = 0;
  /// The arrays that determine the next step besides theta, for checkpoints; bind fixes their number and
  /// sizes.
  virtual std::vector<std::span<Real>> state() { return {}; }
  /// Where the network is to be evaluated, and what a training leaves: theta, or a point of the state.
  virtual std::span<const Real> evaluation_point(std::span<const Real> theta) const { return theta; }
  /// Tells what a reader should know of all steps since bind. It follows from state() alone, so that an
  /// interrupted run says the same.
  virtual void conclude(Log&) const {}
};

/// An optimizer as the registry lists it. One file defines it; one line in registry.def names it.
struct OptimizerEntry {
  std::string name, title, source;
  std::string start;   ///< default starting values
  int idle_steps = 0;  ///< the first steps after bind that move nothing
  std::vector<OptionInfo> options;
  /// Validates assignments (UsageError) and returns "name=value …" of those that differ from the defaults, in
  /// the options' order.
  std::function<std::string(const Assignments&)> canonical;
  std::function<std::unique_ptr<Optimizer<float>>(const Assignments&)> make_float;
  std::function<std::unique_ptr<Optimizer<double>>(const Assignments&)> make_double;
  /// What refuses() says, given valid settings; empty: it serves every network.
  std::function<std::optional<std::string>(const NetworkSpec&, const Assignments&)> refusal;

  /// Why it cannot serve a network with these settings, in a few words; nothing where it can.
  std::optional<std::string> refuses(const NetworkSpec& spec, const Assignments& settings = {}) const {
    return refusal ? refusal(spec, settings) : std::nullopt;
  }

  template <class Real>
  std::unique_ptr<Optimizer<Real>> make(const Assignments& settings) const {
    if constexpr (std::is_same_v<Real, float>)
      return make_float(settings);
    else
      return make_double(settings);
  }
};

const std::vector<OptimizerEntry>& optimizer_registry();
/// One more at the registry's end, for a program that brings its own: before anything reads the registry.
/// UsageError where the name is taken.
void add_optimizer(OptimizerEntry entry);
/// By name, or WRAPPER+NAME (wrapper.hpp). UsageError naming the nearest one.
const OptimizerEntry& find_optimizer(std::string_view name);

/// "retraction=exp theta=unit" → assignments. UsageError on a part without '='.
Assignments parse_settings(const std::string& text);

/// An entry from an optimizer template O<Real> without options.
template <template <class> class O>
OptimizerEntry make_entry(std::string name, std::string title, std::string source, std::string start) {
  OptimizerEntry entry;
  entry.name = std::move(name), entry.title = std::move(title);
  entry.source = std::move(source), entry.start = std::move(start);
  const auto check = [n = entry.name](const Assignments& values) {
    if (!values.empty())
      throw UsageError(fmt::format("optimizer {}: unknown option '{}'; it has none", n, values[0].first));
    return std::string();
  };
  entry.canonical = check;
  entry.make_float = [check](const Assignments& v) -> std::unique_ptr<Optimizer<float>> {
    check(v);
    return std::make_unique<O<float>>();
  };
  entry.make_double = [check](const Assignments& v) -> std::unique_ptr<Optimizer<double>> {
    check(v);
    return std::make_unique<O<double>>();
  };
  return entry;
}

/// An entry from an optimizer template O<Real>, constructible from its settings struct, and that struct's
/// options.
template <template <class> class O, class Settings>
OptimizerEntry make_entry(std::string name, std::string title, std::string source, std::string start,
                          Options<Settings> options) {
  OptimizerEntry entry;
  entry.name = std::move(name), entry.title = std::move(title);
  entry.source = std::move(source), entry.start = std::move(start);
  entry.options = options.infos();
  const auto parse = [options, n = entry.name](const Assignments& values) {
    Settings settings;
    try {
      options.set(settings, values);
    } catch (const UsageError& e) {
      throw UsageError(fmt::format("optimizer {}: {}", n, e.what()));
    }
    return settings;
  };
  entry.canonical = [options, parse](const Assignments& values) {
    const Assignments given = options.all(parse(values)), defaults = options.all(Settings{});
    std::string text;
    for (size_t i = 0; i < given.size(); ++i)
      if (given[i].second != defaults[i].second)
        text += fmt::format("{}{}={}", text.empty() ? "" : " ", given[i].first, given[i].second);
    return text;
  };
  entry.make_float = [parse](const Assignments& v) -> std::unique_ptr<Optimizer<float>> {
    return std::make_unique<O<float>>(parse(v));
  };
  entry.make_double = [parse](const Assignments& v) -> std::unique_ptr<Optimizer<double>> {
    return std::make_unique<O<double>>(parse(v));
  };
  return entry;
}

}  // namespace symopt
