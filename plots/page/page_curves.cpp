// page_curves.cpp — the interactive learning curves: their data as JSON, their controls as HTML.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "plots/figures/drawing.hpp"
#include "plots/page/markup.hpp"
#include "plots/page/page.hpp"

namespace symopt {

namespace {

// More points than these on a line are not seen, and make the page heavy.
constexpr std::size_t kMostPoints = 150;

struct Quantities {
  const char *name, *title;
  double EpochResult::*field;
  double scale;
};
constexpr Quantities kQuantities[] = {
    {"test_error", "Test error", &EpochResult::test_error, 100},
    {"validation_error", "Validation error", &EpochResult::validation_error, 100},
    {"train_error", "Training error", &EpochResult::train_error, 100},
    {"cost", "Training cost", &EpochResult::cost, 1}};
struct Clocks {
  const char *name, *title;
  Clock clock;
};
constexpr Clocks kClocks[] = {{"epochs", "Epoch", Clock::epochs},
                              {"steps", "Optimizer steps", Clock::steps},
                              {"seconds", "Training seconds", Clock::seconds}};

double position(const EpochResult& epoch, Clock clock) {
  return clock == Clock::epochs ? epoch.epoch : clock == Clock::steps ? epoch.steps : epoch.seconds;
}

std::string list(const std::vector<BandPoint>& line, double BandPoint::*field) {
  std::string text = "[";
  // Evenly thinned, the first and the last point kept.
  const std::size_t n = std::min(line.size(), kMostPoints);
  for (std::size_t i = 0; i < n; ++i) {
    const std::size_t at = n < 2 ? 0 : i * (line.size() - 1) / (n - 1);
    if (i > 0) text += ',';
    text += json_number(line[at].*field);
  }
  return text + "]";
}

std::string curve(const OptimizerView& optimizer, const Quantities& quantity, Clock clock) {
  std::vector<std::vector<Point>> trials;
  for (const TrialResult& trial : optimizer.trials) {
    if (!trial.completed() || trial.curve.empty()) continue;
    std::vector<Point> points;
    for (const EpochResult& epoch : trial.curve)
      points.push_back({position(epoch, clock), quantity.scale * (epoch.*quantity.field)});
    // A trial without timings would leave the mean without a start.
    if (std::isfinite(points.back().x)) trials.push_back(std::move(points));
  }
  const std::vector<BandPoint> line = mean_curve(trials);
  return fmt::format("{{\"x\":{},\"mean\":{},\"low\":{},\"high\":{}}}", list(line, &BandPoint::x),
                     list(line, &BandPoint::mean), list(line, &BandPoint::low), list(line, &BandPoint::high));
}

// Test errors that were measured at the end only make no curve.
std::vector<Quantities> quantities_of(const std::vector<NetworkView>& networks) {
  std::vector<Quantities> list(std::begin(kQuantities), std::end(kQuantities));
  if (std::none_of(networks.begin(), networks.end(), [](const NetworkView& n) { return n.tested_along; }))
    std::erase_if(list, [](const Quantities& q) { return q.field == &EpochResult::test_error; });
  return list;
}

std::string network_json(const NetworkView& network, const std::vector<Quantities>& quantities) {
  std::string text = fmt::format("{{\"name\":{},\"clocks\":{{", json_text(setting_text(network)));
  for (const Clocks& clock : kClocks)
    text += fmt::format("{}\"{}\":\"{}\"", &clock == kClocks ? "" : ",", clock.name, clock.title);
  text += "},\"optimizers\":[";
  for (const OptimizerView& optimizer : network.optimizers) {
    text += fmt::format("{}\n{{\"label\":{},\"counts\":{},\"style\":{},\"curves\":{{",
                        &optimizer == &network.optimizers.front() ? "" : ",", json_text(optimizer.label),
                        json_text(optimizer.counts(true)), optimizer.style);
    for (const Quantities& quantity : quantities) {
      text += fmt::format("{}\"{}\":{{", &quantity == &quantities.front() ? "" : ",", quantity.name);
      for (const Clocks& clock : kClocks)
        text += fmt::format("{}\"{}\":{}", &clock == kClocks ? "" : ",", clock.name,
                            curve(optimizer, quantity, clock.clock));
      text += "}";
    }
    text += "}}";
  }
  return text + "]}";
}

template <class Items>
std::string choice(const char* is, const char* label, const Items& items) {
  std::string text = fmt::format("<label class=\"field\">{}<select data-is=\"{}\">", label, is);
  for (const auto& item : items)
    text += fmt::format("<option value=\"{}\">{}</option>", item.name, item.title);
  return text + "</select></label>\n";
}

}  // namespace

std::string curves_section(const std::vector<NetworkView>& networks) {
  const std::vector<Quantities> quantities = quantities_of(networks);
  std::string text =
      "<section class=\"screen\">\n<h2 id=\"curves\">Learning curves</h2>\n"
      "<noscript><p>The interactive curves need JavaScript; the figures below show the same.</p></noscript>\n"
      "<div id=\"curves-app\" hidden>\n"
      "<p>Line: mean over the completed trials; band and brackets: one standard deviation of the trials to "
      "either side (not an interval of the mean), or from lowest to highest of fewer than three trials. A "
      "trial that has stopped keeps its last value. Values "
      "under "
      "the pointer stand beside the names; drag to zoom in, double-click to zoom out. With the plot focused, "
      "the "
      "arrow keys move from point to point.</p>\n<div class=\"controls\">\n"
      "<label class=\"field\">network<select data-is=\"network\">";
  for (std::size_t i = 0; i < networks.size(); ++i)
    text += fmt::format("<option value=\"{}\">{}</option>", i, html_text(setting_text(networks[i])));
  text += "</select></label>\n" + choice("quantity", "quantity", quantities) +
          choice("clock", "against", kClocks);
  const bool bands = std::all_of(networks.begin(), networks.end(), [](const NetworkView& network) {
    return network.optimizers.size() <= static_cast<std::size_t>(kMostBands);
  });
  text += fmt::format(
      "<label><input type=\"checkbox\" data-is=\"log\"> logarithmic</label>\n"
      "<label><input type=\"checkbox\" data-is=\"bands\"{}> bands</label>\n",
      bands ? " checked" : "");
  text +=
      "<button type=\"button\" data-is=\"all\">all</button>\n"
      "<button type=\"button\" data-is=\"none\">none</button>\n</div>\n"
      "<div class=\"plot\" data-is=\"plot\" tabindex=\"0\" role=\"group\" aria-label=\"Learning curves; the "
      "values "
      "stand in the list below, arrow keys move through them\"></div>\n"
      "<fieldset><legend>Optimizers (completed trials of all): mean [band] <span "
      "data-is=\"where\"></span></legend>\n"
      "<div class=\"series\" data-is=\"series\"></div><p class=\"soft\" data-is=\"together\"></p>"
      "<p class=\"soft\" data-is=\"zeros\"></p><p class=\"soft\" data-is=\"missing\"></p></fieldset>\n"
      "<template id=\"series-entry\"><label><input type=\"checkbox\"><svg viewBox=\"0 0 36 12\" "
      "aria-hidden=\"true\"><line x1=\"0\" x2=\"36\" y1=\"6\" y2=\"6\" stroke-width=\"2.5\"></line></svg>"
      "<span class=\"name\"></span><output></output></label></template>\n</div>\n"
      "<script type=\"application/json\" id=\"curves-data\">[";
  for (const NetworkView& network : networks) {
    if (&network != &networks.front()) text += ",\n";
    text += network_json(network, quantities);
  }
  return text + "]</script>\n</section>\n";
}

}  // namespace symopt
