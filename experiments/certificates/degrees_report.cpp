// degrees_report.cpp — degrees of freedom as a table on the terminal and as CSVs.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/text.hpp"
#include "experiments/certificates/degrees_of_freedom.hpp"
#include "results/certificate_rows.hpp"
#include "results/table.hpp"

namespace symopt {

namespace {

std::string names(const std::vector<std::string>& all) {
  constexpr size_t kShown = 6;
  std::string text;
  for (size_t i = 0; i < std::min(all.size(), kShown); ++i) text += (i > 0 ? ", " : "") + all[i];
  return all.size() > kShown ? text + ", …" : text;
}

double at(const DegreesOfFreedom& result, Index i) {
  return i >= 0 && i < result.parameters ? result.spectrum[static_cast<size_t>(i)] : std::nan("");
}

std::string verdict(const DegreesOfFreedom& r) {
  const Index missing = r.predicted() - r.rank;
  if (missing == 0) return "as predicted: the known symmetries are all";
  if (missing < 0)
    return fmt::format("{} more than the prediction: samples or symmetries were miscounted", -missing);
  std::string text = fmt::format("{} fewer than the known symmetries explain", missing);
  if (r.rows < r.predicted())
    return fmt::format("{}: {} rows cannot show more, take more samples", text, r.rows);
  if (!r.linear.empty()) text += "; units that no sample bends can mix";
  if (r.unmoved > 0) text += "; units that hardly fire leave directions open";
  if (!r.complete) text += "; they are not all for this kind of network";
  return text;
}

}  // namespace

std::string degrees_table(const DegreesOfFreedom& r) {
  const auto number = [](Index n) { return fmt::format("{}", n); };
  std::vector<std::vector<std::string>> rows = {{"parameters", number(r.parameters), ""}};
  if (r.unmoved > 0)
    rows.push_back({"− that move no output", number(r.unmoved),
                    r.dead.empty() ? "connections between units that never fire together"
                                   : fmt::format("dead filters: {}: {}", r.dead.size(), names(r.dead))});
  for (const Ambiguity& a : r.ambiguities)
    rows.push_back({"− " + a.name, number(a.count), "one a live unit or filter"});
  if (!r.ambiguities.empty() && r.ambiguities[0].name.starts_with("linear"))
    rows.back()[2] = "parameters − dimension of the maps that a chain of these widths can be";
  rows.push_back({"= predicted", number(r.predicted()), ""});
  rows.push_back({"measured rank", number(r.rank), verdict(r)});
  int width = 0;
  for (const auto& row : rows) width = std::max(width, text_length(row[0]));
  std::string text =
      fmt::format("Degrees of freedom of {}\n{} samples × {} outputs = {} rows of the Jacobian\n\n",
                  r.network, r.samples, r.rows / r.samples, r.rows);
  for (const auto& row : rows) {
    const std::string blank(static_cast<size_t>(width - text_length(row[0])), ' ');
    text += fmt::format("  {}{} {:>7}{}{}\n", row[0], blank, row[1], row[2].empty() ? "" : "   ", row[2]);
  }
  text += fmt::format("\n  singular values relative to the largest: down to {:.1e} they count",
                      at(r, r.rank - 1) / r.spectrum[0]);
  if (r.rank < r.parameters) text += fmt::format(", from {:.1e} they do not", at(r, r.rank) / r.spectrum[0]);
  text += fmt::format("; threshold {:.1e}\n", r.threshold / r.spectrum[0]);
  if (r.gap < kClearGap)
    text += fmt::format("  no clear gap ({:.1e}, below {:.0e}): the rank depends on the threshold\n", r.gap,
                        kClearGap);
  if (r.along_generators > 0)
    text += fmt::format("  along the known symmetries the outputs move by at most {:.1e} of the largest\n",
                        r.along_generators);
  if (!r.rare.empty())
    text += fmt::format(
        "  rarely active filters: {}: {}{}\n", r.rare.size(), names(r.rare),
        r.added > 0 ? fmt::format("; {} samples on which they are were added, of {} drawn", r.added, r.drawn)
                    : "");
  if (!r.linear.empty())
    text += fmt::format("  units that no sample bends: {}: {}\n", r.linear.size(), names(r.linear));
  return text;
}

void write_degrees(const std::filesystem::path& folder, const DegreesOfFreedom& r) {
  Index ambiguities = 0;
  for (const Ambiguity& a : r.ambiguities) ambiguities += a.count;
  write_table<DegreesRow>(
      folder / "dof.csv",
      {{r.network, r.seed, r.samples, r.rows, r.parameters, r.unmoved, ambiguities, r.predicted(), r.rank,
        r.threshold, r.gap, r.spectrum[0], at(r, r.rank - 1), at(r, r.rank), r.along_generators,
        static_cast<Index>(r.rare.size()), r.added, r.drawn}});
  TableWriter<SpectrumRow> spectrum(folder / "spectrum.csv");
  for (size_t i = 0; i < r.spectrum.size(); ++i)
    spectrum.add({static_cast<std::int64_t>(i + 1), r.spectrum[i], r.spectrum[i] / r.spectrum[0]});
  spectrum.commit();
}

}  // namespace symopt
