// heat_map.cpp — the certificates of equivariance as a picture: optimizers as rows, networks' groups as
// columns.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "core/text.hpp"
#include "plots/figures/axis.hpp"
#include "plots/figures/drawing.hpp"
#include "plots/numbers.hpp"
#include "results/certificate_rows.hpp"
#include "results/table.hpp"

namespace symopt {

namespace {

constexpr int kCell = 46;                // pixels from column to column
constexpr int kLetter = 7;               // and of a network's name at most from letter to letter
constexpr double kLow = -16, kHigh = 0;  // decimal logarithms: rounding in double, and a whole step

std::string word_of(const std::string& verdict) {
  if (verdict == "equivariant") return "yes";
  if (verdict == "canonicalizes") return "point";
  if (verdict == "to first order") return "1st";
  if (verdict == "not") return "no";
  return verdict == "refused" ? "–" : "x";
}

// Index of `name` in `names`, where it is added if it is not there.
size_t place(std::vector<std::string>& names, const std::string& name) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found != names.end()) return static_cast<size_t>(found - names.begin());
  names.push_back(name);
  return names.size() - 1;
}

// The first of two lines of a chain's text: as many whole parts as leave a second one that is no longer than
// `length`. Empty where one line is enough; the whole text where two are not.
std::string first_line(const std::string& text, int length) {
  if (text_length(text) <= length) return "";
  for (size_t dash = text.find('-'); dash != std::string::npos; dash = text.find('-', dash + 1))
    if (text_length(text.substr(dash + 1)) <= length)
      return static_cast<int>(dash + 1) <= length ? text.substr(0, dash + 1) : text;
  return text;
}

}  // namespace

Drawing invariance_map(const std::filesystem::path& folder) {
  const std::vector<CertificateRow> table = read_table<CertificateRow>(folder / "invariance.csv");

  // Only what is a symmetry of the network for some optimizer's start is a column.
  std::vector<std::string> networks, all_groups;
  std::map<std::string, std::set<size_t>> groups;  // of a network: places among all
  std::map<std::string, std::vector<std::string>> variants;
  for (const CertificateRow& row : table) {
    const size_t group = place(all_groups, row.group);
    // Settings are named where they tell rows of the map apart; invariance.csv has them all.
    place(variants[row.optimizer], row.settings);
    if (row.verdict != "not a symmetry here" && row.verdict != "refused") {
      place(networks, row.network);
      groups[row.network].insert(group);
    }
  }
  std::vector<std::string> rows, columns;
  std::vector<int> begin;
  std::map<std::pair<std::string, std::string>, int> column_of;
  for (const std::string& name : networks) {
    begin.push_back(static_cast<int>(columns.size()) + 1);
    for (const size_t g : groups[name]) {
      columns.push_back(all_groups[g]);
      column_of[{name, all_groups[g]}] = static_cast<int>(columns.size());
    }
  }

  Drawing drawing;
  drawing.name = "invariance";
  drawing.scripts = {"heat_map"};
  std::vector<std::string> words;
  std::vector<int> cell_column, cell_row, light, grey_column, grey_row;
  drawing.data.begin("column, row, log10 of the difference after one step, relative to the step");
  for (const CertificateRow& row : table) {
    const auto found = column_of.find({row.network, row.group});
    if (found == column_of.end()) continue;
    const std::string label = variants[row.optimizer].size() == 1
                                  ? row.optimizer
                                  : fmt::format("{} ({})", row.optimizer, row.settings);
    const int y = static_cast<int>(place(rows, shorten(label, 44))) + 1;
    const double difference = row.one_step;
    words.push_back(word_of(row.verdict));
    cell_column.push_back(found->second);
    cell_row.push_back(y);
    if (std::isfinite(difference)) {
      const double value = std::clamp(std::log10(std::max(difference, 1e-300)), kLow, kHigh);
      drawing.data.row({1. * found->second, 1. * y, value});
      light.push_back(value < 0.55 * kLow + 0.45 * kHigh + 2);
    } else {
      grey_column.push_back(found->second);
      grey_row.push_back(y);
      light.push_back(0);
    }
  }

  // A network's name stands above its columns, its layers in one line or two and what all of them have in the
  // last; slanted in one, and shortened, where the columns are too narrow for that.
  std::vector<std::string> heads, details, whole = networks;
  bool slanted = false, two = false;
  for (size_t i = 0; i < networks.size(); ++i) {
    const size_t slash = std::min(whole[i].find('/'), whole[i].size());
    details.push_back(whole[i].substr(std::min(slash + 1, whole[i].size())));
    const std::string layers = whole[i].substr(0, slash);
    const int next = i + 1 < begin.size() ? begin[i + 1] : static_cast<int>(columns.size()) + 1;
    const int length = kCell * (next - begin[i]) / kLetter;
    heads.push_back(first_line(layers, length));
    networks[i] = layers.substr(heads.back().size());
    two = two || !heads.back().empty();
    slanted = slanted || heads.back() == layers || text_length(details.back()) > length;
  }
  for (size_t i = 0; i < networks.size() && slanted; ++i) networks[i] = shorten(whole[i], 48);

  int longest = 0;
  for (const std::string& row : rows) longest = std::max(longest, text_width(row));
  const int left = 36 + longest, right = 110, top = slanted ? 150 : two ? 106 : 90, bottom = 100;
  const int grey_cells = static_cast<int>(grey_column.size());
  drawing.width = left + std::max(420, kCell * static_cast<int>(columns.size())) + right;
  drawing.height = top + 28 * std::max(1, static_cast<int>(rows.size())) + bottom;
  set_frame(drawing, "Does a step follow the symmetry?",
            "Colour, on a logarithmic scale: difference between the functions that one step reaches from w "
            "and from g·w, relative to "
            "the step. "
            "yes: equivariant; point: equivariant, as both ends are the same weights; 1st: to first order in "
            "the learning rate; no: not; x: g does not keep the "
            "starting function; –: the optimizer cannot serve the network.");
  if (columns.empty())
    columns = {""}, rows = {""}, networks = {"no symmetry in the table"}, heads = {""}, details = {""},
    begin = {1};
  if (words.empty()) words = {""}, cell_column = cell_row = {1}, light = {0};
  drawing.variables.set("left", left);
  drawing.variables.set("right", right);
  drawing.variables.set("top", top);
  drawing.variables.set("bottom", bottom);
  drawing.variables.set("low", kLow);
  drawing.variables.set("high", kHigh);
  std::vector<Tick> decades;
  for (double k = kLow; k <= kHigh; k += 4) decades.push_back({k, number_text(std::pow(10., k))});
  drawing.variables.set("cbticks", tick_list(decades));
  drawing.variables.set("columns", static_cast<double>(columns.size()));
  drawing.variables.set("rows", static_cast<double>(rows.size()));
  drawing.variables.set("groups", static_cast<double>(networks.size()));
  drawing.variables.set("cells", static_cast<double>(words.size()));
  drawing.variables.set("column", columns);
  drawing.variables.set("row", rows);
  drawing.variables.set("group", networks);
  drawing.variables.set("head", heads);
  drawing.variables.set("detail", details);
  drawing.variables.set("slanted", slanted);
  drawing.variables.set("begin", begin);
  drawing.variables.set("word", words);
  drawing.variables.set("cell_column", cell_column);
  drawing.variables.set("cell_row", cell_row);
  drawing.variables.set("light", light);
  drawing.variables.set_list("grey_column", grey_column);
  drawing.variables.set_list("grey_row", grey_row);
  drawing.variables.set("grey_count", grey_cells);
  return drawing;
}

}  // namespace symopt
