// completion.cpp — from usage lines, option descriptions and registries to candidates.
#include "experiments/commands/completion.hpp"

#include <algorithm>

#include "core/data/dataset.hpp"
#include "core/network/network_spec.hpp"
#include "core/text.hpp"
#include "experiments/fetch/data_source.hpp"
#include "experiments/plan/experiment.hpp"
#include "optimizers/optimizer.hpp"

namespace symopt {

namespace {

template <class Registry>
std::vector<std::string> names_of(const Registry& registry, std::vector<std::string> names = {}) {
  for (const auto& entry : registry) names.push_back(entry.name);
  return names;
}

bool is_placeholder(const std::string& word) {
  return word.size() > 1 && std::all_of(word.begin(), word.end(), [](char c) { return c < 'a' || c > 'z'; });
}

void merge(Candidates& into, const Candidates& more) {
  into.words.insert(into.words.end(), more.words.begin(), more.words.end());
  into.files |= more.files, into.folders |= more.folders, into.list |= more.list;
}

// "run EXPERIMENT|FILE.ini [OPTIONS]" → one place of experiments and files.
void read_usage(const std::string& usage, CommandCandidates& command) {
  std::string plain;  // without options, and without brackets
  for (size_t i = 0; i < usage.size(); ++i) {
    if (usage.compare(i, 3, "[--") == 0 || usage.compare(i, 8, "[OPTIONS") == 0)
      i = usage.find(']', i);
    else if (usage[i] != '[' && usage[i] != ']')
      plain += usage[i];
  }
  std::vector<std::string> words = split(plain, ' ');
  std::erase(words, "");
  for (size_t i = 1; i < words.size(); ++i) {
    if (words[i] == "…") {
      command.repeats = true;
      continue;
    }
    Candidates place;
    for (const std::string& word : split(words[i], '|')) {
      if (is_placeholder(word.substr(0, word.find('.'))))
        merge(place, placeholder(word));
      else
        place.words.push_back(word);
    }
    command.places.push_back(std::move(place));
  }
}

// The choices that add_options() writes into a description: "… (a|b|c; default a)".
std::vector<std::string> choices_in(const std::string& help) {
  const size_t end = help.rfind("; default"), begin = help.rfind('(', end);
  if (end == std::string::npos || begin == std::string::npos) return {};
  const std::string range = help.substr(begin + 1, end - begin - 1);
  return range.find('|') == std::string::npos ? std::vector<std::string>{} : split(range, '|');
}

Candidates option_values(const std::string& name, const std::string& help) {
  if (name == "dataset") return {.words = names_of(dataset_registry(), {"auto", "folder:"})};
  if (name == "networks") return {.words = names_of(network_registry()), .list = true};
  if (name == "optimizers") return {.words = names_of(optimizer_registry(), {"all"}), .list = true};
  if (name == "network" && help.find("list networks") != std::string::npos)
    return {.words = names_of(network_registry())};
  if (name == "optimizer") return {.words = names_of(optimizer_registry())};
  if (name == "experiment") return placeholder("EXPERIMENT");
  if (is_folder_option(name)) return placeholder("FOLDER");
  return {.words = choices_in(help)};
}

}  // namespace

Candidates placeholder(const std::string& name) {
  if (name == "EXPERIMENT") return {.words = names_of(experiment_registry())};
  if (name == "FILE" || name.starts_with("FILE.")) return {.words = {}, .files = true};
  if (name == "FOLDER") return {.words = {}, .folders = true};
  if (name == "KIND") return {.words = list_kinds()};
  if (name == "COMMAND") return {.words = names_of(command_registry())};
  if (name == "DATASET") {
    Candidates sets;
    for (const auto& source : fetch::data_sources()) sets.words.push_back(source->name());
    return sets;
  }
  return {};
}

std::vector<CommandCandidates> command_candidates() {
  std::vector<CommandCandidates> all;
  for (const Command& command : command_registry()) {
    CommandCandidates c{.name = command.name, .summary = command.summary, .places = {}, .options = {}};
    read_usage(command.usage, c);
    const boost::program_options::options_description options = command.options();
    for (const auto& option : options.options())
      c.options.push_back({.name = option->long_name(),
                           .help = option->description(),
                           .takes_value = option->semantic()->max_tokens() > 0,
                           .value = option_values(option->long_name(), option->description())});
    c.options.push_back({.name = "help", .help = "usage, options and examples", .value = {}});
    all.push_back(std::move(c));
  }
  all.push_back({.name = "help",
                 .summary = "the overview, or what a command takes",
                 .places = {placeholder("COMMAND")},
                 .options = {}});
  return all;
}

}  // namespace symopt
