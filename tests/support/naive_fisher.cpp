// naive_fisher.cpp — the loss is the mean of −log p(y_b|x_b), so that a gradient with one label changed tells
// that sample's part: with T_k the gradient times B for label k at sample b, T_k − Σ_j p_j T_j = −∇ log
// p(k|x_b), because Σ_k p_k ∇ log p_k = 0 and the other samples' parts are the same in every T.
#include "tests/support/naive_fisher.hpp"

#include <cmath>

#include "tests/support/naive_train.hpp"

namespace symopt::test {

namespace {

void add(Vector& a, double factor, const Vector& b) {
  a.resize(b.size(), 0.0);
  for (size_t i = 0; i < b.size(); ++i) a[i] += factor * b[i];
}

void add(NaiveScore& score, double factor, const NaivePass& pass) {
  add(score.gradient, factor, pass.gradient);
  score.dz.resize(pass.layers.size());
  for (size_t l = 0; l < pass.layers.size(); ++l) {
    score.dz[l].resize(pass.layers[l].dz.size());
    for (size_t b = 0; b < score.dz[l].size(); ++b) add(score.dz[l][b], factor, pass.layers[l].dz[b]);
  }
}

}  // namespace

std::vector<std::vector<NaiveScore>> naive_scores(const NetworkSpec& spec, const Vector& theta,
                                                  const Rows& X) {
  const size_t B = X.size() * static_cast<size_t>(spec.shapes().back().pixels()),
               K = static_cast<size_t>(spec.classes());
  std::vector<std::vector<NaiveScore>> scores(B, std::vector<NaiveScore>(K));
  for (size_t b = 0; b < B; ++b) {
    std::vector<NaivePass> passes;
    for (size_t k = 0; k < K; ++k) {
      std::vector<std::uint8_t> labels(B, 0);
      labels[b] = static_cast<std::uint8_t>(k);
      passes.push_back(naive_train(spec, theta, X, labels));
    }
    for (size_t k = 0; k < K; ++k) {
      scores[b][k].p = std::exp(passes[k].log_probabilities[b][k]);
      add(scores[b][k], static_cast<double>(B), passes[k]);
      for (size_t j = 0; j < K; ++j)
        add(scores[b][k], -static_cast<double>(B) * std::exp(passes[j].log_probabilities[b][j]), passes[j]);
    }
  }
  return scores;
}

Rows naive_fisher(const NetworkSpec& spec, const Vector& theta, const Rows& X) {
  Rows F(theta.size(), Vector(theta.size(), 0.0));
  const auto scores = naive_scores(spec, theta, X);
  for (const auto& sample : scores)
    for (const NaiveScore& score : sample)
      for (size_t i = 0; i < F.size(); ++i)
        for (size_t j = 0; j < F.size(); ++j)
          F[i][j] += score.p * score.gradient[i] * score.gradient[j] / static_cast<double>(scores.size());
  return F;
}

}  // namespace symopt::test
