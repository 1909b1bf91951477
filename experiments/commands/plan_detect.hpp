// plan_detect.hpp — `symopt plan FOLDER --detect POINTS`: how many paired trials see a difference, from a
// pilot.
#pragma once
#include <filesystem>
#include <string>

#include "results/power.hpp"
#include "results/summary.hpp"

namespace symopt {

/// For every pair of optimizers: the standard deviation of their paired differences in the pilot with its 95
/// % interval, the trials that see `difference` (a fraction) with it and with both ends of the interval, the
/// trials after Holm's correction, and what the pilot's own pairs see.
std::string power_table(const std::vector<Comparison>& comparisons, double difference, const PowerRule& rule);

/// Prints it of a results folder or its config.ini. UsageError where it is neither, UserError where it has no
/// two optimizers' trials in common.
void plan_detection(const std::string& pilot, double difference, const PowerRule& rule);

}  // namespace symopt
