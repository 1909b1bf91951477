// class_metrics.hpp — a trial's confusion matrices, and the metrics that they give.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "core/network/confusion.hpp"
#include "results/trial.hpp"

namespace symopt {

/// Adds every cell of a set's matrix to the rows of a record.
void keep_confusion(const std::string& set, const Confusion& confusion, std::vector<ConfusionCount>& rows);

/// The matrices of the record, by set in the order in which they were kept.
std::vector<std::pair<std::string, Confusion>> confusions(const TrialRecord& record);

/// A confusion as one error in [0, 1], by the protocol's metric; NaN where it is empty.
double error_of(const Confusion& confusion, const std::string& metric);

/// What a table says of its errors: "1 − mean IoU", or "" of plain ones.
std::string error_words(const std::string& metric);

}  // namespace symopt
