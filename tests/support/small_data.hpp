// small_data.hpp — data sets of a few dozen samples and trials that run on them in milliseconds.
#pragma once
#include <string>

#include "core/data/dataset.hpp"
#include "results/trial.hpp"

namespace symopt::test {

/// 60 + 30 samples of 8 inputs and 3 classes, which a network learns in part: noise around each class's mean.
Dataset noisy_classes();

/// 60 samples, sample i with only input i lit and a label of 3 that nothing but the sample itself tells.
/// Training on one sample says nothing about another, and the test samples are the training samples.
Dataset lone_samples();

/// A trial on `data`: a search of 3 rates over 24 + 12 samples, then up to 8 epochs over 36 + 24.
TrialSpec small_trial(const Dataset& data, const std::string& network, const std::string& optimizer,
                      int trial = 0);

/// 30 + 12 (for validation only) and 10 pictures of 4×6 pixels and 2 channels, each pixel of one of 3
/// classes; label 3 does not count.
Dataset noisy_pixels();

/// A trial on them as `symopt run segnet` has it: weights of classes, the running training error, 1 − mean
/// IoU, tests at the end; 4 epochs of 7 batches of 4, in single precision.
TrialSpec pixel_trial(const Dataset& data, const std::string& optimizer,
                      const std::string& network = "conv:4x6x2-4c3-p2s2-u-3c3-3c1/bn/relu");

}  // namespace symopt::test
