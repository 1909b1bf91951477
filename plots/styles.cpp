// styles.cpp — how an optimizer looks, by its name: the same colour and symbol in every figure and on the
// page.
#include "plots/styles.hpp"

#include <algorithm>
#include <cstdint>

namespace symopt {

namespace {

// What is often compared differs in colour: a row of the table is a colour, in the order of the palette. Each
// has a number of its own; those that are kColours apart share a row. Beyond kTellApart colours and dashes
// repeat, with other symbols.
const std::map<std::string, int>& fixed() {
  static const std::map<std::string, int> styles = [] {
    std::map<std::string, int> all = {
        {"sgd", 1},      {"pbwn", 8},         {"adagrad", 15},     // blue
        {"b-sgd", 2},    {"muon", 9},         {"adamw", 16},       // vermilion
        {"un", 3},       {"natural", 10},     {"rmsprop", 17},     // green
        {"sm", 4},       {"momentum", 11},                         // pink
        {"path-sgd", 5}, {"un-momentum", 12}, {"nesterov", 19},    // sky
        {"kfac", 6},     {"un-adam", 13},     {"ddp-sgd", 20},     // orange
        {"adam", 7},     {"weight-norm", 14}, {"constrained", 21}  // black
    };
    int next = 22;
    for (const char* name : {"lion",
                             "lars",
                             "lamb",
                             "sgdp",
                             "adamp",
                             "fromage",
                             "nero",
                             "rotational-momentum",
                             "rotational-adamw",
                             "enorm",
                             "rownorm-m",
                             "schedule-free-sgd",
                             "schedule-free-adamw",
                             "prodigy",
                             "sophia",
                             "g-sgd",
                             "normuon",
                             "muon-stiefel",
                             "spectral-sphere",
                             "right-polar",
                             "scion",
                             "shampoo",
                             "soap"})
      all.emplace(name, next++);
    return all;
  }();
  return styles;
}

// FNV-1a: the same on every machine, as std::hash need not be.
std::uint32_t hash_of(const std::string& name) {
  std::uint32_t hash = 2166136261u;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
  return hash;
}

}  // namespace

Styles::Styles(const std::set<std::string>& names) {
  for (const std::string& name : names)
    if (const auto known = fixed().find(name); known != fixed().end()) styles_.insert(*known);
  for (const std::string& name : names) of(name);
}

bool Styles::is_taken(int style, int modulus) const {
  return std::any_of(styles_.begin(), styles_.end(),
                     [&](const auto& taken) { return (taken.second - style) % modulus == 0; });
}

int Styles::of(const std::string& name) {
  if (const auto known = styles_.find(name); known != styles_.end()) return known->second;
  if (const auto known = fixed().find(name); known != fixed().end())
    return styles_.insert(*known).first->second;
  const int start = static_cast<int>(hash_of(name) % kTellApart);
  const auto next_free = [&](int first, int modulus) {
    for (int i = 0; i < kTellApart; ++i) {
      const int style = first + (start + i) % kTellApart + 1;
      if (!is_taken(style, modulus)) return style;
    }
    return 0;
  };
  int style = next_free(0, kColours);
  // Beyond 35 names colours and dashes repeat, with other symbols.
  constexpr int kSymbols = 8, kAll = kTellApart * kSymbols;
  for (int first = 0; style == 0 && first < kAll; first += kTellApart) style = next_free(first, kAll);
  if (style == 0) style = start + 1;
  return styles_.emplace(name, style).first->second;
}

int Styles::highest() const {
  int highest = 1;
  for (const auto& [name, style] : styles_) highest = std::max(highest, style);
  return highest;
}

}  // namespace symopt
