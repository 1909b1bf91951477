// variation.hpp — what tells the trials of one optimizer apart in tables: its own options, and whatever else
// of them varies.
#pragma once
#include <string>
#include <vector>

#include "results/trial.hpp"

namespace symopt {

/// A text for each record, in their order: its optimizer's options that differ from their defaults, then, as
/// name=value, those of start, precision and the protocol's options that vary among the records of the same
/// data set, network and optimizer (learning-rate as lr). Where nothing else varies it is spec.settings.
std::vector<std::string> settings_texts(const std::vector<TrialRecord>& records);
std::vector<std::string> settings_texts(const std::vector<TrialSpec>& specs);

/// Of those texts the ones that tell apart: "" where all records of the data set, network and optimizer have
/// the same.
std::vector<std::string> distinct_settings(const std::vector<TrialRecord>& records);

}  // namespace symopt
