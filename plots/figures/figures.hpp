// figures.hpp — gnuplot scripts and what feeds them, made from what a results folder holds.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "results/results.hpp"

namespace symopt {

/// One figure that was written: FOLDER/figures/NAME.gp and .dat, and, where gnuplot ran, the picture.
struct Figure {
  std::string name, title, caption;
  std::filesystem::path script, picture;  ///< picture is empty where gnuplot is not installed
};

/// Writes every figure that the results, and the tables of studies and certificates in their folder, can
/// feed, and runs gnuplot on each. `format` is png, svg or pdf. Every script also runs by hand: `gnuplot
/// NAME.gp` inside FOLDER/figures. UserError where the folder holds no results, cannot be written, or gnuplot
/// fails (with its message).
std::vector<Figure> write_figures(const Results& results, const std::string& format = "png");

}  // namespace symopt
