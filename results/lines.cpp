// lines.cpp — the tables of a study's own figures, out and in.
#include "results/lines.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "results/table.hpp"

namespace symopt {

namespace fs = std::filesystem;

// A row of panels.csv, and one of lines.csv and timed_lines.csv.
struct PanelRow : PanelInfo {
  std::string figure, figure_title, caption;
  int panel = 0;
};
struct LineRow {
  std::string figure;
  int panel = 0;
  std::string series, mark;
  int run = 0;
  double x = 0, y = 0;
};

template <>
const Columns<PanelRow>& columns_of() {
  using R = PanelRow;
  using C = Column<R>;
  static const Columns<R> columns({
      C{"figure", &R::figure, "which figure, by its name"},
      C{"title", &R::figure_title, "the figure's title"},
      C{"caption", &R::caption, "what its caption begins with"},
      C{"panel", &R::panel, "which of its panels, from 1"},
      C{"panel_title", &R::title, "the panel's title"},
      C{"xname", &R::xname, "what x is, with its unit"},
      C{"yname", &R::yname, "what y is, with its unit"},
      C{"log_x", &R::log_x, "1 where the axis of x is logarithmic, else 0"},
      C{"log_y", &R::log_y, "the same of y"},
      C{"band", &R::band, "1 where runs are drawn as their mean and band, 0 where each is a line of its own"},
      C{"timed", &R::timed, "1 where x is seconds, so that the points are in `timed_lines.csv`"},
      C{"x_low", &R::x_low, "lower end of the axis of x; `nan` where it follows the data"},
      C{"x_high", &R::x_high, "its upper end"},
      C{"y_low", &R::y_low, "lower end of the axis of y"},
      C{"y_high", &R::y_high, "its upper end"},
  });
  return columns;
}

template <>
const Columns<LineRow>& columns_of() {
  using R = LineRow;
  using C = Column<R>;
  static const Columns<R> columns({
      C{"figure", &R::figure, "which figure"},
      C{"panel", &R::panel, "which of its panels, from 1"},
      C{"series", &R::series, "the line"},
      C{"mark", &R::mark, "how it is drawn: `line`, `jump`, `level` set or `point`"},
      C{"run", &R::run, "the run (trial, seed) that the point belongs to"},
      C{"x", &R::x, "in the unit that `panels.csv` names"},
      C{"y", &R::y, "in the unit that `panels.csv` names"},
  });
  return columns;
}

std::vector<TableInfo> line_tables() {
  return {table_info<PanelRow>("panels.csv", "a panel of a figure", "What a study's figures are drawn from."),
          table_info<LineRow>("lines.csv, timed_lines.csv", "a point of a panel",
                              "Lines with seconds on an axis are in `timed_lines.csv`.")};
}

namespace {

const std::vector<std::string> kMarks = {"line", "level", "jump", "point"};

void write_points(const fs::path& path, const std::vector<StudyFigure>& figures, bool timed) {
  TableWriter<LineRow> table(path);
  for (const StudyFigure& figure : figures)
    for (size_t p = 0; p < figure.panels.size(); ++p) {
      if (figure.panels[p].info.timed != timed) continue;
      for (const LinePoint& point : figure.panels[p].points)
        table.add({figure.info.name, static_cast<int>(p + 1), point.series,
                   kMarks[static_cast<size_t>(point.mark)], point.run, point.x, point.y});
    }
  table.commit();
}

// A figure's name names files, which a program that is told of them must not take for options.
bool is_name(const std::string& text) {
  return !text.empty() && !text.starts_with('.') && !text.starts_with('-') &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                  c == '_' || c == '.';
         });
}

void read_points(const fs::path& path, std::vector<StudyFigure>& figures, bool timed) {
  TableReader<LineRow> table(path);
  for (LineRow row; table.next(row);) {
    const auto figure = std::find_if(figures.begin(), figures.end(),
                                     [&](const StudyFigure& f) { return f.info.name == row.figure; });
    if (figure == figures.end()) throw table.malformed("figure", "a figure of panels.csv");
    if (row.panel < 1 || row.panel > static_cast<int>(figure->panels.size()) ||
        figure->panels[static_cast<size_t>(row.panel - 1)].info.timed != timed)
      throw table.malformed("panel", "a panel of panels.csv");
    const auto mark = std::find(kMarks.begin(), kMarks.end(), row.mark);
    if (mark == kMarks.end()) throw table.malformed("mark", "line, level, jump or point");
    figure->panels[static_cast<size_t>(row.panel - 1)].points.push_back(
        {row.series, static_cast<Mark>(mark - kMarks.begin()), row.run, row.x, row.y});
  }
}

}  // namespace

void LineTable::write(const fs::path& folder) const {
  TableWriter<PanelRow> table(folder / "panels.csv");
  for (const StudyFigure& figure : figures_)
    for (size_t p = 0; p < figure.panels.size(); ++p)
      table.add({figure.panels[p].info, figure.info.name, figure.info.title, figure.info.caption,
                 static_cast<int>(p + 1)});
  table.commit();
  write_points(folder / "lines.csv", figures_, false);
  write_points(folder / "timed_lines.csv", figures_, true);
}

std::vector<StudyFigure> read_lines(const fs::path& folder) {
  std::vector<StudyFigure> figures;
  if (!fs::exists(folder / "panels.csv")) return figures;
  TableReader<PanelRow> table(folder / "panels.csv");
  for (PanelRow row; table.next(row);) {
    if (!is_name(row.figure))
      throw table.malformed("figure", "letters, digits, '-', '_' and '.', the first of them no '-' or '.'");
    if (figures.empty() || figures.back().info.name != row.figure)
      figures.push_back({{row.figure, row.figure_title, row.caption}, {}});
    if (row.panel != static_cast<int>(figures.back().panels.size()) + 1)
      throw table.malformed("panel", fmt::format("{}", figures.back().panels.size() + 1));
    figures.back().panels.push_back({row, {}});
  }
  read_points(folder / "lines.csv", figures, false);
  read_points(folder / "timed_lines.csv", figures, true);
  return figures;
}

}  // namespace symopt
