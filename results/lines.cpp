// lines.cpp — the tables of a study's own figures, out and in.
#include "results/lines.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/error.hpp"
#include "results/csv.hpp"
#include "results/text.hpp"

namespace symopt {

namespace fs = std::filesystem;

namespace {

constexpr const char* kPanelColumns =
    "figure,title,caption,panel,panel_title,xname,yname,log_x,log_y,band,timed,x_low,x_high,y_low,y_high";
constexpr const char* kLineColumns = "figure,panel,series,mark,run,x,y";
const std::vector<std::string> kMarks = {"line", "level", "jump", "point"};

void write_lines(const fs::path& path, const std::vector<StudyFigure>& figures, bool timed) {
  CsvWriter csv(path, kLineColumns);
  for (const StudyFigure& figure : figures)
    for (size_t p = 0; p < figure.panels.size(); ++p) {
      if (figure.panels[p].info.timed != timed) continue;
      for (const LinePoint& point : figure.panels[p].points) {
        csv << figure.info.name << static_cast<std::int64_t>(p + 1) << point.series
            << kMarks[static_cast<size_t>(point.mark)] << point.run << point.x << point.y;
        csv.end_row();
      }
    }
  csv.commit();
}

UserError wrong(const CsvTable& table, size_t row, const char* column, const std::string& expected) {
  return UserError(table.file.string(), fmt::format("line {}, column {}", table.lines[row], column), expected,
                   fmt::format("'{}'", escaped(table.rows[row][table.column(column)])));
}

int whole(const CsvTable& table, size_t row, const char* column) {
  const double value = table.number(row, table.column(column));
  if (!(value >= 0 && value <= 1e9 && value == static_cast<int>(value)))
    throw wrong(table, row, column, "an integer");
  return static_cast<int>(value);
}
bool flag(const CsvTable& table, size_t row, const char* column) {
  const int value = whole(table, row, column);
  if (value > 1) throw wrong(table, row, column, "0 or 1");
  return value == 1;
}

// A figure's name names files.
bool is_name(const std::string& text) {
  return !text.empty() && !text.starts_with('.') && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  });
}

void read_points(const fs::path& path, std::vector<StudyFigure>& figures, bool timed) {
  const CsvTable table = read_csv(path);
  for (size_t r = 0; r < table.rows.size(); ++r) {
    StudyFigure* figure = nullptr;
    for (StudyFigure& f : figures)
      if (f.info.name == table.rows[r][table.column("figure")]) figure = &f;
    if (figure == nullptr) throw wrong(table, r, "figure", "a figure of panels.csv");
    const int panel = whole(table, r, "panel");
    if (panel < 1 || panel > static_cast<int>(figure->panels.size()) ||
        figure->panels[static_cast<size_t>(panel - 1)].info.timed != timed)
      throw wrong(table, r, "panel", "a panel of panels.csv");
    const std::string& mark = table.rows[r][table.column("mark")];
    size_t m = 0;
    while (m < kMarks.size() && kMarks[m] != mark) ++m;
    if (m == kMarks.size()) throw wrong(table, r, "mark", "line, level, jump or point");
    figure->panels[static_cast<size_t>(panel - 1)].points.push_back(
        {table.rows[r][table.column("series")], static_cast<Mark>(m), whole(table, r, "run"),
         table.number(r, table.column("x")), table.number(r, table.column("y"))});
  }
}

}  // namespace

void LineTable::write(const fs::path& folder) const {
  CsvWriter csv(folder / "panels.csv", kPanelColumns);
  for (const StudyFigure& figure : figures_)
    for (size_t p = 0; p < figure.panels.size(); ++p) {
      const PanelInfo& i = figure.panels[p].info;
      csv << figure.info.name << figure.info.title << figure.info.caption << static_cast<std::int64_t>(p + 1)
          << i.title << i.xname << i.yname << int{i.log_x} << int{i.log_y} << int{i.band} << int{i.timed}
          << i.x_low << i.x_high << i.y_low << i.y_high;
      csv.end_row();
    }
  csv.commit();
  write_lines(folder / "lines.csv", figures_, false);
  write_lines(folder / "timed_lines.csv", figures_, true);
}

std::vector<StudyFigure> read_lines(const fs::path& folder) {
  std::vector<StudyFigure> figures;
  if (!fs::exists(folder / "panels.csv")) return figures;
  const CsvTable table = read_csv(folder / "panels.csv");
  for (size_t r = 0; r < table.rows.size(); ++r) {
    const auto text = [&](const char* column) { return table.rows[r][table.column(column)]; };
    const auto number = [&](const char* column) { return table.number(r, table.column(column)); };
    if (!is_name(text("figure"))) throw wrong(table, r, "figure", "letters, digits, '-', '_' and '.'");
    if (figures.empty() || figures.back().info.name != text("figure"))
      figures.push_back({{text("figure"), text("title"), text("caption")}, {}});
    if (whole(table, r, "panel") != static_cast<int>(figures.back().panels.size()) + 1)
      throw wrong(table, r, "panel", fmt::format("{}", figures.back().panels.size() + 1));
    figures.back().panels.push_back(
        {{text("panel_title"), text("xname"), text("yname"), flag(table, r, "log_x"), flag(table, r, "log_y"),
          flag(table, r, "band"), flag(table, r, "timed"), number("x_low"), number("x_high"), number("y_low"),
          number("y_high")},
         {}});
  }
  read_points(folder / "lines.csv", figures, false);
  read_points(folder / "timed_lines.csv", figures, true);
  return figures;
}

}  // namespace symopt
