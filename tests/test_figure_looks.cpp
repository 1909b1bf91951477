// test_figure_looks.cpp — what a picky reader sees: colours by name, margins, ticks, headings, minus signs.
#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdlib>
#include <map>
#include <set>
#include <sstream>

#include "core/data/png.hpp"
#include "optimizers/optimizer.hpp"
#include "plots/figures/axis.hpp"
#include "plots/figures/drawing.hpp"
#include "plots/figures/figures.hpp"
#include "plots/figures/gnuplot.hpp"
#include "plots/figures/overlap.hpp"
#include "plots/numbers.hpp"
#include "plots/page/report.hpp"
#include "plots/styles.hpp"
#include "plots/view.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/figures.hpp"
#include "tests/support/records.hpp"

using namespace symopt;
using namespace symopt::test;
namespace fs = std::filesystem;

namespace {

// The value of a script's variable, as it stands there.
std::string variable(const std::string& script, const std::string& name) {
  const std::size_t at = script.find("\n" + name + " = ");
  INFO(name);
  REQUIRE(at != std::string::npos);
  const std::size_t begin = at + name.size() + 4;
  return script.substr(begin, script.find('\n', begin) - begin);
}

// The numbers of `array NAME[n] = [a,b,…]`.
std::vector<double> numbers(const std::string& script, const std::string& name) {
  const std::size_t at = script.find("\narray " + name + "[");
  INFO(name);
  REQUIRE(at != std::string::npos);
  const std::size_t begin = script.find("= [", at) + 3;
  std::istringstream list(script.substr(begin, script.find(']', begin) - begin));
  std::vector<double> values;
  for (std::string number; std::getline(list, number, ',');) values.push_back(std::atof(number.c_str()));
  return values;
}

// The texts of `array NAME[n]` and its assignments.
std::vector<std::string> texts(const std::string& script, const std::string& name) {
  std::vector<std::string> values;
  for (int i = 1;; ++i) {
    const std::string start = "\n" + name + "[" + std::to_string(i) + "] = '";
    const std::size_t at = script.find(start);
    if (at == std::string::npos) return values;
    const std::size_t begin = at + start.size();
    values.push_back(script.substr(begin, script.find("'\n", begin) - begin));
  }
}

std::vector<TrialRecord> trials_of(const std::vector<std::string>& optimizers, int count, int epochs) {
  std::vector<TrialRecord> records;
  for (const std::string& optimizer : optimizers)
    for (int t = 0; t < count; ++t) records.push_back(figure_trial(optimizer, t, epochs));
  return records;
}

std::vector<Figure> figures_of(const FigureFolder& folder, const std::vector<TrialRecord>& records) {
  write_results(folder.path, records);
  return write_figures(read_results(folder.path));
}

// By the name before the brackets or the colon, each style that the scripts give it; columns of keys differ.
std::map<std::string, std::set<int>> styles_in(const std::vector<Figure>& figures) {
  std::map<std::string, std::set<int>> styles;
  for (const Figure& figure : figures) {
    const std::string script = read_text(figure.script);
    const std::vector<std::string> labels = texts(script, "label");
    const std::vector<double> numbers_of = numbers(script, "style");
    REQUIRE(labels.size() == numbers_of.size());
    for (std::size_t i = 0; i < labels.size(); ++i)
      styles[labels[i].substr(0, labels[i].find_first_of(" :"))].insert(static_cast<int>(numbers_of[i]));
  }
  return styles;
}

}  // namespace

TEST_CASE(
    "figures: an optimizer has one style by its name, in every figure and on the page, whoever is beside "
    "it") {
  FigureFolder one, two;
  const auto first = styles_in(figures_of(one, trials_of({"sgd", "b-sgd", "un"}, 2, 3)));
  const auto figures = figures_of(two, trials_of({"adam", "un", "kfac", "sgd"}, 2, 3));
  const auto second = styles_in(figures);
  for (const char* const name : {"sgd", "un"}) {
    INFO(name);
    REQUIRE(first.at(name).size() == 1);
    CHECK(first.at(name) == second.at(name));
  }
  std::set<int> colours;
  for (const auto& [name, styles] : second) {
    REQUIRE(styles.size() == 1);
    colours.insert((*styles.begin() - 1) % kColours);
  }
  CHECK(colours.size() == 4);
  write_text(two / "config.ini", "experiment = test\n");
  const std::string page = read_text(write_report(read_results(two.path), figures).html);
  for (const auto& [name, styles] : second) {
    INFO(name);
    const std::size_t at = page.find("{\"label\":\"" + name + "\"");
    REQUIRE(at != std::string::npos);
    CHECK(page.find("\"style\":" + std::to_string(*styles.begin()) + ",", at) < at + 80);
  }
}

