// sweep.hpp — axes of options and the points that a grid, random numbers or a Halton sequence (Halton 1960,
// shifted at random) take from them. Syntax and rules: docs/sweeps.md.
#pragma once
#include "experiments/plan/candidate.hpp"

namespace symopt {

/// One option and its values: a list, or an interval that a sampler draws from.
struct Axis {
  std::string optimizer;  ///< of this one only; empty: of every one
  std::string name;
  std::vector<std::string> values;          ///< of a list; empty: an interval
  double low = 0, high = 0;                 ///< of an interval
  bool logarithmic = false, range = false;  ///< range: given as one, so that it has edges
  bool from_one = false;                    ///< evenly in the logarithm of 1 − value, as for momenta
  bool integer = false;                     ///< values are rounded to whole numbers
  bool zipped = false;
  size_t dimension = 0;  ///< of the point it takes its coordinate from
};

/// "un.momentum=0,0.9", "lr=1e-4:1:log:9" (nine values), "lr=1e-4:1:log" (an interval),
/// "momentum=0.7:0.995:log1m" (one in the logarithm of 1 − value). UsageError naming the axis.
Axis parse_axis(const std::string& text);

/// What a request says of its sweep.
struct SweepSettings {
  std::string set;               ///< axes between blanks: every combination
  std::string zip;               ///< axes between blanks that advance together
  std::string sampler = "grid";  ///< grid, random, halton
  int budget = 0;                ///< points of each optimizer, for random and halton
  bool empty() const { return set.empty() && zip.empty(); }
  bool operator==(const SweepSettings&) const = default;
};

class Sweep {
 public:
  /// UsageError on what is malformed or at odds. `seed`: of the samplers.
  Sweep(const SweepSettings& settings, std::uint64_t seed);
  /// The candidates that `base` becomes, in their order: those of a grid with the last axis fastest, those of
  /// a sampler as they are drawn, each once. A coordinate depends on its axis's name, the point's number and
  /// the seed alone, so every optimizer that has an axis gets the same values. UsageError where `base` lacks
  /// an option that an axis names for all, or fixes one that is swept.
  std::vector<Candidate> points(const Candidate& base) const;
  /// Those that `entry` follows: its own, and everyone's that it has no own in the place of.
  std::vector<const Axis*> axes_of(const OptimizerEntry& entry) const;
  const std::vector<Axis>& axes() const { return axes_; }

 private:
  std::vector<Axis> axes_;
  SweepSettings settings_;
  std::uint64_t seed_;
};

/// What is there twice, for errors: "'un' twice", or "'0.1' and '1e-1', which are the same".
std::string twice(const std::string& first, const std::string& second);

/// Four significant digits: what a table shows of a computed value is what was trained with.
double rounded(double value);

}  // namespace symopt
