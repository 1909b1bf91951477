// network_text.cpp — the grammar of shapes and the registry of named networks.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "core/error.hpp"
#include "core/network/layout.hpp"
#include "core/network/network_spec.hpp"
#include "core/text.hpp"

namespace symopt {

namespace {

using Kind = LayerSpec::Kind;

constexpr Index kLargestLayer = 1 << 20, kLargestSide = 1 << 14, kLargestKernel = 15;
const std::vector<std::pair<std::string, Activation>> kActivations = {{"relu", Activation::relu},
                                                                      {"leaky-relu", Activation::leaky_relu},
                                                                      {"sigmoid", Activation::sigmoid},
                                                                      {"tanh", Activation::tanh},
                                                                      {"linear", Activation::linear}};

constexpr const char* kParts = "parts such as 64c5, 64c3vs2, p3s2, a2s2, u, gap, lrn or 128";

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

// "64x4" → 64, 64, 64, 64
std::vector<Index> parse_sizes(const std::string& text, const std::string& part) {
  const size_t times = part.find('x');
  const Index size = positive(text, part.substr(0, times));
  const Index count = times == std::string::npos ? 1 : positive(text, part.substr(times + 1), 1000);
  return std::vector<Index>(static_cast<size_t>(count), size);
}

// What stands behind the sizes, for all hidden layers.
struct Suffixes {
  Index pool = 1;
  bool batch_norm = false, bias = false;
  bool shifted_norm = false;  // a bias in front of batch normalization
  Activation activation = Activation::relu;
};

// Gives the kind of suffix that it was.
std::string apply_suffix(Suffixes& all, const std::string& text, const std::string& suffix, bool conv) {
  if (suffix == "bias") {
    all.bias = true;
    return "bias";
  }
  if (conv && (suffix == "bn" || suffix == "bn-bias")) {
    all.batch_norm = true;
    all.shifted_norm = suffix == "bn-bias";
    return "bn";
  }
  if (suffix.starts_with("pool")) {
    all.pool = positive(text, suffix.substr(4), 64);
    return "pool";
  }
  for (const auto& [name, activation] : kActivations)
    if (suffix == name) {
      all.activation = activation;
      return "activation";
    }
  throw bad(
      text,
      fmt::format("{}bias, poolN, relu, leaky-relu, sigmoid, tanh or linear", conv ? "bn, bn-bias, " : ""),
      suffix);
}

Suffixes parse_suffixes(const std::string& text, std::string rest, bool conv) {
  Suffixes all;
  if (rest.empty()) return all;
  std::ranges::replace(rest, '+', '/');
  std::set<std::string> given;
  for (const std::string& suffix : split(rest.substr(1), '/')) {
    const std::string kind = apply_suffix(all, text, suffix, conv);
    if (!given.insert(kind).second) throw bad(text, kind + " given once", suffix);
  }
  return all;
}

NetworkSpec parse_dense(const std::string& text, const std::string& family, const std::string& list,
                        const Suffixes& suffixes) {
  std::vector<Index> sizes;
  for (const std::string& part : split(list, '-'))
    for (const Index size : parse_sizes(text, part)) sizes.push_back(size);
  if (sizes.size() < 2) throw bad(text, "at least inputs and classes, e.g. mlp:784-64-10", list);
  DenseNetwork network;
  network.inputs = sizes.front(), network.classes = sizes.back();
  network.features.assign(sizes.begin() + 1, sizes.end() - 1);
  network.pool = suffixes.pool, network.bias = suffixes.bias, network.activation = suffixes.activation;
  network.batch_norm = family == "archbn";
  if (network.batch_norm && network.features.empty()) throw bad(text, "at least one hidden layer", list);
  return network;
}

// The number at the start of `rest`, which loses it.
Index take_number(const std::string& text, const std::string& part, std::string_view& rest, Index limit) {
  const size_t digits = std::min(rest.find_first_not_of("0123456789"), rest.size());
  const std::string number(rest.substr(0, digits));
  rest.remove_prefix(digits);
  if (number.empty()) throw bad(text, kParts, part);
  return positive(text, number, limit);
}

bool take(std::string_view& rest, char c) {
  if (!rest.starts_with(c)) return false;
  rest.remove_prefix(1);
  return true;
}

// "64c5", "64c3vs2", "p3s2", "a2s2", "u", "gap", "lrn", "128", "64x2"
std::vector<LayerSpec> parse_part(const std::string& text, const std::string& part) {
  LayerSpec layer;
  if (part == "u") layer.kind = Kind::unpool;
  if (part == "gap") layer.kind = Kind::global_average;
  if (part == "lrn") layer.kind = Kind::response_norm;
  if (layer.kind != Kind::filters) return {layer};
  std::vector<LayerSpec> layers;
  if (part.find_first_not_of("0123456789x") == std::string::npos) {
    for (const Index size : parse_sizes(text, part)) {
      layers.push_back(layer);
      layers.back().features = size;
    }
    return layers;
  }
  std::string_view rest = part;
  if (take(rest, 'p')) {
    layer.kind = Kind::max_pool;
  } else if (take(rest, 'a')) {
    layer.kind = Kind::average_pool;
  } else {
    layer.features = take_number(text, part, rest, kLargestLayer);
    if (!take(rest, 'c')) throw bad(text, kParts, part);
  }
  layer.kernel = take_number(text, part, rest, kLargestKernel);
  layer.padding = take(rest, 'v') ? Padding::valid : layer.pools() ? Padding::ceil : Padding::same;
  layer.stride = layer.pools() ? layer.kernel : 1;
  if (take(rest, 's')) layer.stride = take_number(text, part, rest, kLargestKernel);
  if (!rest.empty()) throw bad(text, kParts, part);
  return {layer};
}

// Each layer has to fit what comes before it.
void check_fit(const std::string& text, const NetworkSpec& spec, const std::vector<std::string>& parts) {
  const std::vector<PictureShape> shapes = spec.shapes();
  for (size_t l = 0; l < spec.layers.size(); ++l) {
    const LayerSpec& layer = spec.layers[l];
    const PictureShape& in = shapes[l];
    const std::string found = fmt::format("{} behind {}x{}x{}", parts[l], in.height, in.width, in.channels);
    const bool windows = layer.kernel > 0 && (layer.has_filters() || layer.pools());
    if (windows && layer.padding == Padding::valid && layer.kernel > std::min(in.height, in.width))
      throw bad(text, "windows no larger than the picture", found);
    if (layer.pools() && layer.padding == Padding::ceil && layer.stride > layer.kernel)
      throw bad(text, "a stride no longer than the window", found);
    if (layer.kind != Kind::unpool) continue;
    const size_t pool = spec.unpooled(l);
    if (pool >= l) throw bad(text, "a pooling by maxima, as p2, before each u", found);
    if (spec.layers[pool].stride < spec.layers[pool].kernel)
      throw bad(text, "windows that do not overlap in a pooling that u undoes", parts[pool]);
    if (!(in == shapes[pool + 1]))
      throw bad(text,
                fmt::format("{}x{}x{}, which {} gave, before u", shapes[pool + 1].height,
                            shapes[pool + 1].width, shapes[pool + 1].channels, parts[pool]),
                found);
  }
}

NetworkSpec parse_chain(const std::string& text, const std::string& list, const Suffixes& suffixes) {
  const std::vector<std::string> parts = split(list, '-');
  const std::vector<std::string> sides = split(parts[0], 'x');
  if (sides.size() != 3 || parts.size() < 2)
    throw bad(text, "height x width x channels, layers and classes, e.g. conv:28x28x1-16c5-p2s2-10", list);
  NetworkSpec spec;
  spec.input = {positive(text, sides[0], kLargestSide), positive(text, sides[1], kLargestSide),
                positive(text, sides[2], kLargestLayer)};
  std::vector<std::string> names;
  for (size_t i = 1; i < parts.size(); ++i)
    for (LayerSpec& layer : parse_part(text, parts[i])) {
      spec.layers.push_back(layer);
      names.push_back(parts[i]);
    }
  if (!spec.layers.back().has_filters()) throw bad(text, "classes at the end, as in -10", parts.back());
  for (size_t l = 0; l < spec.layers.size(); ++l) {
    LayerSpec& layer = spec.layers[l];
    if (!layer.has_filters()) continue;
    const bool hidden = l + 1 < spec.layers.size(),
               decodes = l > 0 && spec.layers[l - 1].kind == Kind::unpool;
    layer.batch_norm = hidden && suffixes.batch_norm;
    layer.bias = layer.batch_norm ? suffixes.shifted_norm : suffixes.bias;
    layer.pool = hidden ? suffixes.pool : 1;
    layer.activation = hidden && !decodes ? suffixes.activation : Activation::linear;
  }
  check_fit(text, spec, names);
  if (spec.layers[0].has_filters() && spec.layers[0].dense()) spec.input = {1, 1, spec.input.size()};
  return spec;
}

NetworkSpec arch(const PictureShape& input, Index classes, bool batch_norm, size_t depth) {
  DenseNetwork network;
  network.inputs = input.size(), network.classes = classes;
  network.features.assign(depth, 64);
  network.pool = 2, network.batch_norm = batch_norm;
  return network;
}

// `layers` between the data set's pictures and its classes.
NetworkSpec chain(const PictureShape& input, Index classes, std::string_view layers,
                  std::string_view suffixes) {
  return parse_network(fmt::format("conv:{}x{}x{}-{}-{}{}", input.height, input.width, input.channels, layers,
                                   classes, suffixes),
                       input, classes);
}

// "4x64c7" → the layers between the pictures and the classes of every pixel.
std::string segnet_layers(const std::string& text, const std::string& list) {
  const std::string form = "ENCODERSxFILTERScKERNEL, e.g. segnet:4x64c7, or small or basic";
  std::string_view rest = list;
  const auto number = [&](char end, Index limit) {
    const size_t digits = rest.find_first_not_of("0123456789");
    const std::string part(rest.substr(0, digits));
    if (part.empty() || (end != 0) != (digits != std::string_view::npos) || (end != 0 && rest[digits] != end))
      throw bad(text, form, list);
    rest.remove_prefix(end != 0 ? digits + 1 : rest.size());
    return positive(text, part, limit);
  };
  const Index encoders = number('x', 8), filters = number('c', kLargestLayer),
              kernel = number(0, kLargestKernel);
  const std::string filter = fmt::format("{}c{}", filters, kernel);
  std::string layers;
  for (Index i = 0; i < encoders; ++i) layers += filter + "-p2s2-";
  for (Index i = 0; i < encoders; ++i) layers += "u-" + filter + "-";
  return layers;
}

// SegNet (Badrinarayanan, Kendall, Cipolla 2015): encoders of filters, normalization, ReLU, maxima; a decoder
// for each, whose filters are normalized and no more; classes of pixels.
NetworkSpec segnet(const std::string& text, const PictureShape& input, Index classes, bool normalize_input) {
  const std::string list = text.substr(text.find(':') + 1);
  const std::string layers = segnet_layers(text, list == "small"   ? "3x32c3"
                                                 : list == "basic" ? "4x64c7"
                                                                   : list);
  const PictureShape shape = input.pixels() == 0 ? PictureShape{360, 480, 3} : input;
  if (shape.pixels() == 1)
    throw bad(text, "pictures, as height x width x channels",
              fmt::format("samples of {} values", shape.size()));
  return parse_network(
      fmt::format("conv:{}x{}x{}-{}{}{}c1/bn/relu", shape.height, shape.width, shape.channels,
                  normalize_input ? "lrn-" : "", layers, classes == 0 ? 11 : classes),
      input, classes);
}

std::string part_text(const LayerSpec& layer) {
  const std::string valid = layer.padding == Padding::valid ? "v" : "";
  switch (layer.kind) {
    case Kind::unpool:
      return "u";
    case Kind::global_average:
      return "gap";
    case Kind::response_norm:
      return "lrn";
    case Kind::max_pool:
    case Kind::average_pool:
      return fmt::format("{}{}{}s{}", layer.kind == Kind::max_pool ? 'p' : 'a', layer.kernel, valid,
                         layer.stride);
    case Kind::filters:
      if (layer.dense()) return fmt::format("{}", layer.features);
      return fmt::format("{}c{}{}{}", layer.features, layer.kernel, valid,
                         layer.stride > 1 ? fmt::format("s{}", layer.stride) : "");
  }
  return "";
}

}  // namespace

std::string to_text(Activation activation) {
  for (const auto& [name, value] : kActivations)
    if (value == activation) return name;
  return "";
}

std::string NetworkSpec::text() const {
  std::string text;
  Index pool = 1;
  Activation hidden = Activation::relu;
  const std::optional<DenseNetwork> dense = as_dense(*this);
  if (dense) {
    text = fmt::format("{}:{}", dense->batch_norm ? "archbn" : dense->pool > 1 ? "arch1" : "mlp", inputs());
    pool = dense->pool, hidden = dense->activation;
  } else {
    text = fmt::format("conv:{}x{}x{}", input.height, input.width, input.channels);
    for (const LayerSpec& layer : hidden_layers()) pool = std::max(pool, layer.pool);
    hidden = activation();
  }
  for (const LayerSpec& layer : layers) text += fmt::format("-{}", part_text(layer));
  if (!dense && batch_norm())
    text += std::ranges::any_of(layers, [](const LayerSpec& l) { return l.batch_norm && l.bias; })
                ? "/bn-bias"
                : "/bn";
  if (pool > 1) text += fmt::format("/pool{}", pool);
  return text + "/" + to_text(hidden) + (layers.back().bias ? "+bias" : "");
}

const std::vector<NetworkEntry>& network_registry() {
  static const std::vector<NetworkEntry> entries = {
      {"archbn-2", "the paper's network: 2 batch-normalized layers of 64 features, max over pairs", false,
       [](const PictureShape& i, Index k) { return arch(i, k, true, 2); }},
      {"archbn-4", "the same with 4 layers", false,
       [](const PictureShape& i, Index k) { return arch(i, k, true, 4); }},
      {"arch1-2", "plain: 2 layers of 64 features, max over pairs, no batch normalization", false,
       [](const PictureShape& i, Index k) { return arch(i, k, false, 2); }},
      {"arch1-4", "the same with 4 layers", false,
       [](const PictureShape& i, Index k) { return arch(i, k, false, 4); }},
      {"archbn-conv",
       "the paper's pipeline on pictures: 3 stages of 32, 64 and 64 filters 3x3, batch normalization, ReLU, "
       "max-pooling",
       true,
       [](const PictureShape& i, Index k) {
         return chain(i, k, "32c3-p2s2-64c3-p2s2-64c3-p2s2", "/bn/relu");
       }},
      {"conv-small", "two stages of 16 and 32 filters 5x5 and a dense layer of 128, batch-normalized", true,
       [](const PictureShape& i, Index k) { return chain(i, k, "16c5-p2s2-32c5-p2s2-128", "/bn/relu"); }},
      {"3c3d",
       "DeepOBS's for CIFAR-10: three convolutions, three dense layers, biases (Schneider, Balles, Hennig "
       "2019)",
       true,
       [](const PictureShape& i, Index k) {
         return chain(i, k, "64c5v-p3s2-96c3v-p3s2-128c3-p3s2-512-256", "/relu+bias");
       }},
      {"segnet:basic", "SegNet-Basic: 4 encoders and decoders of 64 filters 7x7, a class for each pixel",
       true, [](const PictureShape& i, Index k) { return segnet("segnet:basic", i, k, false); }},
      {"segnet:small",
       "the same with 3 of 32 filters 3x3; any other as segnet:4x64c7, with +lrn behind it for normalized "
       "inputs",
       true, [](const PictureShape& i, Index k) { return segnet("segnet:small", i, k, false); }},
  };
  return entries;
}

NetworkSpec parse_network(const std::string& text, const PictureShape& input, Index classes) {
  for (const NetworkEntry& entry : network_registry())
    if (entry.name == text) {
      if (!entry.pictures) return entry.make(input, classes);
      // Of a data set that is not yet read everything but the sizes is known: those of CIFAR stand for them.
      if (input.pixels() == 0) return entry.make({32, 32, 3}, 10);
      if (input.pixels() == 1)
        throw bad(text, "pictures, as height x width x channels",
                  input.size() == 0 ? "no sizes" : fmt::format("samples of {} values", input.size()));
      return entry.make(input, classes);
    }

  const size_t colon = text.find(':');
  const std::string family = text.substr(0, colon);
  if (family == "segnet" && colon != std::string::npos) {
    const bool lrn = text.ends_with("+lrn");
    return segnet(lrn ? text.substr(0, text.size() - 4) : text, input, classes, lrn);
  }
  const bool conv = family == "conv";
  if (colon == std::string::npos || (family != "archbn" && family != "arch1" && family != "mlp" && !conv)) {
    std::vector<std::string> names;
    for (const NetworkEntry& entry : network_registry()) names.push_back(entry.name);
    names.insert(names.end(), {"mlp:SIZES", "arch1:SIZES", "archbn:SIZES", "conv:LAYERS", "segnet:LAYERS"});
    throw unknown_name("network", text, names);
  }
  const std::string rest = text.substr(colon + 1);
  const size_t end = std::min(rest.find_first_of("/+"), rest.size());
  const Suffixes suffixes = parse_suffixes(text, rest.substr(end), conv);
  const NetworkSpec spec = conv ? parse_chain(text, rest.substr(0, end), suffixes)
                                : parse_dense(text, family, rest.substr(0, end), suffixes);

  if (input.size() != 0 && spec.inputs() != input.size())
    throw bad(text, fmt::format("{} inputs (the data set's)", input.size()),
              fmt::format("{}", spec.inputs()));
  if (input.pixels() > 1 && spec.input.pixels() > 1 && !(spec.input == input))
    throw bad(text,
              fmt::format("pictures of {}x{}x{} (the data set's)", input.height, input.width, input.channels),
              fmt::format("{}x{}x{}", spec.input.height, spec.input.width, spec.input.channels));
  if (classes != 0 && spec.classes() != classes)
    throw bad(text, fmt::format("{} classes (the data set's)", classes), fmt::format("{}", spec.classes()));
  return spec;
}

NetworkSpec parse_sized_network(const std::string& text) {
  const NetworkSpec spec = parse_network(text, 0, 0);
  if (spec.inputs() == 0)
    throw UsageError(fmt::format("network '{}': expected its sizes, e.g. {}, found none", text,
                                 parse_network(text, 784, 10).text()));
  if (spec.hidden_layers().empty())
    throw UsageError(fmt::format("network '{}': expected a hidden layer, found none", text));
  check_memory(spec, sizeof(float));
  return spec;
}

}  // namespace symopt
