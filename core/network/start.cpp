// start.cpp — starting values; the registry names their sources.
#include "core/network/start.hpp"

#include <cmath>

#include "core/error.hpp"
#include "core/network/layer_weights.hpp"

namespace symopt {

namespace {

template <class Real>
void scale_rows(const ParamLayout& layout, const std::string& kind, std::span<Real> theta) {
  if (kind == "gaussian" || kind == "uniform") return;
  if (kind == "balanced") return normalize_rows(layout, {Role::filters, Role::class_vectors}, theta);
  for (size_t l = 0; l < layout.layers.size(); ++l) {
    const Block& block = layer_weights(layout, l);
    const double fan_in = static_cast<double>(block.cols);
    const double fan_out = static_cast<double>(block.rows * layout.layers[l].window);
    const double variance = kind == "glorot" ? 2 / (fan_in + fan_out) : 2 / fan_in;
    view(block, theta) *= static_cast<Real>(std::sqrt(variance));
  }
}

// Each hidden unit's incoming weights are multiplied by 10 c and its outgoing ones divided by it, log c ~
// N(0, 1); one c a pool group. A plain network's function stays the same.
template <class Real>
void unbalance(const ParamLayout& layout, Stream& stream, std::span<Real> theta) {
  for (size_t l = 0; l + 1 < layout.layers.size(); ++l) {
    const LayerBlocks& layer = layout.layers[l];
    auto W = view(layer_weights(layout, l), theta);
    auto next = outgoing_weights(layout, l, theta);
    for (Index f = 0; f < next.cols(); ++f) {
      const Real factor = static_cast<Real>(10 * std::exp(stream.normal()));
      W.middleRows(f * layer.pool, layer.pool) *= factor;
      next.col(f) /= factor;
    }
  }
}

}  // namespace

const std::vector<StartEntry>& start_registry() {
  static const std::vector<StartEntry> entries = {
      {"gaussian", "N(0, 1)", "Badrinarayanan, Mishra, Cipolla 2015"},
      {"balanced", "N(0, 1), then every filter and class vector divided by its norm",
       "Badrinarayanan, Mishra, Cipolla 2015"},
      {"he", "N(0, 2/fan-in)", "He, Zhang, Ren, Sun 2015"},
      {"glorot", "N(0, 2/(fan-in + fan-out))", "Glorot and Bengio 2010"},
      {"uniform", "uniform in ±1/√fan-in", "PyTorch's linear layers"},
      {"unbalanced",
       "he, then every hidden unit's inputs times 10 c and its outputs over it, log c ~ N(0, 1)",
       "Neyshabur, Salakhutdinov, Srebro 2015"}};
  return entries;
}

const std::vector<std::string>& start_kinds() {
  static const std::vector<std::string> kinds = [] {
    std::vector<std::string> names;
    for (const StartEntry& entry : start_registry()) names.push_back(entry.name);
    return names;
  }();
  return kinds;
}

template <class Real>
void normalize_rows(const ParamLayout& layout, std::initializer_list<Role> roles, std::span<Real> theta) {
  for (const Block& block : layout.blocks)
    for (Role role : roles)
      if (block.role == role) {
        auto W = view(block, theta);
        for (Index i = 0; i < W.rows(); ++i) {
          const Real norm = W.row(i).norm();
          if (norm > Real(0)) W.row(i) /= norm;
        }
      }
}

template <class Real>
void fill_start(const std::string& kind, const ParamLayout& layout, Stream stream, std::span<Real> theta) {
  bool known = false;
  for (const std::string& k : start_kinds()) known = known || k == kind;
  if (!known) throw unknown_name("starting values", kind, start_kinds());
  for (const Block& block : layout.blocks) {
    auto values =
        as_array(theta.subspan(static_cast<size_t>(block.offset), static_cast<size_t>(block.size())));
    const double reach = 1 / std::sqrt(static_cast<double>(block.cols));
    if (is_weight(block.role) && kind == "uniform")
      for (Real& value : values) value = static_cast<Real>(reach * (2 * stream.uniform() - 1));
    else if (is_weight(block.role))
      for (Real& value : values) value = static_cast<Real>(stream.normal());
    else
      values.setConstant(block.role == Role::bn_scale ? Real(1) : Real(0));
  }
  scale_rows(layout, kind, theta);
  if (kind == "unbalanced") unbalance(layout, stream, theta);
}

template void fill_start(const std::string&, const ParamLayout&, Stream, std::span<float>);
template void fill_start(const std::string&, const ParamLayout&, Stream, std::span<double>);
template void normalize_rows(const ParamLayout&, std::initializer_list<Role>, std::span<float>);
template void normalize_rows(const ParamLayout&, std::initializer_list<Role>, std::span<double>);

}  // namespace symopt
