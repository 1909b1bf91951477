// kfac.cpp — K-FAC, Kronecker-factored approximate curvature (Martens and Grosse 2015, arXiv:1503.05671),
// without momentum and block by block:
//   (W, b) ← (W, b) − λ ν Γ⁻¹ (G_W, G_b) A⁻¹ for each layer, factors as in optimizers/kronecker.hpp;
// the scale and shift of batch normalization follow the Euclidean rule. A convolution's factors are those of
// Grosse and Martens 2016 (arXiv:1602.01407): A sums over pixels what the filters see, Γ is the mean over
// pixels. Where the classes are pixels', each pixel's label is a sample of its own; pixels that do not count
// are left out of Γ, and of A where a layer's pixels are those of the labels. Coarser ones cannot be told
// apart.
//
// g are gradients of −log p(k|x) at labels k that the model itself predicts: drawn from p (fisher=sampled),
// all with their probabilities (exact), or the data's (empirical). Every t-cov steps the factors become ε
// (old) + (1 − ε) (batch's), ε = min(1 − 1/n, decay) at the n-th time; every t-inv steps they are inverted. ν
// = min(1, √(kl-clip/(λ² Σ_layers ⟨U, G⟩))) bounds the step's KL divergence.
//
// With δ = 0 and no clip a step follows node-wise rescaling, filter rescaling and permutations exactly while
// the factors of rescaled nodes have full rank. Γ of the logits never has it: its g sum to 0; there the
// pseudo-inverse acts on coordinates that no such group changes. exact with batch normalization: samples are
// coupled by the statistics, so that one backward pass for a class mixes them; rows get random signs, which
// make the mixed terms vanish in expectation. Without coupling the signs cancel.
#include <algorithm>
#include <cmath>
#include <memory>

#include "core/network/fisher.hpp"
#include "core/network/loss.hpp"
#include "optimizers/kronecker.hpp"
#include "optimizers/optimizer.hpp"

namespace symopt::optimizers {

struct KfacSettings {
  std::string fisher = "sampled";
  double damping = 1e-3;
  bool pi = true;
  double decay = 0.95;
  int t_cov = 10, t_inv = 100;
  double kl_clip = 1e-3;
};

template <class Real>
class Kfac final : public Optimizer<Real> {
 public:
  explicit Kfac(const KfacSettings& settings) : set_(settings) {}

  Needs needs(const ParamLayout&) const override { return {.passes = true}; }
  void attach(const NetworkSpec& spec, Index max_batch) override {
    classes_ = spec.classes();
    max_batch_ = max_batch;
    max_rows_ = max_batch * spec.shapes().back().pixels();
  }

  void bind(const ParamLayout& layout, std::span<Real>) override {
    layout_ = layout;
    if (factors_.empty())
      for (const LayerBlocks& layer : layout.layers)
        factors_.push_back(std::make_unique<Kronecker<Real>>(
            block(layer.weights).cols, block(layer.weights).rows, layer.bias >= 0,
            factors_.empty() ? max_batch_ : 0));  // the data's zeros are the first layer's
    for (auto& factor : factors_) factor->reset();
    grad_.resize(static_cast<size_t>(layout.size));
    p_.resize(static_cast<size_t>(max_rows_ * classes_));
    dlogits_.resize(p_.size());
    drawn_.resize(static_cast<size_t>(max_rows_));
  }

  void step(const Step<Real>& s, std::span<Real> theta) override {
    if (s.t % set_.t_cov == 0) observe(s, theta);
    if (s.t % set_.t_inv == 0)
      for (auto& factor : factors_) factor->invert(static_cast<Real>(set_.damping), set_.pi);

    double product = 0;
    for (size_t l = 0; l < factors_.size(); ++l) product += solve(s, l);
    const Real rate = s.learning_rate * clip(s.learning_rate, product);
    for (size_t l = 0; l < factors_.size(); ++l) {
      const LayerBlocks& layer = layout_.layers[l];
      const auto U = factors_[l]->solution();
      auto W = view(block(layer.weights), theta);
      W -= rate * U.leftCols(W.cols());
      if (layer.bias >= 0) view(block(layer.bias), theta) -= rate * U.col(W.cols()).transpose();
      for (int euclidean : {layer.bn_scale, layer.bn_shift})
        if (euclidean >= 0) view(block(euclidean), theta) -= s.learning_rate * view(block(euclidean), s.grad);
    }
  }