TEST_CASE(
    "figures: names that have no fixed style get one by their letters, apart and whatever their order") {
  std::set<std::string> names = {"sgd", "un"};
  for (int i = 0; i < 33; ++i) names.insert("sgd(momentum=0." + std::to_string(i) + ")");
  Styles all(names);
  std::set<int> taken;
  for (const std::string& name : names) taken.insert(all.of(name));
  CHECK(taken.size() == 35);
  CHECK(*taken.rbegin() <= kTellApart);
  CHECK(all.highest() == *taken.rbegin());
  // The 36th has the colour and the dash of another, and another symbol.
  const int more = all.of("one more");
  CHECK_FALSE(taken.contains(more));
  for (const int style : taken) CHECK_FALSE(((style - more) % 35 == 0 && (style - more) % 8 == 0));

  const std::vector<std::string> few = {"un", "un(retraction=exp)", "sgd(momentum=0.5)", "x", "y"};
  Styles alone({few.begin(), few.end()});
  std::set<int> colours;
  for (const std::string& name : few) colours.insert((alone.of(name) - 1) % kColours);
  CHECK(colours.size() == few.size());
  Styles reversed({few.rbegin(), few.rend()});
  for (const std::string& name : few) CHECK(alone.of(name) == reversed.of(name));
  // Another name of fixed style beside it moves it only where the two would look alike.
  Styles single({"x"}), beside({"x", "un"});
  CHECK((single.of("x") == beside.of("x") || (single.of("x") - beside.of("un")) % kColours == 0));
}

TEST_CASE("figures: every optimizer of the registry looks like no other, whoever is beside it") {
  std::set<std::string> names;
  for (const OptimizerEntry& entry : optimizer_registry()) names.insert(entry.name);
  Styles together(names);
  std::map<int, std::string> styles;
  for (const std::string& name : names) {
    Styles alone({name});
    INFO("optimizer '" << name << "' needs a number of its own in plots/styles.cpp, found " << alone.of(name)
                       << " alone and " << together.of(name) << " beside all others");
    CHECK(alone.of(name) == together.of(name));
    const auto [other, is_new] = styles.emplace(together.of(name), name);
    INFO("which '" << other->second << "' has");
    CHECK(is_new);
  }
}

TEST_CASE("figures: titles of axes stand beside their numbers, however long these are") {
  FigureFolder folder;
  std::vector<TrialRecord> records = trials_of({"sgd", "un"}, 2, 8);
  for (TrialRecord& record : records)
    for (std::size_t e = 0; e < record.curve.size(); ++e) {
      record.curve[e].cost = 3e-3 * std::pow(0.3, static_cast<double>(e));
      record.curve[e].learning_rate = 2e-5 * std::pow(0.6, static_cast<double>(e));
    }
  const auto figures = figures_of(folder, records);
  for (const char* const name : {"cost_archbn-2", "annealing_archbn-2", "learning_curves_archbn-2"}) {
    const Figure& figure = named(figures, name);
    if (figure.picture.empty()) return;
    const std::string script = read_text(figure.script);
    const Picture picture = read_png(figure.picture, 3);
    const bool panels = std::string(name).starts_with("annealing");
    const int axis = 2 * static_cast<int>(panels ? std::atof(variable(script, "left").c_str())
                                                 : numbers(script, "left")[0]);
    // Of the columns left of the axis, between the heading and the captions, those that are not white: first
    // the title alone, then a gap.
    const int top = 2 * 46,
              bottom = picture.height - 2 * (70 + 16 * std::atoi(variable(script, "captions").c_str()));
    const auto is_inked = [&](int x) {
      for (int y = top; y < bottom; ++y)
        if (picture.pixels[3 * (static_cast<std::size_t>(y) * picture.width + x)] < 200) return true;
      return false;
    };
    int begin = 0;
    while (begin < axis && !is_inked(begin)) ++begin;
    int end = begin;
    while (end < axis && is_inked(end)) ++end;
    INFO(name << ": the title from " << begin << " to " << end << ", the axis at " << axis);
    // Letters of 11 points are 15 pixels high, and there are two points a pixel.
    CHECK(end - begin <= 2 * 16);
    int gap = end;
    while (gap < axis && !is_inked(gap)) ++gap;
    CHECK(gap - end >= 4);
    CHECK(gap < axis - 8);  // numbers follow
  }
}

