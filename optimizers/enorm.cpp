// enorm.cpp — equi-normalization (Stock, Graham, Gribonval, Jégou 2019): gradient descent, and after every
// step one sweep over the hidden units that makes what enters a unit as long as what leaves it. The function
// stays.
//   v ← μ v + g + decay θ,   θ ← θ − λ v
//   layer by layer, for each unit:  d = √(‖w_out‖/(c ‖w_in‖)),   w_in ← d w_in,   w_out ← w_out/d
// A unit is a pool group of filters; its bias goes with w_in but does not count for its norm (the authors
// leave biases where they are, which changes the function). Norms are those behind the layers before, as in
// the paper's algorithm; the authors' code takes all of them first. The velocity moves along: gradients
// change as 1/d. Units that the class vectors read are left out as in that code, unless balance-last=true.
// Where a norm is 0, d = 1.
#include "core/network/layer_weights.hpp"
#include "core/symmetry/channels.hpp"
#include "optimizers/velocity.hpp"

namespace symopt::optimizers {

struct EnormSettings {
  double c = 1.2, momentum = 0, weight_decay = 1e-3;
  bool balance_last = false;
};

template <class Real>
class Enorm final : public Optimizer<Real> {
 public:
  explicit Enorm(const EnormSettings& settings)
      : settings_(settings), descent_(VelocitySettings{settings.momentum, settings.weight_decay}) {}

  void bind(const ParamLayout& layout, std::span<Real> theta) override {
    layout_ = layout;
    descent_.bind(layout, theta);
    velocity_ = descent_.state()[0];
    Index widest = 0;
    for (size_t l = 0; l + 1 < layout.layers.size(); ++l) widest = std::max(widest, feature_count(layout, l));
    d_.resize(widest);
  }

  void step(const Step<Real>& s, std::span<Real> theta) override {
    descent_.step(s, theta);
    const size_t layers = layout_.layers.size(), last = settings_.balance_last ? 1 : 2;
    for (size_t l = 0; l + last < layers; ++l) balance(l, theta);
  }

  std::vector<std::span<Real>> state() override { return descent_.state(); }

 private:
  void balance(size_t l, std::span<Real> theta) {
    const Index features = feature_count(layout_, l), pool = layout_.layers[l].pool;
    auto out = outgoing_weights(layout_, l, theta);
    auto d = d_.head(features);
    d.setZero();
    for (Index r = 0; r < out.rows(); ++r) d += out.row(r).transpose().array().square();
    const auto in = view(layer_weights(layout_, l), theta);
    for (Index f = 0; f < features; ++f) {
      const Real square = in.middleRows(f * pool, pool).squaredNorm();
      // 0·: squares beyond the format give NaN, not weights of 0.
      d[f] = d[f] == 0 || square == 0
                 ? Real(1)
                 : std::sqrt(std::sqrt(d[f] / square) / static_cast<Real>(settings_.c)) + 0 * (d[f] + square);
    }
    scale_incoming(l, theta);
    scale_outgoing(l, velocity_);
    d = d.inverse();
    scale_incoming(l, velocity_);
    scale_outgoing(l, theta);
  }
  void scale_incoming(size_t l, std::span<Real> flat) {
    const LayerBlocks& layer = layout_.layers[l];
    for (int b : {layer.weights, layer.bias}) {
      if (b < 0) continue;
      const Block& block = layout_.blocks[static_cast<size_t>(b)];
      const Index each = block.size() / feature_count(layout_, l);  // all that enters one unit lies together
      for (Index f = 0; f * each < block.size(); ++f)
        ArrayView<Real>(flat.data() + block.offset + f * each, each) *= d_[f];
    }
  }
  void scale_outgoing(size_t l, std::span<Real> flat) {
    auto out = outgoing_weights(layout_, l, flat);
    for (Index r = 0; r < out.rows(); ++r) out.row(r).array() *= d_.head(out.cols()).transpose();
  }

  EnormSettings settings_;
  ParamLayout layout_;
  Velocity<Real, false> descent_;
  std::span<Real> velocity_;  // its state
  Array<Real> d_;             // of the units of one layer
};

OptimizerEntry enorm() {
  using O = Option<EnormSettings>;
  const std::string stock = "Stock, Graham, Gribonval, Jégou 2019";
  OptimizerEntry entry = make_entry<Enorm, EnormSettings>(
      "enorm", "gradient descent, and units whose inputs and outputs are kept equally long", stock, "he",
      Options<EnormSettings>{{O{.name = "c",
                                .field = &EnormSettings::c,
                                .low = 1e-3,
                                .high = 1e3,
                                .help = "what leaves a unit is c times as long as what enters it",
                                .source = stock + "; 1.2 in its runs of fully connected networks"},
                              O{.name = "momentum",
                                .field = &EnormSettings::momentum,
                                .low = 0,
                                .high = 0.9999,
                                .help = "share of the velocity that a step keeps",
                                .source = stock},
                              O{.name = "weight-decay",
                                .field = &EnormSettings::weight_decay,
                                .low = 0,
                                .high = 1,
                                .help = "this times θ is added to g, of every parameter",
                                .source = stock},
                              O{.name = "balance-last",
                                .field = &EnormSettings::balance_last,
                                .help = "units that the class vectors read are balanced too",
                                .source = "ours; the authors leave them out"}}});
  entry.refusal = [](const NetworkSpec& spec, const Assignments&) -> std::optional<std::string> {
    if (spec.batch_norm()) return "expected units with a scale of their own, found batch normalization";
    if (neighbours_matter(spec))
      return "expected units with a scale of their own, found response normalization";
    if (spec.activation() == Activation::sigmoid || spec.activation() == Activation::tanh)
      return "expected units that are relu, leaky-relu or linear, found " + to_text(spec.activation());
    return std::nullopt;
  };
  return entry;
}

}  // namespace symopt::optimizers