  /// Which factors had no full rank, and the lowest that they had.
  void conclude(Log& log) const override {
    std::string lost;
    const auto add = [&](size_t l, const char* factor, Index rank, Index full) {
      if (rank < full)
        lost += fmt::format("{}{} of {} (rank {} of {})", lost.empty() ? "" : ", ", factor,
                            block(layout_.layers[l].weights).name, rank, full);
    };
    for (size_t l = 0; l < factors_.size(); ++l) {
      add(l, "inputs", factors_[l]->lowest_input_rank(), factors_[l]->inputs());
      add(l, "gradients", factors_[l]->lowest_gradient_rank(), factors_[l]->filters());
    }
    if (!lost.empty()) log.remark("kfac: pseudo-inverse of factors without full rank: " + lost);
  }

  std::vector<std::span<Real>> state() override {
    std::vector<std::span<Real>> all;
    for (auto& factor : factors_)
      for (std::span<Real> array : factor->state()) all.push_back(array);
    return all;
  }

 private:
  const Block& block(int i) const { return layout_.blocks[static_cast<size_t>(i)]; }
  const Real* weights(size_t l, std::span<const Real> flat) const {
    return flat.data() + block(layout_.layers[l].weights).offset;
  }
  const Real* biases(size_t l, std::span<const Real> flat) const {
    const int bias = layout_.layers[l].bias;
    return bias < 0 ? nullptr : flat.data() + block(bias).offset;
  }

  // ⟨U, G⟩ of layer l. Where its inputs are known by their lit values, its gradient is solved in its two
  // parts: not after observe(), which has pulled other gradients back, nor where the gradient is not finite,
  // which the parts need not show.
  double solve(const Step<Real>& s, size_t l) {
    const LitRows<Real>* lit = l == 0 ? s.extras.batch->X.lit() : nullptr;
    const Real *G_W = weights(l, s.grad), *G_b = biases(l, s.grad);
    if (lit != nullptr && s.t % set_.t_cov != 0 && factors_[l]->solves_from(*lit)) {
      const LayerTrace<Real> trace = s.extras.passes->trace(l);
      // A filter as large as the picture is a convolution still, and sees more than the picture.
      if (trace.inputs.rows() > 0) {
        const double product = factors_[l]->solve(*lit, trace.gradients, G_W, G_b);
        if (std::isfinite(product)) return product;
      }
    }
    return factors_[l]->solve(G_W, G_b);
  }
  // ν. A product that is not a number clips nothing: it is to show in the parameters.
  Real clip(Real rate, double product) const {
    if (set_.kl_clip == 0) return Real(1);
    const double kl = static_cast<double>(rate) * static_cast<double>(rate) * std::abs(product);
    return kl > set_.kl_clip ? static_cast<Real>(std::sqrt(set_.kl_clip / kl)) : Real(1);
  }