TEST_CASE("figures: the end of test errors has a panel of its own, where two tenths of a percent are apart") {
  FigureFolder folder;
  std::vector<TrialRecord> records = trials_of({"sgd", "un", "adam"}, 2, 12);
  for (TrialRecord& record : records)
    for (std::size_t e = 0; e < record.curve.size(); ++e) {
      const double last = record.spec.optimizer == "sgd"  ? 0.0150
                          : record.spec.optimizer == "un" ? 0.0170
                                                          : 0.20;
      record.curve[e].test_error = last + 0.7 * std::exp(-1.2 * static_cast<double>(e));
    }
  const auto figures = figures_of(folder, records);
  const std::string script = read_text(named(figures, "learning_curves_archbn-2").script);
  CHECK(variable(script, "panels") == "2");
  const std::vector<double> low = numbers(script, "ymin"), high = numbers(script, "ymax"),
                            left = numbers(script, "xmin"), right = numbers(script, "xmax");
  CHECK(low[1] < 1.5);
  CHECK(low[1] > 1);
  CHECK(high[1] > 1.7);
  CHECK(high[1] < 4);
  CHECK(left[1] == 6);
  CHECK(right[1] >= 12);
  // 0.2 points are more than a twentieth of the panel's height there, and less than a fiftieth on the left.
  CHECK(0.2 / (high[1] - low[1]) > 1. / 20);
  CHECK(variable(script, "heading").find("Test error") == 1);
  const std::string caption = named(figures, "learning_curves_archbn-2").caption;
  CHECK(caption.find("above it: adam.") != std::string::npos);
  // Five epochs are all end.
  FigureFolder other;
  const auto few = figures_of(other, trials_of({"sgd"}, 2, 5));
  CHECK(variable(read_text(named(few, "learning_curves_archbn-2").script), "panels") == "1");
}

TEST_CASE("figures: a logarithmic axis says so, has ticks near the result, and epochs begin at 1") {
  FigureFolder folder;
  std::vector<TrialRecord> records = trials_of({"sgd", "un"}, 2, 8);
  for (TrialRecord& record : records)
    for (std::size_t e = 0; e < record.curve.size(); ++e)
      record.curve[e].test_error = 0.0155 + 0.7 * std::exp(-1.5 * static_cast<double>(e));
  const auto figures = figures_of(folder, records);
  const std::string script = read_text(named(figures, "learning_curves_archbn-2").script);
  CHECK(variable(script, "logarithmic") == "1");
  CHECK(variable(script, "yname") == "'Test error (%, logarithmic axis)'");
  const std::string y_ticks = texts(script, "yticks").at(0), x_ticks = texts(script, "xticks").at(0);
  CHECK(y_ticks.find("\"1.5\" 1.5") != std::string::npos);  // the result is 1.55
  CHECK(x_ticks.starts_with("(\"1\" 1,"));
  CHECK(x_ticks.find("\"0\"") == std::string::npos);
  CHECK(numbers(script, "xmin")[0] > 0.5);
  const std::string rates = read_text(named(figures, "annealing_archbn-2").script);
  CHECK(variable(rates, "yname").find("logarithmic") != std::string::npos);
  CHECK(std::atof(variable(rates, "xmin").c_str()) > 0.5);
  CHECK(variable(read_text(named(figures, "learning_rate_search_archbn-2").script), "xname")
            .find("logarithmic") != std::string::npos);
}

