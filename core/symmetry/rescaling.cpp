// rescaling.cpp — the groups that multiply rows: of units, of batch-normalized units, of filters.
#include "core/symmetry/rescaling.hpp"

#include <fmt/format.h>

#include <cmath>

#include "core/network/layer_weights.hpp"
#include "core/symmetry/channels.hpp"
#include "core/symmetry/group.hpp"

namespace symopt {

namespace {

const Block& block(const ParamLayout& layout, int i) { return layout.blocks[static_cast<size_t>(i)]; }

// Calls in(segment) for each contiguous range of parameters that ρ multiplies, and then out(column) with the
// column of the next layer that it divides, for unit f of hidden layer l.
template <class Theta, class In, class Out>
void visit_unit(const ParamLayout& layout, Entry entry, size_t l, Index f, Theta theta, const In& in,
                const Out& out) {
  const LayerBlocks& layer = layout.layers[l];
  const Index p = layer.pool;
  const auto rows = [&](int i, Index length) {  // the group's rows of block i, each `length` long
    if (i >= 0) in(as_array(theta).segment(block(layout, i).offset + f * p * length, p * length));
  };
  if (entry == Entry::filters) {
    rows(layer.weights, layer_weights(layout, l).cols);
    rows(layer.bias, 1);
  } else {
    rows(layer.bn_scale, 1);
    rows(layer.bn_shift, 1);
  }
  out(outgoing_weights(layout, l, theta).col(f).array());
}

template <class Call>
void each_unit(const ParamLayout& layout, const Call& call) {
  size_t u = 0;
  for (size_t l = 0; l + 1 < layout.layers.size(); ++l)
    for (Index f = 0; f < feature_count(layout, l); ++f) call(l, f, u++);
}

class UnitRescaling final : public Element {
 public:
  UnitRescaling(ParamLayout layout, Entry entry, std::vector<double> log_rho)
      : layout_(std::move(layout)), entry_(entry), log_rho_(std::move(log_rho)) {}
  ActionStatus act(std::span<double> theta) const override {
    rescale_units(layout_, entry_, log_rho_, theta);
    return {};
  }
  std::unique_ptr<Element> inverse() const override {
    std::vector<double> log_rho = log_rho_;
    for (double& r : log_rho) r = -r;
    return std::make_unique<UnitRescaling>(layout_, entry_, std::move(log_rho));
  }

 private:
  ParamLayout layout_;
  Entry entry_;
  std::vector<double> log_rho_;
};

template <Entry entry>
std::unique_ptr<Element> draw_units(const Site& site, Stream stream, double size) {
  std::vector<double> log_rho(static_cast<size_t>(unit_count(site.layout)));
  for (double& r : log_rho) r = size * stream.normal();
  return std::make_unique<UnitRescaling>(site.layout, entry, std::move(log_rho));
}

template <Entry entry>
void unit_generators(const Site& site, std::span<const double> theta, const Visit& visit) {
  std::vector<double> direction(theta.size());
  each_unit(site.layout, [&](size_t l, Index f, size_t) {
    direction.assign(theta.size(), 0);
    visit_unit(
        site.layout, entry, l, f, theta,
        [&](const auto& w) {
          const auto begin = w.data() - theta.data();
          std::copy_n(w.data(), w.size(), direction.begin() + begin);
        },
        [](const auto&) {});
    outgoing_weights(site.layout, l, std::span<double>(direction)).col(f) =
        -outgoing_weights(site.layout, l, theta).col(f);
    visit(fmt::format("layer {} unit {}", l + 1, f + 1), direction);
  });
}

// One ρ for all units of a layer.
std::unique_ptr<Element> draw_layers(const Site& site, Stream stream, double size) {
  std::vector<double> log_rho;
  for (size_t l = 0; l + 1 < site.layout.layers.size(); ++l)
    log_rho.resize(log_rho.size() + static_cast<size_t>(feature_count(site.layout, l)),
                   size * stream.normal());
  return std::make_unique<UnitRescaling>(site.layout, Entry::filters, std::move(log_rho));
}

// The sums of the units' generators, layer by layer.
void layer_generators(const Site& site, std::span<const double> theta, const Visit& visit) {
  std::vector<double> sum(theta.size());
  size_t l = 0;
  Index units = 0;
  unit_generators<Entry::filters>(site, theta, [&](const std::string&, std::span<const double> direction) {
    as_array(std::span<double>(sum)) += as_array(direction);
    if (++units < feature_count(site.layout, l)) return;
    visit(fmt::format("layer {}", ++l), sum);
    sum.assign(theta.size(), 0);
    units = 0;
  });
}

// The rows that filter-rescale multiplies: hidden filters, block by block.
template <class Call>
void each_filter(const ParamLayout& layout, const Call& call) {
  for (size_t l = 0; l + 1 < layout.layers.size(); ++l) {
    const Block& weights = layer_weights(layout, l);
    for (Index i = 0; i < weights.rows; ++i) call(l, weights, i);
  }
}

class FilterRescaling final : public Element {
 public:
  FilterRescaling(ParamLayout layout, std::vector<double> log_lambda)
      : layout_(std::move(layout)), log_lambda_(std::move(log_lambda)) {}
  ActionStatus act(std::span<double> theta) const override {
    size_t k = 0;
    each_filter(layout_, [&](size_t, const Block& weights, Index i) {
      view(weights, theta).row(i) *= std::exp(log_lambda_[k++]);
    });
    return {};
  }
  std::unique_ptr<Element> inverse() const override {
    std::vector<double> log_lambda = log_lambda_;
    for (double& r : log_lambda) r = -r;
    return std::make_unique<FilterRescaling>(layout_, std::move(log_lambda));
  }

