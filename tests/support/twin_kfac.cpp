// twin_kfac.cpp — K-FAC by its definition (Martens and Grosse 2015): every factor that the past decided, once
// more, and for each layer one dense solve with the Kronecker product of the damped factors. Convolutions
// (Grosse and Martens 2016): A sums ā āᵀ over the patches of a sample, Γ is the mean of g gᵀ over its pixels.
#include <cmath>

#include "tests/support/decompositions.hpp"
#include "tests/support/naive_fisher.hpp"
#include "tests/support/naive_train.hpp"
#include "tests/support/twins.hpp"

namespace symopt::test::twin {

namespace {

using Dense = Eigen::MatrixXd;

struct Factors {
  Dense A, Gamma;
};

Eigen::VectorXd vector(const Vector& v) {
  return Eigen::Map<const Eigen::VectorXd>(v.data(), static_cast<Index>(v.size()));
}

// Gradients at each layer's filters whose outer products the batch's Γ is the mean of: for each of them a row
// for each label, and within it for each pixel.
std::vector<std::vector<Rows>> samples_of(const Past& past, size_t t) {
  const size_t B = past.labels[t].size(), K = static_cast<size_t>(past.spec.classes());
  const std::string& fisher = past.options.at("fisher");
  std::vector<std::vector<Rows>> all;
  const auto add = [](std::vector<Rows>& sum, double factor, const std::vector<Rows>& dz) {
    sum.resize(dz.size());
    for (size_t l = 0; l < dz.size(); ++l) {
      sum[l].resize(dz[l].size(), Vector(dz[l][0].size(), 0.0));
      for (size_t b = 0; b < dz[l].size(); ++b)
        for (size_t o = 0; o < dz[l][b].size(); ++o) sum[l][b][o] += factor * dz[l][b][o];
    }
  };
  const auto scores = naive_scores(past.spec, past.theta[t], past.X[t]);
  Stream random = past.random.fork(Purpose::labels, t).fork(Purpose::labels);
  if (fisher == "exact") {
    Vector signs;
    for (size_t b = 0; b < B; ++b) signs.push_back(random.below(2) == 0 ? 1 : -1);
    for (size_t k = 0; k < K; ++k) {
      all.emplace_back();
      for (size_t b = 0; b < B; ++b) add(all.back(), signs[b] * std::sqrt(scores[b][k].p), scores[b][k].dz);
    }
    return all;
  }
  all.emplace_back();
  for (size_t b = 0; b < B; ++b) {
    size_t k = past.labels[t][b];
    if (fisher == "sampled") {
      const double u = random.uniform();
      double sum = scores[b][0].p;
      for (k = 0; u >= sum && k + 1 < K; sum += scores[b][k].p) ++k;
    }
    add(all.back(), 1, scores[b][k].dz);
  }
  return all;
}

// The batch's own factors at step t.
std::vector<Factors> observe(const Past& past, size_t t) {
  const NaivePass pass = naive_train(past.spec, past.theta[t], past.X[t], past.labels[t]);
  const size_t B = past.X[t].size();
  const double share = 1 / static_cast<double>(B),
               label_share = 1 / static_cast<double>(past.labels[t].size());
  const auto samples = samples_of(past, t);
  std::vector<Factors> factors;
  for (size_t l = 0; l < pass.layers.size(); ++l) {
    const LayerBlocks& blocks = past.layout.layers[l];
    const Block& weights = past.layout.blocks[static_cast<size_t>(blocks.weights)];
    const Index J = weights.cols + (blocks.bias >= 0 ? 1 : 0);
    Factors f{Dense::Zero(J, J), Dense::Zero(weights.rows, weights.rows)};
    for (Vector a : pass.layers[l].inputs) {
      if (blocks.bias >= 0) a.push_back(1);
      f.A += share * vector(a) * vector(a).transpose();
    }
    for (const auto& sample : samples)
      for (const Vector& g : sample[l])
        f.Gamma +=
            label_share / static_cast<double>(sample[l].size() / B) * vector(g) * vector(g).transpose();
    factors.push_back(f);
  }
  return factors;
}

Vector step(const Past& past) {
  const size_t t = past.theta.size() - 1, t_cov = static_cast<size_t>(past.number("t-cov")),
               t_inv = static_cast<size_t>(past.number("t-inv"));
  std::vector<Factors> factors;
  for (size_t then = 0; then <= t / t_inv * t_inv; then += t_cov) {
    const double n = static_cast<double>(then / t_cov + 1), keep = std::min(1 - 1 / n, past.number("decay"));
    const auto batch = observe(past, then);
    if (factors.empty()) factors = batch;
    for (size_t l = 0; l < factors.size(); ++l) {
      factors[l].A = keep * factors[l].A + (1 - keep) * batch[l].A;
      factors[l].Gamma = keep * factors[l].Gamma + (1 - keep) * batch[l].Gamma;
    }
  }
  const double root = std::sqrt(past.number("damping"));
  double product = 0;
  Vector direction = past.grad.back();
  std::vector<bool> clipped(direction.size(), false);
  for (size_t l = 0; l < factors.size(); ++l) {
    const auto& [A, Gamma] = factors[l];
    const Index J = A.rows(), O = Gamma.rows();
    const double pi =
        past.options.at("pi") == "true"
            ? std::sqrt(A.trace() / static_cast<double>(J) / (Gamma.trace() / static_cast<double>(O)))
            : 1;
    const Dense a = A + pi * root * Dense::Identity(J, J), gamma = Gamma + root / pi * Dense::Identity(O, O);
    const LayerBlocks& blocks = past.layout.layers[l];
    const Block& weights = past.layout.blocks[static_cast<size_t>(blocks.weights)];
    std::vector<size_t> index;  // of (o, j) in the parameters
    for (Index o = 0; o < O; ++o)
      for (Index j = 0; j < J; ++j)
        index.push_back(j < weights.cols ? at(weights, o, j)
                                         : at(past.layout.blocks[static_cast<size_t>(blocks.bias)], 0, o));
    Dense block(O * J, O * J);
    Eigen::VectorXd g(O * J);
    for (Index r = 0; r < O * J; ++r) {
      g[r] = past.grad.back()[index[static_cast<size_t>(r)]];
      for (Index c = 0; c < O * J; ++c) block(r, c) = gamma(r / J, c / J) * a(r % J, c % J);
    }
    const Eigen::VectorXd u = dense_solve(block, g);
    product += u.dot(g);
    for (Index r = 0; r < O * J; ++r) {
      direction[index[static_cast<size_t>(r)]] = u[r];
      clipped[index[static_cast<size_t>(r)]] = true;
    }
  }
  const double clip = past.number("kl-clip"), kl = past.rate.back() * past.rate.back() * product;
  const double nu = clip > 0 && kl > clip ? std::sqrt(clip / kl) : 1;
  Vector theta = past.theta.back();
  for (size_t i = 0; i < theta.size(); ++i)
    theta[i] -= past.rate.back() * (clipped[i] ? nu : 1) * direction[i];
  return theta;
}

}  // namespace

// The inverses amplify rounding by their factors' largest eigenvalues over the damping, here some hundreds
// each.
Twin kfac() {
  return {.name = "kfac",
          .step = step,
          .settings = {"", "fisher=exact decay=0.5 t-cov=1 t-inv=1 kl-clip=0",
                       "fisher=empirical damping=0.1 t-cov=1 t-inv=2", "pi=false kl-clip=0.5"},
          .roundings = 1000,
          .rate = 0.3};
}

}  // namespace symopt::test::twin