  // The batch's share of the factors.
  void observe(const Step<Real>& s, std::span<const Real> theta) {
    Passes<Real>& network = *s.extras.passes;
    const Targets<Real>& targets = s.extras.batch->targets;
    const Index R = network.logits().rows(), counted = count_rows(R, targets);
    if (counted == 0) return;
    const double n = static_cast<double>(s.t / set_.t_cov + 1);
    const Real keep = static_cast<Real>(std::min(1 - 1 / n, set_.decay));
    const Real row_share = (Real(1) - keep) / static_cast<Real>(counted);
    for (size_t l = 0; l < factors_.size(); ++l) observe_inputs(s, l, keep);

    if (set_.fisher == "empirical") {  // the traces are of the mean loss
      const Real squared = static_cast<Real>(counted * counted);
      return add_gradients(network, keep, row_share * squared);
    }
    Stream random = s.extras.random.fork(Purpose::labels);
    softmax(network.logits(), p_.data());
    const ConstMatrixView<Real> p(p_.data(), R, classes_);
    MatrixView<Real> d(dlogits_.data(), R, classes_);
    const std::span<std::int32_t> drawn(drawn_.data(), static_cast<size_t>(R));
    if (set_.fisher == "sampled") {
      d = p;
      for (Index b = 0; b < R; ++b) {
        const Index k = draw(p.row(b), random.uniform());
        drawn[static_cast<size_t>(b)] = static_cast<std::int32_t>(k);
        d(b, k) -= Real(1);
        if (!targets.counts(b)) d.row(b).setZero();
      }
      s.log.drew({"labels", drawn});
      network.pull_back(theta, dlogits_.data(), grad_);
      return add_gradients(network, keep, row_share);
    }
    for (std::int32_t& sign : drawn) sign = random.below(2) == 0 ? 1 : -1;
    s.log.drew({"signs", drawn});
    for (Index k = 0; k < classes_; ++k) {
      for (Index b = 0; b < R; ++b) {
        const Real root = static_cast<Real>(drawn[static_cast<size_t>(b)]) * std::sqrt(p(b, k));
        d.row(b) = root * p.row(b);
        d(b, k) -= root;
        if (!targets.counts(b)) d.row(b).setZero();
      }
      network.pull_back(theta, dlogits_.data(), grad_);
      add_gradients(network, k == 0 ? keep : Real(1), row_share);
    }
  }
  // A of layer l: runs of rows that count.
  void observe_inputs(const Step<Real>& s, size_t l, Real keep) {
    const Passes<Real>& network = *s.extras.passes;
    const Targets<Real>& targets = s.extras.batch->targets;
    const Index B = s.extras.batch->size(), R = network.logits().rows();
    const bool all = targets.ignored < 0 || network.pixels(l) != R / B;
    const Real samples =
        all ? static_cast<Real>(B) : static_cast<Real>(count_rows(R, targets)) / static_cast<Real>(R / B);
    const Real share = (Real(1) - keep) / samples;
    Index first = 0;  // of the rows that are visited
    const auto add = [&](const ConstMatrixView<Real>& inputs) {
      const auto counts = [&](Index i) { return all || targets.counts(first + i); };
      for (Index i = 0, end = 0; i < inputs.rows(); i = end + 1) {
        for (end = i; end < inputs.rows() && counts(end);) ++end;
        if (end == i) continue;
        factors_[l]->add_inputs({inputs.row(i).data(), end - i, inputs.cols()}, keep, share);
        keep = Real(1);
      }
      first += inputs.rows();
    };
    network.visit_inputs(l, std::cref(add));  // by reference: a function object that needs no memory
  }
  void add_gradients(const Passes<Real>& network, Real keep, Real weight) {
    for (size_t l = 0; l < factors_.size(); ++l)
      factors_[l]->add_gradients(network.trace(l).gradients, keep,
                                 weight / static_cast<Real>(network.pixels(l)));
  }
  // The class whose interval of the cumulative probabilities holds u in [0, 1).
  template <class Row>
  static Index draw(const Row& p, double u) {
    Index k = 0;
    for (double sum = static_cast<double>(p[0]); u >= sum && k + 1 < p.size();
         sum += static_cast<double>(p[k]))
      ++k;
    return k;
  }

  KfacSettings set_;
  ParamLayout layout_;
  Index classes_ = 0, max_batch_ = 0, max_rows_ = 0;
  std::vector<std::unique_ptr<Kronecker<Real>>> factors_;
  Buffer<Real> grad_;                // what a backward pass for the factors alone leaves
  Buffer<Real> p_, dlogits_;         // B×K
  std::vector<std::int32_t> drawn_;  // B: labels or signs
};

OptimizerEntry kfac() {
  using O = Option<KfacSettings>;
  const std::string paper = "Martens and Grosse 2015",
                    customary = "; the default is not published, but customary in public implementations";
  return make_entry<Kfac, KfacSettings>(
      "kfac", "natural gradient, Kronecker-factored by layers", "Martens and Grosse 2015 (arXiv:1503.05671)",
      "he",
      {{O{.name = "fisher",
          .field = &KfacSettings::fisher,
          .choices = {"sampled", "exact", "empirical"},
          .help = "labels of the Fisher matrix: drawn from the model, all of them (with batch normalization "
                  "by one "
                  "draw of random signs a sample, right in expectation only), or the data's",
          .source = paper},
        O{.name = "damping",
          .field = &KfacSettings::damping,
          .low = 0,
          .help = "δ: π√δ is added to the inputs' factor, √δ/π to the gradients'",
          .source = paper + customary},
        O{.name = "pi",
          .field = &KfacSettings::pi,
          .help = "balance the damping by the factors' mean diagonal elements, else π = 1",
          .source = paper},
        O{.name = "decay",
          .field = &KfacSettings::decay,
          .low = 0,
          .high = 1,
          .help = "of the factors' running averages",
          .source = paper},
        O{.name = "t-cov",
          .field = &KfacSettings::t_cov,
          .low = 1,
          .help = "steps between updates of the factors",
          .source = "Ba, Grosse, Martens 2017" + customary},
        O{.name = "t-inv",
          .field = &KfacSettings::t_inv,
          .low = 1,
          .help = "steps between their inversions",
          .source = paper + customary},
        O{.name = "kl-clip",
          .field = &KfacSettings::kl_clip,
          .low = 0,
          .help = "largest squared length of a step in the Fisher metric; 0: no bound",
          .source = "Ba, Grosse, Martens 2017" + customary}}});
}

}  // namespace symopt::optimizers
