// figures.hpp — results folders for the tests of the figures, and their data files as gnuplot reads them.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "plots/figures/figures.hpp"
#include "results/trial.hpp"

namespace symopt::test {

/// An empty folder of its own that is removed at the end.
class FigureFolder {
 public:
  FigureFolder();
  ~FigureFolder();
  FigureFolder(const FigureFolder&) = delete;
  FigureFolder& operator=(const FigureFolder&) = delete;
  std::filesystem::path operator/(const std::string& name) const { return path / name; }
  std::filesystem::path path;
};

/// A completed trial of `epochs` epochs.
TrialRecord figure_trial(const std::string& optimizer, int number, int epochs,
                         const std::string& settings = "");
/// The same trial, had it ended with `status` after `epochs`.
TrialRecord unfinished(TrialRecord record, Status status, std::size_t epochs);
/// Five trials each of: sgd (4 to 8 epochs), b_sgd (trials 1, 2, 4 unfinished), dead (none completed), and
/// un(retraction=exp) (errors end at zero).
std::vector<TrialRecord> mixed_records();
void write_results(const std::filesystem::path& folder, const std::vector<TrialRecord>& records);

/// Blocks, rows, numbers, counted as gnuplot counts them: two empty lines or more between blocks.
using Blocks = std::vector<std::vector<std::vector<double>>>;
Blocks blocks(const std::string& text);
/// The blocks of FOLDER/figures/NAME.dat.
Blocks blocks_of(const std::filesystem::path& folder, const std::string& name);
/// The figure of that name; the test case fails where there is none.
const Figure& named(const std::vector<Figure>& figures, std::string_view name);

}  // namespace symopt::test