TEST_CASE("figures: ticks have room for their numbers, and on a logarithmic axis one stands near every end") {
  for (const double low : {1e-9, 0.002, 0.9, 1.35, 14.})
    for (const double ratio : {1.05, 1.6, 3., 9., 50., 700., 3e4, 1e7, 1e12})
      for (const bool upright : {false, true}) {
        const AxisSpan axis{
            .low = low, .high = low * ratio, .pixels = 340, .logarithmic = true, .upright = upright};
        std::vector<Tick> ticks = ticks_of(axis);
        INFO(low << " to " << low * ratio << ": " << tick_list(ticks));
        std::erase_if(ticks, [](const Tick& tick) { return tick.text.empty(); });
        REQUIRE(ticks.size() >= 2);
        const auto pixel = [&](const Tick& t) { return 340 * std::log(t.at / low) / std::log(ratio); };
        for (std::size_t i = 0; i < ticks.size(); ++i) {
          CHECK(pixel(ticks[i]) >= -1e-3);
          CHECK(pixel(ticks[i]) <= 340 + 1e-3);
          if (i == 0) continue;
          const double room =
              upright ? 18 : (text_width(ticks[i - 1].text) + text_width(ticks[i].text)) / 2. + 8;
          CHECK(pixel(ticks[i]) - pixel(ticks[i - 1]) >= room);
        }
        // Within a third of the axis, whichever end a line ends at.
        CHECK(pixel(ticks.front()) <= 115);
        CHECK(pixel(ticks.back()) >= 225);
      }
  const auto whole = ticks_of({.low = 1, .high = 3, .pixels = 400, .whole = true});
  REQUIRE(whole.size() == 3);
  CHECK(whole[0].text == "1");
  CHECK(whole[2].text == "3");
  CHECK(ticks_of({.low = 0.1, .high = 0.1, .pixels = 300}).size() == 1);
}

TEST_CASE("figures: lines that coincide are dashed over each other, and the caption names them") {
  FigureFolder folder;
  const auto figures = figures_of(folder, [] {
    std::vector<TrialRecord> records = trials_of({"sgd", "b-sgd", "un"}, 2, 4);
    for (std::size_t i = 0; i < records.size(); ++i)
      for (std::size_t e = 0; e < 4; ++e)
        records[i].curve[e].test_error = (i < 4 ? 0.3 : 0.5) / static_cast<double>(e + 1);
    return records;
  }());
  const Figure& figure = named(figures, "learning_curves_archbn-2");
  CHECK(figure.caption.find("dashed over each other: sgd and b-sgd.") != std::string::npos);
  CHECK(numbers(read_text(figure.script), "cover") == std::vector<double>{24, 12, 0});
  // Every one of three has pixels of its own in each period.
  const Overlap three =
      overlap_of({{{0, 0}, {1, 1}}, {{0, 0}, {1, 1}}, {{0, 0.5}, {1, 1}}, {{0, 0.0005}, {1, 1}}});
  REQUIRE(three == Overlap{{0, 1, 3}});
  CHECK(cover_of(three, 4) == std::vector<int>{24, 16, 0, 8});
  CHECK(overlap_text(three, {"a", "b", "c", "d"}) == "a, b and d");
}

TEST_CASE(
    "figures: titles begin with a capital, keys say what their numbers are, pictures have two points a "
    "pixel") {
  FigureFolder folder;
  const auto figures = figures_of(folder, trials_of({"sgd", "un"}, 3, 8));
  for (const Figure& figure : figures) {
    INFO(figure.title);
    CHECK(std::isupper(static_cast<unsigned char>(figure.title[0])));
    const std::string script = read_text(figure.script);
    if (!figure.picture.empty()) {
      const Picture picture = read_png(figure.picture, 3);
      CHECK(picture.width == 2 * std::atoi(variable(script, "width").c_str()));
      CHECK(picture.height == 2 * std::atoi(variable(script, "height").c_str()));
    }
    if (figure.name == "performance_profile")
      CHECK(variable(script, "key_head") == "'Score by epochs, by seconds (solved/all)'");
    else if (figure.name.starts_with("annealing") || figure.name.starts_with("learning_rate_search"))
      CHECK(figure.caption.find("In brackets: completed of all trials.") != std::string::npos);
    else
      CHECK(script.find("'Optimizer (completed/all trials)'") != std::string::npos);
    for (const char* const axis : {"xname", "yname"})
      if (script.find(std::string("\n") + axis + " = '") != std::string::npos)
        CHECK(std::isupper(static_cast<unsigned char>(variable(script, axis)[1])));
  }
}

TEST_CASE("numbers: a minus is no hyphen, small and large ones are powers of ten") {
  CHECK(number_text(0.05) == "0.05");
  CHECK(number_text(-3) == "−3");
  CHECK(number_text(1e-5) == "10⁻⁵");
  CHECK(number_text(2e-5) == "2×10⁻⁵");
  CHECK(number_text(-2.5e7) == "−2.5×10⁷");
  CHECK(number_text(0) == "0");
  CHECK(number_text(20000) == "20000");
  CHECK(number_text(0.1 + 0.2) == "0.3");
  CHECK(number_text(1 / 0.) == "∞");
  CHECK(number_text(std::nan("")) == "–");
  CHECK(with_minus("-0.5 to +1.2e-3") == "−0.5 to +1.2e−3");
}
