// wrapper.hpp — PREFIX+NAME: any optimizer with something around it, whose options stand before NAME's.
#pragma once
#include "optimizers/optimizer.hpp"

namespace symopt {

/// A wrapper as its list has it. One file defines it; one line in wrappers.def names it.
struct Wrapper {
  std::string prefix;
  std::string title;  ///< what it adds to NAME's: ", with …"
  std::string help;   ///< what it does with any of the optimizers, for the list
  std::string source;
  std::vector<OptionInfo> options;  ///< its own
  std::function<OptimizerEntry(const OptimizerEntry&)> wrap;
};

const std::vector<Wrapper>& optimizer_wrappers();

namespace optimizers {

/// What a wrapper may say about valid settings of its own.
template <class Settings>
struct WrapperChecks {
  std::function<void(const Settings&)> settings;  ///< UsageError where they do not go together
  /// OptimizerEntry::refuses of PREFIX+NAME, what NAME says included; empty: NAME's.
  std::function<std::optional<std::string>(const Settings&, const OptimizerEntry&, const Assignments&,
                                           const NetworkSpec&)>
      refuses;
};

/// From a template W<Real>, constructible from its settings struct and the optimizer that it wraps.
template <template <class> class W, class Settings>
Wrapper make_wrapper(std::string prefix, std::string title, std::string help, std::string source,
                     Options<Settings> own, WrapperChecks<Settings> checks = {}) {
  Wrapper wrapper{std::move(prefix), std::move(title), std::move(help), std::move(source), own.infos(), {}};
  wrapper.wrap = [own, checks, start = wrapper.prefix + "+", title = wrapper.title,
                  source = wrapper.source](const OptimizerEntry& inner) {
    struct Parts {
      Settings own;
      Assignments inner;
    };
    const auto parse = [own, checks, name = start + inner.name](const Assignments& values) {
      Assignments ours;
      Parts parts;
      for (const auto& value : values) (own.has(value.first) ? ours : parts.inner).push_back(value);
      try {
        own.set(parts.own, ours);
        if (checks.settings) checks.settings(parts.own);
      } catch (const UsageError& e) {
        throw UsageError(fmt::format("optimizer {}: {}", name, e.what()));
      }
      return parts;
    };
    OptimizerEntry entry;
    entry.name = start + inner.name;
    entry.title = inner.title + title;
    entry.source = source + "; " + inner.source;
    entry.start = inner.start;
    entry.idle_steps = inner.idle_steps;
    entry.options = own.infos();
    entry.options.insert(entry.options.end(), inner.options.begin(), inner.options.end());
    entry.canonical = [inner, own, parse](const Assignments& values) {
      const Parts parts = parse(values);
      const Assignments given = own.all(parts.own), defaults = own.all(Settings{});
      std::string text;
      for (size_t i = 0; i < given.size(); ++i)
        if (given[i].second != defaults[i].second)
          text += fmt::format("{}{}={}", text.empty() ? "" : " ", given[i].first, given[i].second);
      const std::string rest = inner.canonical(parts.inner);
      return text + (text.empty() || rest.empty() ? "" : " ") + rest;
    };
    entry.make_float = [inner, parse](const Assignments& v) -> std::unique_ptr<Optimizer<float>> {
      const Parts parts = parse(v);
      return std::make_unique<W<float>>(parts.own, inner.make_float(parts.inner));
    };
    entry.make_double = [inner, parse](const Assignments& v) -> std::unique_ptr<Optimizer<double>> {
      const Parts parts = parse(v);
      return std::make_unique<W<double>>(parts.own, inner.make_double(parts.inner));
    };
    entry.refusal = [inner, parse, checks](const NetworkSpec& spec,
                                           const Assignments& values) -> std::optional<std::string> {
      const Parts parts = parse(values);
      return checks.refuses ? checks.refuses(parts.own, inner, parts.inner, spec)
                            : inner.refuses(spec, parts.inner);
    };
    return entry;
  };
  return wrapper;
}

}  // namespace optimizers
}  // namespace symopt
