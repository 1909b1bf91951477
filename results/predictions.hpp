// predictions.hpp — what trained networks make of chosen test pictures: a table of picture files, and the
// classes' colours, which a figure is drawn from.
#pragma once
#include <string>
#include <vector>

#include "results/dictionary.hpp"
#include "results/rows.hpp"

namespace symopt {

inline constexpr const char* kPredictionsFolder = "predictions";

/// predictions.csv
struct PredictionRow {
  int sample = 0;         ///< of the test set
  std::string kind;       ///< input, truth, prediction
  std::string optimizer;  ///< its label; empty for input and truth
  int trial = 0;
  double accuracy = 0;  ///< share of the pixels that count that are right; NaN for input and truth
  int width = 0, height = 0;
  std::string file;  ///< in the results folder
};
/// class_colours.csv
struct ClassColourRow {
  int label = 0;
  std::string name;
  int red = 0, green = 0, blue = 0;
};

template <>
const Columns<PredictionRow>& columns_of();
template <>
const Columns<ClassColourRow>& columns_of();

/// Both tables, for the dictionary.
std::vector<TableInfo> prediction_tables();

}  // namespace symopt