 private:
  ParamLayout layout_;
  std::vector<double> log_lambda_;
};

bool homogeneous(const NetworkSpec& spec) {
  const Activation a = spec.activation();
  return (a == Activation::relu || a == Activation::leaky_relu || a == Activation::linear) &&
         !spec.hidden_layers().empty() && !neighbours_matter(spec);
}

}  // namespace

Index unit_count(const ParamLayout& layout) {
  Index count = 0;
  for (size_t l = 0; l + 1 < layout.layers.size(); ++l) count += feature_count(layout, l);
  return count;
}

void rescale_units(const ParamLayout& layout, Entry entry, std::span<const double> log_rho,
                   std::span<double> theta) {
  each_unit(layout, [&](size_t l, Index f, size_t u) {
    const double rho = std::exp(log_rho[u]);
    visit_unit(
        layout, entry, l, f, theta, [&](auto w) { w *= rho; }, [&](auto w) { w /= rho; });
  });
}

void pull_back_rescaling(const ParamLayout& layout, Entry entry, std::span<const double> theta,
                         std::span<const double> c, std::span<double> out) {
  each_unit(layout, [&](size_t l, Index f, size_t u) {
    out[u] = 0;
    visit_unit(
        layout, entry, l, f, theta,
        [&](const auto& w) {
          const ConstArrayView<double> cotangent(c.data() + (w.data() - theta.data()), w.size());
          out[u] += (w * cotangent).sum();
        },
        [](const auto&) {});
    out[u] -= outgoing_weights(layout, l, theta).col(f).dot(outgoing_weights(layout, l, c).col(f));
  });
}

namespace groups {

GroupEntry node_rescale() {
  return {
      "node-rescale",
      "node",
      "each hidden unit's incoming weights and bias times ρ > 0, its outgoing weights divided by ρ; one ρ "
      "a pool group",
      "ReLU, leaky ReLU and linear units without batch normalization",
      [](const NetworkSpec& spec) { return !spec.batch_norm() && homogeneous(spec); },
      false,
      draw_units<Entry::filters>,
      unit_generators<Entry::filters>};
}

GroupEntry layer_rescale() {
  return {"layer-rescale",
          "layer",
          "each hidden layer's weights and biases times ρ > 0, the next layer's weights divided by ρ",
          "ReLU, leaky ReLU and linear units without batch normalization",
          [](const NetworkSpec& spec) { return !spec.batch_norm() && homogeneous(spec); },
          false,
          draw_layers,
          layer_generators};
}

GroupEntry bn_rescale() {
  return {
      "bn-rescale",
      "bn",
      "each batch-normalized unit's scale and shift times ρ > 0, its outgoing weights divided by ρ; one ρ "
      "a pool group",
      "ReLU, leaky ReLU and linear units with batch normalization",
      [](const NetworkSpec& spec) { return spec.batch_norm() && homogeneous(spec); },
      false,
      draw_units<Entry::normalization>,
      unit_generators<Entry::normalization>};
}

GroupEntry filter_rescale() {
  return {"filter-rescale",
          "filt",
          "each hidden filter times its own Λ > 0, nothing else changed",
          "batch-normalized layers (exactly where the normalization's ε is 0)",
          [](const NetworkSpec& spec) { return spec.batch_norm(); },
          false,
          [](const Site& site, Stream stream, double size) -> std::unique_ptr<Element> {
            std::vector<double> log_lambda;
            each_filter(site.layout,
                        [&](size_t, const Block&, Index) { log_lambda.push_back(size * stream.normal()); });
            return std::make_unique<FilterRescaling>(site.layout, std::move(log_lambda));
          },
          [](const Site& site, std::span<const double> theta, const Visit& visit) {
            std::vector<double> direction(theta.size());
            each_filter(site.layout, [&](size_t l, const Block& weights, Index i) {
              direction.assign(theta.size(), 0);
              view(weights, std::span<double>(direction)).row(i) = view(weights, theta).row(i);
              visit(fmt::format("layer {} filter {}", l + 1, i + 1), direction);
            });
          }};
}

}  // namespace groups

}  // namespace symopt
