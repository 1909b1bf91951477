// predictions.hpp — pictures of what trained networks predict for the pixels of test samples.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "core/data/dataset.hpp"
#include "results/trial.hpp"

namespace symopt {

/// Test samples by number: "3,17", or of "auto" four, spread evenly. UsageError on anything else.
std::vector<int> chosen_samples(const std::string& text, const Dataset& data);

/// Input, truth and each optimizer's prediction for each sample as PNG files below `folder`, with
/// predictions.csv and class_colours.csv; pictures of earlier calls that are not among them go. An
/// optimizer's is that of its first completed trial, from its kept parameters. A line for those that have
/// none, or "".
std::string write_predictions(const std::vector<TrialRecord>& records, const Dataset& data,
                              const std::vector<int>& samples, const std::filesystem::path& folder);

}  // namespace symopt
