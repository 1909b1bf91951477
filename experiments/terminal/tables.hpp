// tables.hpp — what the terminal shows of a table of trials.
#pragma once
#include "results/ranking.hpp"
#include "results/summary.hpp"
#include "results/targets.hpp"

namespace symopt {

/// Lines of cells as aligned columns; the first `left` columns flush left, the others right. Widths count
/// characters, not bytes.
std::string align(const std::vector<std::vector<std::string>>& rows, size_t left);

/// A network by name, behind its data set's where there are several of those.
std::string network_place(bool several, const std::string& dataset, const std::string& network);

/// "Data set: NAME" and a line break; what the program draws itself is said to be so, and what could be taken
/// for another not to be it.
std::string data_set_line(const std::string& name);

/// "Error: 1 − mean IoU …" and a line break; "" where an error is a share of samples.
std::string error_line(const std::string& metric);

/// The paper's layout: mean ± variance of the test error, completed and diverged trials, median seconds of a
/// trial.
std::string error_table(const std::vector<Group>& groups, const IntervalRule& rule);
/// Epochs to the target: median and range over all trials, how many reached it, and median seconds.
std::string effort_table(const std::vector<TargetGroup>& groups);
/// Every pair of optimizers: difference, interval, both tests with Holm's correction, effect size, and why a
/// pair has no test. Of more pairs than anybody reads in a terminal only the number.
std::string comparison_table(const std::vector<Comparison>& comparisons);
/// Mean ranks over the problems with their tests; "" where there is nothing to rank.
std::string ranking_table(const Ranking& ranking);
/// Chosen learning rates: how many trials chose which, and how many at an edge of the grid.
std::string rate_table(const std::vector<TrialRecord>& records);
/// What teleports did to gradient and loss, by network and optimizer; empty where no trial has any.
std::string teleport_table(const std::vector<TrialRecord>& records);

}  // namespace symopt
