// registry.cpp — the list of optimizers, read from registry.def.
#include <sstream>
#include <string_view>

#include "optimizers/teleport.hpp"

namespace symopt {

namespace optimizers {
#define OPTIMIZER(name) OptimizerEntry name();
#include "optimizers/registry.def"
#undef OPTIMIZER
}  // namespace optimizers

const std::vector<OptimizerEntry>& optimizer_registry() {
  static const std::vector<OptimizerEntry> entries = {
#define OPTIMIZER(name) optimizers::name(),
#include "optimizers/registry.def"
#undef OPTIMIZER
  };
  return entries;
}

namespace {

const std::vector<OptimizerEntry>& teleporting() {
  static const std::vector<OptimizerEntry> entries = [] {
    std::vector<OptimizerEntry> all;
    for (const OptimizerEntry& entry : optimizer_registry()) all.push_back(optimizers::teleport(entry));
    return all;
  }();
  return entries;
}

}  // namespace

const OptimizerEntry& find_optimizer(std::string_view name) {
  std::vector<std::string> names;
  for (const OptimizerEntry& entry :
       name.starts_with(optimizers::kTeleportPrefix) ? teleporting() : optimizer_registry()) {
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
