// profile.cpp — performance profiles (Dolan, Moré 2002) over all paired trials, by epochs and by seconds.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "core/text.hpp"
#include "plots/figures/axis.hpp"
#include "plots/figures/drawing.hpp"
#include "plots/figures/overlap.hpp"
#include "plots/styles.hpp"

namespace symopt {

namespace {

// The score is the area up to here, so the axis ends here.
constexpr double kHighestRatio = 4;
// A line at 0 or at 100 is not on the frame.
constexpr double kLowestShare = -3, kHighestShare = 104;
constexpr const char *kScoreHead = "Score by epochs (solved/all)",
                     *kScoresHead = "Score by epochs, by seconds (solved/all)";

struct Solver {
  std::string label;
  int count = 0, solved = 0;
  double score = 0;
  std::vector<Point> steps;  // ratio, share in %
};

// The solvers of both tables, by trials, in their order.
std::vector<Solver> solvers_of(const std::vector<ProfileRow>& profiles, const std::vector<ScoreRow>& scores) {
  std::vector<Solver> solvers;
  std::map<std::string, std::size_t> places;
  for (const ScoreRow& row : scores) {
    if (row.problems != "trials") continue;
    const std::string label = optimizer_label(row.optimizer, row.settings);
    places.emplace(label, solvers.size());
    solvers.push_back({label, row.count, row.solved, row.score, {}});
  }
  for (const ProfileRow& row : profiles) {
    const auto place = places.find(optimizer_label(row.optimizer, row.settings));
    if (row.problems == "trials" && place != places.end())
      solvers[place->second].steps.push_back({row.ratio, 100 * row.share});
  }
  return solvers;
}

// What is drawn, from 1 to the end of the axis.
std::vector<Point> steps_of(const Solver* solver) {
  if (solver == nullptr) return {};
  std::vector<Point> steps = {{1, 0}};
  for (const Point& p : solver->steps)
    if (p.x <= kHighestRatio) steps.push_back(p);
  steps.push_back({kHighestRatio, steps.back().y});
  return steps;
}

// With y as a share of the axis' height.
std::vector<Point> shares_of(const Solver* solver) {
  std::vector<Point> steps = steps_of(solver);
  for (Point& p : steps) p.y = (p.y - kLowestShare) / (kHighestShare - kLowestShare);
  return steps;
}

std::string score_text(const Solver* solver) {
  return solver == nullptr || std::isnan(solver->score) ? "–" : fmt::format("{:.2f}", solver->score);
}

}  // namespace

Drawing performance_profile(const Results& results, const std::vector<NetworkView>& networks) {
  std::vector<Solver> epochs = solvers_of(results.profiles, results.scores);
  std::map<std::string, Solver> seconds;
  for (Solver& s : solvers_of(results.profile_timings, results.score_timings)) {
    const std::string label = s.label;
    seconds.emplace(label, std::move(s));
  }
  const bool timed = !seconds.empty();
  std::set<std::string> shown;
  for (const NetworkView& network : networks)
    for (const OptimizerView& optimizer : network.optimizers) shown.insert(optimizer.label);
  Styles styles(shown);
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
  std::vector<std::string> label, names;
  std::vector<int> style;
  int longest = text_width(timed ? kScoresHead : kScoreHead) * 9 / 11 - 60;
  std::vector<std::vector<Point>> lines[2];  // by epochs, by seconds
  for (const bool in_seconds : {false, true})
    for (const Solver& s : epochs) {
      const auto found = seconds.find(s.label);
      const Solver* const other = found == seconds.end() ? nullptr : &found->second;
      drawing.data.begin(
          fmt::format("{}: ratio of {}, share of trials (%)", s.label, in_seconds ? "seconds" : "epochs"));
      for (const Point& p : steps_of(in_seconds ? other : &s)) drawing.data.row({p.x, p.y});
      if (in_seconds) continue;
      style.push_back(styles.of(s.label));
      label.push_back(fmt::format("{}: {}{} ({}/{})", shorten(s.label, 28), score_text(&s),
                                  timed ? ", " + score_text(other) : "", s.solved, s.count));
      longest = std::max(longest, text_width(label.back()));
      names.push_back(s.label);
      lines[0].push_back(shares_of(&s)), lines[1].push_back(shares_of(other));
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
  constexpr int kPanel = 330, kBetween = 50;
  const std::vector<Tick> shares =
      ticks_of({.low = kLowestShare, .high = kHighestShare, .pixels = 250, .upright = true});
  const std::vector<Tick> ratios = ticks_of({.low = 1, .high = kHighestRatio, .pixels = kPanel});
  const int left = kTitleRoom + widest(shares);
  drawing.width = left + panels * kPanel + (panels - 1) * kBetween + key_width;
  drawing.height = std::max(400, 110 + 22 * n);
  std::vector<int> cover;
  std::string together;
  for (int p = 0; p < panels; ++p) {
    const Overlap overlap = overlap_of(lines[p]);
    for (const int c : cover_of(overlap, n)) cover.push_back(c);
    if (overlap.empty()) continue;
    together += fmt::format("{}{}{}", together.empty() ? ": " : "; ",
                            !timed   ? ""
                            : p == 0 ? "by epochs "
                                     : "by seconds ",
                            overlap_text(overlap, names));
  }
  if (!together.empty()) caption += " Lines that coincide are dashed over each other" + together + ".";
  set_frame(drawing, "Performance profile: effort to the target, relative to the best", caption);
  drawing.variables.set("n", n);
  drawing.variables.set("panels", panels);
  drawing.variables.set("label", label);
  drawing.variables.set("style", style);
  drawing.variables.set("key_width", key_width);
  drawing.variables.set("cover", cover);
  drawing.variables.set("left", left);
  drawing.variables.set("panel", kPanel);
  drawing.variables.set("pitch", kPanel + kBetween);
  drawing.variables.set("key_head", timed ? kScoresHead : kScoreHead);
  drawing.variables.set("xmax", kHighestRatio);
  drawing.variables.set("ymin", kLowestShare);
  drawing.variables.set("ymax", kHighestShare);
  drawing.variables.set("xticks", tick_list(ratios));
  drawing.variables.set("yticks", tick_list(shares));
  drawing.variables.set("ratio_of",
                        std::vector<std::string>{"τ, ratio of epochs", "τ, ratio of training seconds"});
  drawing.variables.set("yname", "Share of trials (%)");
  return drawing;
}

}  // namespace symopt
