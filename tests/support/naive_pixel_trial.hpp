// naive_pixel_trial.hpp — the full training of a trial with a class for each pixel once more, by loops in
// double throughout: the network's passes (naive_train.hpp), the optimizer's steps (twins.hpp), running
// statistics, weights of classes and metrics. Nothing of the fast code but starting values and random
// streams.
#pragma once
#include "core/data/dataset.hpp"
#include "results/trial.hpp"
#include "tests/support/naive_network.hpp"

namespace symopt::test {

/// What becomes of a set of samples, pixel by pixel.
struct NaiveMeasure {
  std::vector<std::vector<std::int64_t>> confusion;  ///< label, predicted: pixels that count
  double loss = 0;                                   ///< mean, weighted by class, nats
  double accuracy() const;
  double mean_iou() const;  ///< of the classes that are labels or predicted somewhere
};

struct NaivePixelTrial {
  std::vector<Vector> theta, gradient;  ///< theta before each step and after the last one
  Vector loss;                          ///< of each step's batch
  Vector class_weights;
  NaiveStatistics statistics;                   ///< running, after the last step
  std::vector<NaiveMeasure> train, validation;  ///< of each epoch: batches before their steps; afterwards
  NaiveMeasure test;                            ///< after the last epoch
};

/// Of a spec without a search, early stopping and annealing. Inputs and parameters are moved by up to
/// `gamma`, relatively, at every step and evaluation, as sums that round would move them.
NaivePixelTrial naive_pixel_trial(const TrialSpec& spec, const Dataset& data, double gamma = 0);

}  // namespace symopt::test
