// registry.cpp — the lists of optimizers and of what goes around them, read from registry.def and
// wrappers.def.
#include <sstream>
#include <string_view>

#include "optimizers/wrapper.hpp"

namespace symopt {

namespace optimizers {
#define OPTIMIZER(name) OptimizerEntry name();
#include "optimizers/registry.def"
#undef OPTIMIZER
#define WRAPPER(name) Wrapper name();
#include "optimizers/wrappers.def"
#undef WRAPPER
}  // namespace optimizers

namespace {

std::vector<OptimizerEntry>& all_optimizers() {
  static std::vector<OptimizerEntry> entries = {
#define OPTIMIZER(name) optimizers::name(),
#include "optimizers/registry.def"
#undef OPTIMIZER
  };
  return entries;
}

}  // namespace

const std::vector<OptimizerEntry>& optimizer_registry() { return all_optimizers(); }

void add_optimizer(OptimizerEntry entry) {
  for (const OptimizerEntry& other : all_optimizers())
    if (other.name == entry.name)
      throw UsageError(
          fmt::format("optimizer '{}': expected a new name, found one of the registry", entry.name));
  all_optimizers().push_back(std::move(entry));
}

const std::vector<Wrapper>& optimizer_wrappers() {
  static const std::vector<Wrapper> wrappers = {
#define WRAPPER(name) optimizers::name(),
#include "optimizers/wrappers.def"
#undef WRAPPER
  };
  return wrappers;
}

namespace {

// Every optimizer in each of the wrappers, in their order.
const std::vector<std::vector<OptimizerEntry>>& wrapped() {
  static const std::vector<std::vector<OptimizerEntry>> entries = [] {
    std::vector<std::vector<OptimizerEntry>> all;
    for (const Wrapper& wrapper : optimizer_wrappers()) {
      all.emplace_back();
      for (const OptimizerEntry& entry : optimizer_registry()) all.back().push_back(wrapper.wrap(entry));
    }
    return all;
  }();
  return entries;
}

const std::vector<OptimizerEntry>& list_with(std::string_view name) {
  for (size_t i = 0; i < optimizer_wrappers().size(); ++i)
    if (name.starts_with(optimizer_wrappers()[i].prefix + "+")) return wrapped()[i];
  return optimizer_registry();
}

}  // namespace

const OptimizerEntry& find_optimizer(std::string_view name) {
  std::vector<std::string> names;
  for (const OptimizerEntry& entry : list_with(name)) {
    if (entry.name == name) return entry;
    names.push_back(entry.name);
  }
  throw unknown_name("optimizer", name, names);
}

Assignments parse_settings(const std::string& text) {
  Assignments settings;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    const size_t equals = word.find('=');
    if (equals == std::string::npos || equals == 0)
      throw UsageError(fmt::format("optimizer setting: expected name=value, found '{}'", word));
    settings.emplace_back(word.substr(0, equals), word.substr(equals + 1));
  }
  return settings;
}

}  // namespace symopt
