// un.cpp — unit-norm SGD on the oblique manifold (Badrinarayanan, Mishra, Cipolla 2015, table 1):
//   W ← Orth(W − λ Π_W(G)),  Π_W(Z) = Z − diag(diag(Z Wᵀ)) W,  Orth divides each row by its norm.
#include "optimizers/unit_norm.hpp"

namespace symopt::optimizers {

template <class Real>
class Un final : public Optimizer<Real> {
 public:
  explicit Un(const UnitNormSettings& settings)
      : settings_(settings), geodesic_(settings.along_geodesics()) {}

  void bind(const ParamLayout& layout, std::span<Real> theta) override {
    blocks_ = layout.blocks;
    to_manifold(settings_, layout, theta);
    Index widest = 1;
    for (const Block& block : blocks_) widest = std::max(widest, block.cols);
    tangent_.resize(widest);
  }

  void step(const Step<Real>& s, std::span<Real> theta) override {
    for (const Block& block : blocks_) {
      auto W = view(block, theta);
      const auto G = view(block, s.grad);
      if (settings_.constrains(block.role))
        for (Index i = 0; i < W.rows(); ++i) move(W.row(i), G.row(i), s.learning_rate);
      else
        W -= s.learning_rate * G;
    }
  }

 private:
  template <class Row, class Gradient>
  void move(Row w, const Gradient& g, Real rate) {
    if (geodesic_) {
      auto xi = tangent_.head(w.size());
      xi = -rate * g;
      project_to_tangent(w, xi);
      geodesic(w, xi);
    } else {
      w = (Real(1) + rate * g.dot(w)) * w - rate * g;  // w − λ (g − (g·w) w)
      normalize_row(w);
    }
  }

  UnitNormSettings settings_;
  bool geodesic_;
  std::vector<Block> blocks_;
  Eigen::Matrix<Real, 1, Eigen::Dynamic> tangent_;
};

OptimizerEntry un() {
  return refuse_weight_decay(make_entry<Un, UnitNormSettings>(
      "un", "unit-norm SGD on the oblique manifold", "Badrinarayanan, Mishra, Cipolla 2015", "balanced",
      unit_norm_options<UnitNormSettings>()));
}

}  // namespace symopt::optimizers
