// profile.cpp — performance profiles (Dolan, Moré 2002) over all paired trials, by epochs and by seconds.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "plots/figures/drawing.hpp"
#include "results/csv.hpp"
#include "results/text.hpp"
#include "results/trial.hpp"

namespace symopt {

namespace {

namespace fs = std::filesystem;

// The score is the area up to here, so the axis ends here.
constexpr double kHighestRatio = 4;

struct Solver {
  std::string label;
  int count = 0, solved = 0;
  double score = 0;
  std::vector<Point> steps;  // ratio, share in %
};

std::string label_of(const CsvRows& rows) {
  return optimizer_label(rows.row()[rows.column("optimizer")], rows.row()[rows.column("settings")]);
}

// The solvers of both tables, by trials, in their order.
std::vector<Solver> read_profiles(const fs::path& profile_file, const fs::path& score_file) {
  std::vector<Solver> solvers;
  std::map<std::string, std::size_t> places;
  CsvRows scores(score_file);
  const std::size_t problems = scores.column("problems");
  while (scores.next()) {
    if (scores.row()[problems] != "trials") continue;
    places.emplace(label_of(scores), solvers.size());
    solvers.push_back({label_of(scores),
                       static_cast<int>(scores.number(scores.column("count"))),
                       static_cast<int>(scores.number(scores.column("solved"))),
                       scores.number(scores.column("score")),
                       {}});
  }
  CsvRows steps(profile_file);
  const std::size_t kind = steps.column("problems"), ratio = steps.column("ratio"),
                    share = steps.column("share");
  while (steps.next()) {
    if (steps.row()[kind] != "trials") continue;
    const auto place = places.find(label_of(steps));
    if (place == places.end())
      throw UserError(steps.file().string(), fmt::format("line {}, column optimizer", steps.line()),
                      "an optimizer that " + score_file.filename().string() + " has",
                      fmt::format("'{}'", escaped(label_of(steps))));
    solvers[place->second].steps.push_back({steps.number(ratio), 100 * steps.number(share)});
  }
  return solvers;
}

void add_block(DataBlocks& data, const std::string& what, const Solver* solver) {
  data.begin(what);
  if (solver == nullptr) return;
  double share = 0;
  data.row({1, 0});
  for (const Point& p : solver->steps)
    if (p.x <= kHighestRatio) data.row({p.x, p.y}), share = p.y;
  data.row({kHighestRatio, share});
}

std::string score_text(const Solver* solver) {
  return solver == nullptr || std::isnan(solver->score) ? "–" : fmt::format("{:.2f}", solver->score);
}

}  // namespace

Drawing performance_profile(const fs::path& folder, const std::vector<NetworkView>& networks) {
  std::vector<Solver> epochs = read_profiles(folder / "profiles.csv", folder / "scores.csv");
  std::map<std::string, Solver> seconds;
  const bool timed = fs::exists(folder / "profile_timings.csv") && fs::exists(folder / "score_timings.csv");
  if (timed)
    for (Solver& s : read_profiles(folder / "profile_timings.csv", folder / "score_timings.csv")) {
      const std::string label = s.label;
      seconds.emplace(label, std::move(s));
    }
  std::map<std::string, int> styles_of;
  for (const NetworkView& network : networks)
    for (const OptimizerView& optimizer : network.optimizers)
      styles_of.emplace(optimizer.label, optimizer.style);
  int next_style = highest_style(networks);
  const std::size_t all = epochs.size();
  const int count = all > 0 ? epochs[0].count : 0;
  if (all > static_cast<std::size_t>(kMostShown)) {
    std::stable_sort(epochs.begin(), epochs.end(),
                     [](const Solver& a, const Solver& b) { return a.score > b.score; });
    epochs.resize(kMostShown);
  }

  Drawing drawing;
  drawing.name = "performance_profile";
  drawing.scripts = {"profile"};
  std::vector<std::string> label;
  std::vector<int> style;
  int longest = 0;
  for (const bool in_seconds : {false, true})
    for (const Solver& s : epochs) {
      const auto found = seconds.find(s.label);
      const Solver* const other = found == seconds.end() ? nullptr : &found->second;
      add_block(
          drawing.data,
          fmt::format("{}: ratio of {}, share of trials (%)", s.label, in_seconds ? "seconds" : "epochs"),
          in_seconds ? other : &s);
      if (in_seconds) continue;
      const auto known = styles_of.find(s.label);
      style.push_back(known == styles_of.end() ? ++next_style : known->second);
      label.push_back(fmt::format("{}: {}{} ({}/{})", shorten(s.label, 28), score_text(&s),
                                  timed ? ", " + score_text(other) : "", s.solved, s.count));
      longest = std::max(longest, text_width(label.back()));
    }
  const int n = static_cast<int>(epochs.size());

  std::string caption = fmt::format(
      "A trial is solved when its validation error reaches the target of its network (targets.csv). Of each "
      "optimizer the share of all {} trials that it solves at no more than τ times the effort of the best "
      "optimizer in the same trial. In the key: the score, which is the mean height of the line{}, and the "
      "trials solved at any ratio.",
      count, timed ? ", by epochs and by seconds" : "");
  if (all > epochs.size())
    caption +=
        fmt::format(" Drawn: the {} of {} optimizers with the highest score by epochs.", epochs.size(), all);
  const int panels = timed ? 2 : 1, key_width = 90 + longest;
  drawing.width = 84 + panels * 330 + (panels - 1) * 50 + key_width;
  drawing.height = std::max(400, 110 + 22 * n);
  set_frame(drawing, "performance profile: effort to the target, relative to the best", caption);
  drawing.variables.set("n", n);
  drawing.variables.set("panels", panels);
  drawing.variables.set("label", label);
  drawing.variables.set("style", style);
  drawing.variables.set("key_width", key_width);
  drawing.variables.set("xmax", kHighestRatio);
  drawing.variables.set("ratio_of",
                        std::vector<std::string>{"τ, ratio of epochs", "τ, ratio of training seconds"});
  drawing.variables.set("yname", "share of trials (%)");
  return drawing;
}

}  // namespace symopt
