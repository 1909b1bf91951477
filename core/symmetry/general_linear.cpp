// general_linear.cpp — the action, its derivative and the adjoint of that, by the network cut behind the
// layer.
#include "core/symmetry/general_linear.hpp"

#include <fmt/format.h>

#include <Eigen/LU>

#include "core/algebra/least_squares.hpp"
#include "core/network/layer_weights.hpp"

namespace symopt {

namespace {

// What is kept is kept to rounding; the pseudo-inverse may lose some digits of it.
constexpr double kKept = 1e-9;

NetworkSpec cut_behind(NetworkSpec spec, size_t layer) {
  LayerSpec last;
  last.features = spec.layers[layer].features, last.bias = spec.layers.back().bias;
  spec.layers.resize(layer + 1);
  spec.layers.push_back(last);
  return spec;
}

ConstMatrixView<double> as_view(const Matrix<double>& X) { return {X.data(), X.rows(), X.cols()}; }

}  // namespace

GeneralLinear::GeneralLinear(const NetworkSpec& spec, size_t layer, Index max_samples)
    : layer_(layer),
      cut_spec_(cut_behind(spec, layer)),
      cut_(cut_spec_, max_samples),
      cut_dual_(cut_spec_, max_samples),
      theta_(static_cast<size_t>(cut_.layout().size)),
      grad_(theta_.size()) {
  const ParamLayout layout = layout_of(spec);
  filters_ = layer_weights(layout, layer);
  next_ = layer_weights(layout, layer + 1);
  const int bias = layout.layers[layer].bias;
  if (bias >= 0) bias_ = layout.blocks[static_cast<size_t>(bias)].offset;
}

// The layers in front of the cut have the same places in both networks' parameters.
Matrix<double> GeneralLinear::features(std::span<const double> theta, const Matrix<double>& X) {
  const Block& unit = layer_weights(cut_.layout(), layer_ + 1);
  std::fill(theta_.begin(), theta_.end(), 0);
  std::copy_n(theta.begin(), unit.offset, theta_.begin());
  view(unit, std::span<double>(theta_)).setIdentity();
  return cut_.forward(theta_, as_view(X), Mode::train);
}

void GeneralLinear::multiply_filters(const Matrix<double>& g, std::span<const double> theta,
                                     std::span<double> result) const {
  view(filters_, result) = (g * view(filters_, theta)).eval();
  if (bias_ < 0) return;
  const Eigen::Map<const Eigen::VectorXd> b(theta.data() + bias_, filters_.rows);
  Eigen::Map<Eigen::VectorXd>(result.data() + bias_, filters_.rows) = (g * b).eval();
}

// L Rᵀ, summed over the filters' block and the bias.
Matrix<double> GeneralLinear::outer(std::span<const double> left, std::span<const double> right) const {
  Matrix<double> product = view(filters_, left) * view(filters_, right).transpose();
  if (bias_ < 0) return product;
  const Eigen::Map<const Eigen::VectorXd> l(left.data() + bias_, filters_.rows),
      r(right.data() + bias_, filters_.rows);
  product += l * r.transpose();
  return product;
}

ActionStatus GeneralLinear::act(const Matrix<double>& g, const Matrix<double>& X, std::span<double> theta) {
  auto U = view(next_, theta);
  const Matrix<double> wanted = features(theta, X) * U.transpose();
  multiply_filters(g, theta, theta);
  const Matrix<double> Y = features(theta, X);
  const LeastSquares found = least_squares(Y, wanted - Y * U.transpose());
  U += found.X.transpose();
  const double lost = (Y * U.transpose() - wanted).norm();
  if (lost <= kKept * wanted.norm()) return {};
  return {false,
          fmt::format("layer {}: after g the features of {} samples have rank {}: what the next layer sees "
                      "changes by {:.1e}",
                      layer_ + 1, X.rows(), found.rank_A, lost / wanted.norm())};
}

void GeneralLinear::tangent(const Matrix<double>& T, const Matrix<double>& X, std::span<const double> theta,
                            std::span<double> direction) {
  std::fill(direction.begin(), direction.end(), 0);
  multiply_filters(T, theta, direction);
  const Matrix<double> Y = features(theta, X);  // fills theta_, too
  Buffer<Dual<double>> moving(theta_.size()), samples(static_cast<size_t>(X.size()));
  for (size_t i = 0; i < theta_.size(); ++i) moving[i] = theta_[i];
  for (Index i = 0; i < filters_.size(); ++i) {
    const auto at = static_cast<size_t>(filters_.offset + i);
    moving[at].d = direction[at];
  }
  for (Index i = 0; i < (bias_ < 0 ? 0 : filters_.rows); ++i)
    moving[static_cast<size_t>(bias_ + i)].d = direction[static_cast<size_t>(bias_ + i)];
  for (size_t i = 0; i < samples.size(); ++i) samples[i] = X.data()[i];
  const auto rates = cut_dual_.forward(moving, {samples.data(), X.rows(), X.cols()}, Mode::train);
  Eigen::MatrixXd dY(Y.rows(), Y.cols());
  for (Index n = 0; n < dY.rows(); ++n)
    for (Index f = 0; f < dY.cols(); ++f) dY(n, f) = rates(n, f).d;
  view(next_, direction) = -least_squares(Y, dY * view(next_, theta).transpose()).X.transpose();
}

Matrix<double> GeneralLinear::pull_back(const Matrix<double>& X, std::span<const double> theta,
                                        std::span<const double> c) {
  const Matrix<double> Y = features(theta, X);
  const Eigen::MatrixXd inverse = pseudo_inverse(Y);
  const Matrix<double> M = inverse.transpose() * view(next_, c).transpose() * view(next_, theta);
  cut_.pull_back(theta_, M.data(), grad_);
  return outer(c, theta) - outer(grad_, theta);
}

namespace {

// g_l = I + size · T_l for every hidden layer, T's singular values up to about 0.6.
class Mixing final : public Element {
 public:
  Mixing(Site site, std::vector<Matrix<double>> g) : site_(std::move(site)), g_(std::move(g)) {}
  ActionStatus act(std::span<double> theta) const override {
    ActionStatus status;
    for (size_t l = 0; l < g_.size(); ++l) {
      const ActionStatus s = GeneralLinear(site_.spec, l, site_.X.rows()).act(g_[l], site_.X, theta);
      if (status.exact) status = s;
    }
    return status;
  }
  std::unique_ptr<Element> inverse() const override {
    std::vector<Matrix<double>> inverse;
    for (const Matrix<double>& g : g_) inverse.push_back(Eigen::MatrixXd(g).partialPivLu().inverse());
    return std::make_unique<Mixing>(site_, std::move(inverse));
  }

