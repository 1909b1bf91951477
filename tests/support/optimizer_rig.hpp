// optimizer_rig.hpp — one optimizer on a made-up layout, moved by gradients that the test makes up.
#pragma once
#include <cmath>
#include <limits>

#include "optimizers/optimizer.hpp"

namespace symopt::test {

template <class Real>
constexpr double epsilon_of = static_cast<double>(std::numeric_limits<Real>::epsilon());

/// `filters` rows, then two class vectors, `cols` wide; N(0, 9) before bind, the same numbers for everyone.
template <class Real>
struct OptimizerRig {
  ParamLayout layout;
  std::vector<Real> theta, grad;
  std::unique_ptr<Optimizer<Real>> optimizer;
  Extras<Real> extras;
  Log log;
  std::int64_t t = 0;

  OptimizerRig(const std::string& name, const std::string& settings, Index filters, Index cols)
      : optimizer(find_optimizer(name).make<Real>(parse_settings(settings))) {
    layout.add("filters", Role::filters, filters, cols);
    layout.add("classes", Role::class_vectors, 2, cols);
    theta.resize(static_cast<size_t>(layout.size));
    grad.resize(theta.size());
    Stream stream(71, 0);
    for (Real& w : theta) w = static_cast<Real>(3 * stream.normal());
    optimizer->bind(layout, theta);
  }
  MatrixView<Real> W() { return view(layout.blocks[0], std::span<Real>(theta)); }
  MatrixView<Real> G() { return view(layout.blocks[0], std::span<Real>(grad)); }
  MatrixView<Real> classes() { return view(layout.blocks[1], std::span<Real>(theta)); }

  /// Gradients from N(0, size²), the same for every rig whose stream is the same.
  void draw(Stream& stream, double size = 1) {
    for (Real& g : grad) g = static_cast<Real>(size * stream.normal());
  }
  void step(double rate) { optimizer->step({t++, static_cast<Real>(rate), grad, extras, log}, theta); }
  /// Largest | ‖w‖ − 1 | of the filters, in units of ε.
  double ulps() {
    double worst = 0;
    for (Index i = 0; i < W().rows(); ++i) {
      long double square = 0;
      for (Index j = 0; j < W().cols(); ++j) square += static_cast<long double>(W()(i, j)) * W()(i, j);
      const double off = static_cast<double>(std::abs(std::sqrt(square) - 1)) / epsilon_of<Real>;
      if (!(off <= worst)) worst = off;
    }
    return worst;
  }
};

/// Largest difference of two arrays of the same size.
template <class A, class B>
double difference(const A& a, const B& b) {
  double worst = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    const double d = std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i]));
    if (!(d <= worst)) worst = d;
  }
  return worst;
}

}  // namespace symopt::test
