// lines.hpp — the figures of a study's own as tables: panels.csv says what each panel shows, lines.csv holds
// its points, and timed_lines.csv those whose x is seconds, which no two runs have the same.
#pragma once
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "results/dictionary.hpp"

namespace symopt {

/// What a line is in its panel.
enum class Mark {
  line,
  level,
  jump,
  point
};  ///< a series; a grey level set; a move that is no step; a place

struct PanelInfo {
  static constexpr double kAuto = std::numeric_limits<double>::quiet_NaN();
  std::string title = {}, xname = {}, yname = {};
  bool log_x = false, log_y = false;
  /// x rises: a line is the mean over the runs with its band. Otherwise every run is a line of its own.
  bool band = true;
  bool timed = false;
  double x_low = kAuto, x_high = kAuto, y_low = kAuto, y_high = kAuto;
};

struct FigureInfo {
  std::string name;  ///< of its files: letters, digits, '-', '_' and '.', no other figure's
  std::string title, caption;
};

struct LinePoint {
  std::string series;
  Mark mark;
  int run;
  double x, y;
};

struct StudyFigure {
  struct Panel {
    PanelInfo info;
    std::vector<LinePoint> points;
  };
  FigureInfo info;
  std::vector<Panel> panels;
};

/// Collects figures in their order: figure, its panels, each with its points.
class LineTable {
 public:
  void figure(FigureInfo info) { figures_.push_back({std::move(info), {}}); }
  /// Of the last figure, where it is known only when its panels are.
  void set_caption(std::string caption) { figures_.back().info.caption = std::move(caption); }
  void panel(PanelInfo info) { figures_.back().panels.push_back({std::move(info), {}}); }
  void add(const std::string& series, int run, double x, double y, Mark mark = Mark::line) {
    figures_.back().panels.back().points.push_back({series, mark, run, x, y});
  }
  /// panels.csv, lines.csv and timed_lines.csv in `folder`.
  void write(const std::filesystem::path& folder) const;

 private:
  std::vector<StudyFigure> figures_;
};

/// Those tables, for the dictionary.
std::vector<TableInfo> line_tables();

/// The inverse of LineTable::write; empty where `folder` has no panels.csv. UserError naming file, line and
/// column where one is malformed.
std::vector<StudyFigure> read_lines(const std::filesystem::path& folder);

}  // namespace symopt