 private:
  Site site_;
  std::vector<Matrix<double>> g_;
};

std::unique_ptr<Element> draw_mixing(const Site& site, Stream stream, double size) {
  std::vector<Matrix<double>> g;
  for (size_t l = 0; l + 1 < site.layout.layers.size(); ++l) {
    const Index h = layer_weights(site.layout, l).rows;
    g.push_back(Matrix<double>::Identity(h, h));
    for (double& x : g.back().reshaped())
      x += 0.3 * size / std::sqrt(static_cast<double>(h)) * stream.normal();
  }
  return std::make_unique<Mixing>(site, std::move(g));
}

void generators(const Site& site, std::span<const double> theta, const Visit& visit) {
  std::vector<double> direction(theta.size());
  for (size_t l = 0; l + 1 < site.layout.layers.size(); ++l) {
    GeneralLinear layer(site.spec, l, site.X.rows());
    Matrix<double> T = Matrix<double>::Zero(layer.filters(), layer.filters());
    for (Index i = 0; i < T.rows(); ++i)
      for (Index j = 0; j < T.cols(); ++j) {
        T(i, j) = 1;
        layer.tangent(T, site.X, theta, direction);
        T(i, j) = 0;
        visit(fmt::format("layer {} T({},{})", l + 1, i + 1, j + 1), direction);
      }
  }
}

}  // namespace

namespace groups {

GroupEntry general_linear() {
  return {"general-linear",
          "GL",
          "hidden filters V → gV, and the next layer's weights U → U σ(VX) σ(gVX)⁺ on given samples X",
          "dense networks, on samples whose features stay linearly independent; linear layers on any samples",
          [](const NetworkSpec& spec) { return spec.dense(); },
          true,
          draw_mixing,
          generators};
}

}  // namespace groups

}  // namespace symopt
