// spaces.cpp — finding and joining search spaces.
#include "experiments/plan/spaces.hpp"

#include <algorithm>
#include <filesystem>

#include "core/options.hpp"
#include "core/text.hpp"
#include "experiments/plan/request.hpp"

namespace symopt {

namespace fs = std::filesystem;

std::string description_of(const SpaceFile& space) {
  std::string text;
  for (const std::string& line : split(std::string(space.text), '\n')) {
    if (!line.starts_with("# ")) break;
    text += (text.empty() ? "" : " ") + line.substr(2);
  }
  return text.substr(0, text.find(": "));
}

namespace {

Configuration read_space(const std::string& name) {
  for (const SpaceFile& space : space_files())
    if (space.name == name) return parse_configuration(std::string(space.text), name + ".ini");
  std::error_code ignored;
  if (name.ends_with(".ini") || fs::exists(name, ignored)) return read_configuration(name);
  std::vector<std::string> names;
  for (const SpaceFile& space : space_files()) names.emplace_back(space.name);
  throw unknown_name("search space", name, names);
}

}  // namespace

Configuration read_spaces(const std::string& names) {
  Configuration all;
  for (const std::string& name : split_list("space", names))
    for (const auto& [key, value] : read_space(name)) {
      const auto said = std::ranges::find(all, key, [](const auto& option) { return option.first; });
      if (said == all.end())
        all.emplace_back(key, value);
      else if (key == "optimizers" || key == "set" || key == "zip")
        said->second += (key == "optimizers" ? "," : " ") + value;
      else if (said->second != value)
        throw UsageError(
            fmt::format("option 'space': {}: option '{}': expected '{}' as in the spaces before it, "
                        "found '{}'",
                        name, key, said->second, value));
    }
  return all;
}

}  // namespace symopt
