// spectrum.cpp — the singular values of a network's Jacobian, and where they end.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "plots/figures/axis.hpp"
#include "plots/figures/drawing.hpp"
#include "results/certificate_rows.hpp"
#include "results/table.hpp"

namespace symopt {

Drawing jacobian_spectrum(const std::filesystem::path& folder) {
  const std::vector<DegreesRow> summary = read_table<DegreesRow>(folder / "dof.csv");
  const std::vector<SpectrumRow> spectrum = read_table<SpectrumRow>(folder / "spectrum.csv");
  if (summary.size() != 1)
    throw UserError("figures", (folder / "dof.csv").string(), "one row", fmt::format("{}", summary.size()));
  const DegreesRow& dof = summary[0];
  const auto parameters = static_cast<double>(dof.parameters), rank = static_cast<double>(dof.rank);

  Drawing drawing;
  drawing.name = "spectrum";
  drawing.scripts = {"spectrum"};
  std::vector<double> zeros;
  double low = 1e-16;
  drawing.data.begin("index, singular value relative to the largest");
  for (const SpectrumRow& row : spectrum) {
    const auto index = static_cast<double>(row.index);
    if (row.relative > 0) {
      drawing.data.row({index, row.relative});
      low = std::min(low, row.relative);
    } else {
      zeros.push_back(index);
    }
  }
  drawing.data.begin("index of what is exactly 0");
  for (const double i : zeros) drawing.data.row({i, 0});

  const double around = std::max(8.0, 1.5 * (parameters - rank));
  const double first = std::max(1.0, rank - around);
  drawing.width = 960, drawing.height = 440;
  set_frame(
      drawing, fmt::format("Degrees of freedom of {}: {} of {} parameters", dof.network, rank, parameters),
      fmt::format(
          "Singular values of the outputs' Jacobian over {} samples, relative to the largest. {} of the {} "
          "directions of parameter space are predicted to move no output. Triangles at the bottom, where "
          "there "
          "are any: exactly 0.",
          dof.samples, dof.parameters - dof.predicted, dof.parameters));
  const double bottom = std::max(1e-32, low / 10), end = parameters + 1;
  const std::vector<Tick> y_ticks =
      ticks_of({.low = bottom, .high = 2, .pixels = 300, .logarithmic = true, .upright = true});
  const int left = kTitleRoom + widest(y_ticks), room = 26 + widest(y_ticks),
            panel = (drawing.width - 20 - left - room) / 2;
  drawing.variables.set("low", bottom);
  drawing.variables.set("left", std::vector<int>{left, left + panel + room});
  drawing.variables.set("panel", panel);
  drawing.variables.set("yticks", tick_list(y_ticks));
  drawing.variables.set(
      "xticks", std::vector<std::string>{tick_list(ticks_of({.low = 0, .high = end, .pixels = panel})),
                                         tick_list(ticks_of({.low = first, .high = end, .pixels = panel}))});
  drawing.variables.set("rank", rank);
  drawing.variables.set("rank_text", fmt::format("{}", rank));
  drawing.variables.set("threshold", dof.threshold / dof.largest);
  drawing.variables.set("xname", "Index");
  drawing.variables.set("yname", "Singular value / largest, logarithmic axis");
  drawing.variables.set("title", std::vector<std::string>{"All", "Around the rank"});
  drawing.variables.set("begin", std::vector<int>{0, static_cast<int>(first)});
  drawing.variables.set("end",
                        std::vector<int>{static_cast<int>(parameters) + 1, static_cast<int>(parameters) + 1});
  drawing.variables.set("size", std::vector<std::string>{"0.3", "0.6"});
  return drawing;
}

}  // namespace symopt
