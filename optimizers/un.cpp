// un.cpp — unit-norm SGD on the oblique manifold (Badrinarayanan, Mishra, Cipolla 2015, table 1):
//   W ← Orth(W − λ Π_W(G)),  Π_W(Z) = Z − diag(diag(Z Wᵀ)) W,  Orth divides each row by its norm.
#include "optimizers/manifold.hpp"
#include "optimizers/optimizer.hpp"

namespace symopt::optimizers {

struct UnSettings {
  std::string retraction = "normalize";
  std::string theta = "euclidean";
};

template <class Real>
class Un final : public Optimizer<Real> {
 public:
  explicit Un(const UnSettings& settings)
      : geodesic_(settings.retraction == "exp"), unit_theta_(settings.theta == "unit") {}

  void bind(const ParamLayout& layout, std::span<Real> theta) override {
    blocks_ = layout.blocks;
    if (unit_theta_)
      normalize_rows(layout, {Role::filters, Role::class_vectors}, theta);
    else
      normalize_rows(layout, {Role::filters}, theta);
    Index widest = 1;
    for (const Block& block : blocks_) widest = std::max(widest, block.cols);
    tangent_.resize(widest);
  }

  void step(const Step<Real>& s, std::span<Real> theta) override {
    for (const Block& block : blocks_) {
      auto W = view(block, theta);
      const auto G = view(block, s.grad);
      if (block.role == Role::filters || (unit_theta_ && block.role == Role::class_vectors))
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

  bool geodesic_, unit_theta_;
  std::vector<Block> blocks_;
  Eigen::Matrix<Real, 1, Eigen::Dynamic> tangent_;
};

OptimizerEntry un() {
  using O = Option<UnSettings>;
  return make_entry<Un, UnSettings>(
      "un", "unit-norm SGD on the oblique manifold", "Badrinarayanan, Mishra, Cipolla 2015", "balanced",
      {{O{.name = "retraction",
          .field = &UnSettings::retraction,
          .choices = {"normalize", "exp"},
          .help =
              "how a tangent step returns to the manifold: by dividing by the norm, or along the geodesic"},
        O{.name = "theta",
          .field = &UnSettings::theta,
          .choices = {"euclidean", "unit"},
          .help = "class vectors: by the Euclidean rule, or on the manifold too"}}});
}

}  // namespace symopt::optimizers
