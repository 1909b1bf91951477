// variation.cpp — the options that vary within an optimizer, added to its settings.
#include "results/variation.hpp"

#include <map>
#include <set>
#include <tuple>

namespace symopt {

namespace {

Assignments beside_optimizer(const TrialSpec& spec) {
  Assignments values = protocol_options().all(spec.protocol);
  values.insert(values.begin(), {{"start", spec.start}, {"precision", spec.precision}});
  return values;
}

bool same_beside_optimizer(const TrialSpec& a, const TrialSpec& b) {
  return a.start == b.start && a.precision == b.precision && a.protocol == b.protocol;
}

struct Family {
  const TrialSpec* first;
  Assignments values = {};             // of the first; empty until another differs
  std::set<std::string> varying = {};  // names
};

// Of trials that differ from the first one of their family; names in the order of the options.
std::string addition(const Family& family, const TrialSpec& spec) {
  std::string text;
  for (const auto& [name, value] : beside_optimizer(spec)) {
    if (!family.varying.contains(name)) continue;
    // An optimizer's option may have the same name.
    const bool hidden = (" " + spec.settings).find(" " + name + "=") != std::string::npos;
    text += fmt::format(" {}{}={}", hidden ? "protocol." : "", name == "learning-rate" ? "lr" : name, value);
  }
  return text;
}

template <class T, class SpecOf>
std::vector<std::string> texts(const std::vector<T>& list, SpecOf spec_of) {
  std::map<std::tuple<std::string, std::string, std::string>, Family> families;
  std::vector<Family*> family_of;
  for (const T& one : list) {
    const TrialSpec& spec = spec_of(one);
    Family& family =
        families.try_emplace(std::tuple(spec.dataset, spec.network, spec.optimizer), Family{&spec})
            .first->second;
    family_of.push_back(&family);
    if (same_beside_optimizer(spec, *family.first)) continue;
    if (family.values.empty()) family.values = beside_optimizer(*family.first);
    const Assignments values = beside_optimizer(spec);
    for (std::size_t i = 0; i < values.size(); ++i)
      if (values[i] != family.values[i]) family.varying.insert(values[i].first);
  }
  std::vector<std::string> result;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const TrialSpec& spec = spec_of(list[i]);
    std::string text = spec.settings;
    if (!family_of[i]->varying.empty()) text += addition(*family_of[i], spec);
    result.push_back(text.starts_with(' ') ? text.substr(1) : text);
  }
  return result;
}

}  // namespace

std::vector<std::string> settings_texts(const std::vector<TrialRecord>& records) {
  return texts(records, [](const TrialRecord& r) -> const TrialSpec& { return r.spec; });
}
std::vector<std::string> settings_texts(const std::vector<TrialSpec>& specs) {
  return texts(specs, [](const TrialSpec& s) -> const TrialSpec& { return s; });
}

std::vector<std::string> distinct_settings(const std::vector<TrialRecord>& records) {
  std::vector<std::string> result = settings_texts(records);
  const auto key = [](const TrialSpec& s) { return std::tuple(s.dataset, s.network, s.optimizer); };
  std::map<std::tuple<std::string, std::string, std::string>, std::set<std::string>> variants;
  for (std::size_t i = 0; i < records.size(); ++i) variants[key(records[i].spec)].insert(result[i]);
  for (std::size_t i = 0; i < records.size(); ++i)
    if (variants[key(records[i].spec)].size() == 1) result[i].clear();
  return result;
}

}  // namespace symopt
