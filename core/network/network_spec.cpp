// network_spec.cpp — the grammar of shapes and the registry of named networks.
#include "core/network/network_spec.hpp"

#include <fmt/format.h>

#include <charconv>
#include <set>

#include "core/error.hpp"
#include "core/text.hpp"

namespace symopt {

namespace {

constexpr Index kLargestLayer = 1 << 20;
const std::vector<std::pair<std::string, Activation>> kActivations = {{"relu", Activation::relu},
                                                                      {"leaky-relu", Activation::leaky_relu},
                                                                      {"sigmoid", Activation::sigmoid},
                                                                      {"linear", Activation::linear}};

UsageError bad(const std::string& text, const std::string& expected, const std::string& found) {
  return UsageError(fmt::format("network '{}': expected {}, found '{}'", text, expected, found));
}

Index positive(const std::string& text, const std::string& part, Index limit = kLargestLayer) {
  Index value = 0;
  const auto [stop, error] = std::from_chars(part.data(), part.data() + part.size(), value);
  if (error != std::errc{} || stop != part.data() + part.size() || value < 1 || value > limit)
    throw bad(text, fmt::format("a size from 1 to {}", limit), part);
  return value;
}

// "784-64x4-10" → 784, 64, 64, 64, 64, 10
std::vector<Index> parse_sizes(const std::string& text, const std::string& list) {
  std::vector<Index> sizes;
  for (const std::string& part : split(list, '-')) {
    const size_t times = part.find('x');
    const Index size = positive(text, part.substr(0, times));
    const Index count = times == std::string::npos ? 1 : positive(text, part.substr(times + 1), 1000);
    sizes.insert(sizes.end(), static_cast<size_t>(count), size);
  }
  if (sizes.size() < 2) throw bad(text, "at least inputs and classes, e.g. mlp:784-64-10", list);
  return sizes;
}

// Gives the kind of suffix that it was.
std::string apply_suffix(NetworkSpec& spec, const std::string& text, const std::string& suffix) {
  if (suffix == "bias") {
    spec.bias = true;
    return "bias";
  }
  if (suffix.starts_with("pool")) {
    spec.pool = positive(text, suffix.substr(4), 64);
    return "pool";
  }
  for (const auto& [name, activation] : kActivations)
    if (suffix == name) {
      spec.activation = activation;
      return "activation";
    }
  throw bad(text, "bias, poolN, relu, leaky-relu, sigmoid or linear", suffix);
}

NetworkSpec arch(Index inputs, Index classes, bool batch_norm, size_t depth) {
  NetworkSpec spec;
  spec.inputs = inputs, spec.classes = classes;
  spec.features.assign(depth, 64);
  spec.pool = 2, spec.batch_norm = batch_norm;
  return spec;
}

}  // namespace

std::string to_text(Activation activation) {
  for (const auto& [name, value] : kActivations)
    if (value == activation) return name;
  return "";
}

std::string NetworkSpec::text() const {
  std::string text = batch_norm ? "archbn" : pool > 1 ? "arch1" : "mlp";
  text += fmt::format(":{}", inputs);
  for (Index f : features) text += fmt::format("-{}", f);
  text += fmt::format("-{}", classes);
  if (pool > 1) text += fmt::format("/pool{}", pool);
  return text + "/" + to_text(activation) + (bias ? "+bias" : "");
}

const std::vector<NetworkEntry>& network_registry() {
  static const std::vector<NetworkEntry> entries = {
      {"archbn-2", "the paper's network: 2 batch-normalized layers of 64 features, max over pairs",
       [](Index i, Index k) { return arch(i, k, true, 2); }},
      {"archbn-4", "the same with 4 layers", [](Index i, Index k) { return arch(i, k, true, 4); }},
      {"arch1-2", "plain: 2 layers of 64 features, max over pairs, no batch normalization",
       [](Index i, Index k) { return arch(i, k, false, 2); }},
      {"arch1-4", "the same with 4 layers", [](Index i, Index k) { return arch(i, k, false, 4); }},
  };
  return entries;
}

NetworkSpec parse_network(const std::string& text, Index inputs, Index classes) {
  for (const NetworkEntry& entry : network_registry())
    if (entry.name == text) return entry.make(inputs, classes);

  const size_t colon = text.find(':');
  const std::string family = text.substr(0, colon);
  if (colon == std::string::npos || (family != "archbn" && family != "arch1" && family != "mlp")) {
    std::vector<std::string> names;
    for (const NetworkEntry& entry : network_registry()) names.push_back(entry.name);
    names.insert(names.end(), {"mlp:SIZES", "arch1:SIZES", "archbn:SIZES"});
    throw unknown_name("network", text, names);
  }
  std::string rest = text.substr(colon + 1);
  const size_t end = rest.find_first_of("/+");
  const std::vector<Index> sizes = parse_sizes(text, rest.substr(0, end));

  NetworkSpec spec;
  spec.inputs = sizes.front(), spec.classes = sizes.back();
  spec.features.assign(sizes.begin() + 1, sizes.end() - 1);
  spec.batch_norm = family == "archbn";
  if (end != std::string::npos) {
    for (char& c : rest)
      if (c == '+') c = '/';
    std::set<std::string> given;
    for (const std::string& suffix : split(rest.substr(end + 1), '/')) {
      const std::string kind = apply_suffix(spec, text, suffix);
      if (!given.insert(kind).second) throw bad(text, kind + " given once", suffix);
    }
  }
  if (spec.batch_norm && spec.features.empty()) throw bad(text, "at least one hidden layer", rest);
  if (inputs != 0 && spec.inputs != inputs)
    throw bad(text, fmt::format("{} inputs (the data set's)", inputs), fmt::format("{}", spec.inputs));
  if (classes != 0 && spec.classes != classes)
    throw bad(text, fmt::format("{} classes (the data set's)", classes), fmt::format("{}", spec.classes));
  return spec;
}

NetworkSpec parse_sized_network(const std::string& text) {
  const NetworkSpec spec = parse_network(text, 0, 0);
  if (spec.inputs == 0)
    throw UsageError(fmt::format("network '{}': expected its sizes, e.g. {}, found none", text,
                                 parse_network(text, 784, 10).text()));
  if (spec.features.empty())
    throw UsageError(fmt::format("network '{}': expected a hidden layer, found none", text));
  return spec;
}

}  // namespace symopt
