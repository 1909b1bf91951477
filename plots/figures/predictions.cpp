// predictions.cpp — what networks see: input | truth | prediction of each optimizer, a row a test picture,
// with the colours of the classes.
#include "results/predictions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "core/text.hpp"
#include "plots/figures/drawing.hpp"
#include "results/table.hpp"

namespace symopt {

namespace {

constexpr int kPictureWidth = 190, kPictureGap = 8, kLegendRow = 22, kLegendWidth = 118;

}  // namespace

Drawing predictions(const std::filesystem::path& folder) {
  const std::vector<PredictionRow> table = read_table<PredictionRow>(folder / "predictions.csv");
  const std::vector<ClassColourRow> colours = read_table<ClassColourRow>(folder / "class_colours.csv");
  std::vector<std::string> columns;
  std::vector<int> samples;
  std::map<std::pair<int, std::string>, const PredictionRow*> cells;
  for (const PredictionRow& row : table) {
    const std::string column = row.kind == "input"   ? "Input"
                               : row.kind == "truth" ? "Ground truth"
                                                     : row.optimizer;
    if (std::ranges::find(columns, column) == columns.end()) columns.push_back(column);
    if (std::ranges::find(samples, row.sample) == samples.end()) samples.push_back(row.sample);
    cells[{row.sample, column}] = &row;
  }
  const double shape = table.empty() ? 0.75 : static_cast<double>(table[0].height) / table[0].width;
  const int height = std::max(1, static_cast<int>(std::lround(kPictureWidth * shape)));

  std::vector<std::string> files, notes, heads, rows;
  for (const int sample : samples) {
    rows.push_back(fmt::format("{}", sample));
    for (const std::string& column : columns) {
      const auto cell = cells.find({sample, column});
      files.push_back(cell == cells.end() ? "" : "../" + cell->second->file);
      const double accuracy = cell == cells.end() ? std::nan("") : cell->second->accuracy;
      notes.push_back(std::isnan(accuracy) ? "" : fmt::format("{:.1f} %", 100 * accuracy));
    }
  }
  for (const std::string& column : columns) heads.push_back(shorten(column, 24));
  std::vector<std::string> names, looks;
  for (const ClassColourRow& c : colours) {
    names.push_back(c.name);
    looks.push_back(fmt::format("#{:02X}{:02X}{:02X}", c.red, c.green, c.blue));
  }

  Drawing drawing;
  drawing.name = "predictions";
  drawing.scripts = {"predictions"};
  constexpr int kTop = 92, kLeft = 44, kNote = 18;
  const int wide = static_cast<int>(columns.size()), high = static_cast<int>(samples.size());
  drawing.width = std::max(640, kLeft + wide * (kPictureWidth + kPictureGap) + 20);
  const int in_a_row = std::max(1, (drawing.width - kLeft - 20) / kLegendWidth),
            legend_rows = (static_cast<int>(names.size()) + in_a_row - 1) / in_a_row;
  drawing.height = kTop + high * (height + kNote + kPictureGap) + legend_rows * kLegendRow + 56;
  set_frame(
      drawing, "What a network sees in test pictures",
      "Of each optimizer the first trial that completed. Numbers at the left: which test picture; below a "
      "prediction: the share of its pixels that are right, void ones not counted.");
  drawing.data.begin("none: the pictures are files of their own");
  ScriptVariables& v = drawing.variables;
  using Number = std::pair<const char*, int>;
  for (const auto& [name, value] :
       {Number{"columns", wide}, Number{"rows", high}, Number{"top", kTop}, Number{"left", kLeft},
        Number{"picture_width", kPictureWidth}, Number{"picture_height", height},
        Number{"pitch_x", kPictureWidth + kPictureGap}, Number{"pitch_y", height + kNote + kPictureGap},
        Number{"legend_row", kLegendRow}, Number{"legend_width", kLegendWidth}, Number{"in_a_row", in_a_row},
        Number{"legend_rows", legend_rows}, Number{"classes", static_cast<int>(names.size())}})
    v.set(name, static_cast<double>(value));
  if (files.empty()) files = notes = heads = rows = {""};
  if (names.empty()) names = {""}, looks = {"#FFFFFF"};
  v.set("file", files);
  v.set("note", notes);
  v.set("head", heads);
  v.set("sample", rows);
  v.set("class_name", names);
  v.set("class_colour", looks);
  return drawing;
}

}  // namespace symopt
