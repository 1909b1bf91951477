// twin_muon.cpp — Muon as its author describes it: a tall matrix is transposed, iterated on, transposed back;
// what is not a filter matrix follows Adam with rates and betas of its own. NorMuon with each row's history.
#include "tests/support/twin_matrices.hpp"

namespace symopt::test::twin {

namespace {

Vector muon_step(const Past& past) {
  Vector theta = past.theta.back();
  const double rate = past.rate.back();
  for (const Block& block : past.layout.blocks) {
    if (block.role != Role::filters) {
      adam_step(past, block, theta);
      continue;
    }
    const double rows = static_cast<double>(block.rows), cols = static_cast<double>(block.cols);
    const double scale = past.options.at("scale") == "moonlight" ? 0.2 * std::sqrt(std::max(rows, cols))
                         : rows > cols                           ? std::sqrt(rows / cols)
                                                                 : 1;
    const Rows U = newton_schulz(muon_momentum(past, block), static_cast<int>(past.number("ns-steps")));
    const Rows W = matrix(theta, block);
    set_matrix(theta, block, sum(1 - rate * past.number("weight-decay"), W, -rate * scale, U));
  }
  return theta;
}

Vector normuon_step(const Past& past) {
  Vector theta = past.theta.back();
  for (const Block& block : past.layout.blocks) {
    if (block.role != Role::filters) {
      adam_step(past, block, theta);
      continue;
    }
    const double beta = past.number("row-beta2");
    Vector v(static_cast<size_t>(block.rows), 0.0);
    Rows O;
    for (size_t t = 1; t <= past.grad.size(); ++t) {
      Past then = past;
      then.grad.resize(t);
      O = newton_schulz(muon_momentum(then, block), static_cast<int>(past.number("ns-steps")));
      for (size_t i = 0; i < v.size(); ++i)
        v[i] = beta * v[i] + (1 - beta) * dot(O[i], O[i]) / static_cast<double>(block.cols);
    }
    for (size_t i = 0; i < v.size(); ++i)
      for (double& o : O[i]) o /= std::sqrt(v[i]) + past.number("row-eps");
    const double rate = past.rate.back(), size = 0.2 * std::sqrt(static_cast<double>(block.size()));
    set_matrix(theta, block,
               sum(1 - rate * past.number("weight-decay"), matrix(theta, block), -rate * size / norm(O), O));
  }
  return theta;
}

}  // namespace

// Each of the 5 iterations multiplies a rounding by 3.4445 at most: 485 in all. The large rate lets the steps
// of the other parameters, at adam-rate, stand out from that.
Twin muon() {
  return {.name = "muon",
          .step = muon_step,
          .settings = {"", "momentum=0.5", "nesterov=false", "ns-steps=2 adam-rate=1",
                       "beta1=0.5 beta2=0.9 eps=0.01", "scale=moonlight weight-decay=0.1"},
          .roundings = 485,
          .rate = 3};
}

// Rounding is of the orthogonalized matrix, whose rows are never far from one length.
Twin normuon() {
  return {.name = "normuon",
          .step = normuon_step,
          .settings = {"", "momentum=0.5 row-beta2=0.5", "nesterov=true weight-decay=0.1",
                       "ns-steps=2 adam-rate=1 row-eps=0.01", "beta1=0.5 beta2=0.9 eps=0.01"},
          .roundings = 485,
          .rate = 3};
}

}  // namespace symopt::test::twin
