// drawing.hpp — what each figure shows: the script's variables and the data blocks, from the results.
#pragma once
#include <limits>
#include <string>
#include <vector>

#include "plots/figures/gnuplot.hpp"
#include "plots/view.hpp"
#include "results/lines.hpp"

namespace symopt {

/// A figure before it is written. The script is: variables, style.gp, then `scripts` in their order.
struct Drawing {
  std::string name, title, caption;
  std::vector<std::string> scripts;
  int width = 0, height = 0;  ///< pixels at 96 to the inch
  ScriptVariables variables;
  DataBlocks data;
};

struct Point {
  double x, y;
};
/// A mean line: y is the mean, low and high its band.
struct BandPoint {
  double x, mean, low, high;
};
/// The mean over `curves` (x rising) from where the last of them starts, at every x where one of them has a
/// point. Between its points a curve is linear; one that has ended keeps its last value, so the line ends at
/// the mean of the last values. The band is one sample standard deviation to either side, or from the lowest
/// to the highest of fewer than three curves.
std::vector<BandPoint> mean_curve(const std::vector<std::vector<Point>>& curves);

/// Pixels to the left of a vertical axis that its title and the gap to the numbers take.
inline constexpr int kTitleRoom = 46;
/// Of an axis of epochs, at either end: symbols do not stand on the axis.
inline constexpr double kPadding = 0.02;

/// More bands than these hide one another and the lines.
inline constexpr int kMostBands = 6;

/// Which quantity of an epoch stands on an axis of a curve figure.
enum class Quantity { test_error, cost };
enum class Clock { epochs, steps, seconds };
Drawing curves(const NetworkView& network, Quantity quantity, Clock clock);
/// Of the profiles and scores, and of those of timings where they are there.
Drawing performance_profile(const Results& results, const std::vector<NetworkView>& networks);
Drawing learning_rate_search(const NetworkView& network);
Drawing annealing(const NetworkView& network);
Drawing test_error_by_trial(const NetworkView& network);
Drawing summary(const std::vector<NetworkView>& networks);
/// Of the ranks, which must be there.
Drawing critical_difference(const Results& results);
/// From invariance.csv, and from dof.csv and spectrum.csv, of `folder`.
Drawing invariance_map(const std::filesystem::path& folder);
Drawing jacobian_spectrum(const std::filesystem::path& folder);
/// From predictions.csv and class_colours.csv of `folder`, and the pictures that they name.
Drawing predictions(const std::filesystem::path& folder);

/// Panels of lines that a study left as tables.
Drawing study_figure(const StudyFigure& figure);

/// "mnist, archbn-4, 10 trials"
std::string setting_text(const NetworkView& network);
/// Of a caption: " Error: 1 − mean IoU of the classes.", or "" where it is a share of samples.
std::string error_note(const NetworkView& network);
/// Of the numbers behind the names in keys and at rows.
inline constexpr const char* kCountsHead = "Optimizer (completed/all trials)";
/// Sets title, size and the caption, broken to fit the width, among the variables.
void set_frame(Drawing& drawing, const std::string& title, const std::string& caption);
/// The optimizers' labels with counts, none longer than `length`; and their styles.
std::vector<std::string> labels(const NetworkView& network, int length, bool reasons);
std::vector<int> styles(const NetworkView& network);
/// The number of styles that must be defined.
int highest_style(const std::vector<NetworkView>& networks);

/// The lowest and highest finite value (and positive, if asked) that was seen.
struct Range {
  double low = std::numeric_limits<double>::infinity(), high = -std::numeric_limits<double>::infinity();
  void see(double value, bool positive = false);
  bool empty() const { return low > high; }
};

}  // namespace symopt
