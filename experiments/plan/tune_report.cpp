// tune_report.cpp — tables of a tuning.
#include "experiments/plan/tune_report.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "core/data/dataset.hpp"
#include "experiments/terminal/tables.hpp"
#include "results/statistics.hpp"
#include "results/table.hpp"

namespace symopt {

namespace fs = std::filesystem;

// What candidates.csv and studies.csv say of a setting's trials.
struct SettingCounts {
  std::string network, setting;
  int trials = 0, completed = 0, diverged = 0, failed = 0, timed_out = 0;
};
struct CandidateRow : SettingCounts {
  int study = 0, rung = 0, epochs = 0;
  double validation_error = 0, steps = 0;
  bool kept = false;
};
struct StudyRow : SettingCounts {
  int study = 0;
  double test_error = 0, steps = 0;
};

template <>
const Columns<SettingCounts>& columns_of() {
  using R = SettingCounts;
  using C = Column<R>;
  static const Columns<R> columns({
      C{"network", &R::network, "the network"},
      C{"setting", &R::setting, "the optimizer with its settings"},
      C{"trials", &R::trials, "all of its trials"},
      C{"completed", &R::completed, "trials that completed"},
      C{"diverged", &R::diverged, "trials that diverged"},
      C{"failed", &R::failed, "trials that failed"},
      C{"timed_out", &R::timed_out, "trials that timed out"},
  });
  return columns;
}

template <>
const Columns<CandidateRow>& columns_of() {
  using R = CandidateRow;
  using C = Column<R>;
  static const Columns<R> columns(
      Columns<R>({C{"study", &R::study, "which study, from 1"},
                  C{"rung", &R::rung, "which rung of it, from 1"},
                  C{"epochs", &R::epochs, "epochs of a trial in the rung"}}),
      columns_of<SettingCounts>(),
      Columns<R>({C{"validation_error", &R::validation_error, "what the setting was judged by"},
                  C{"steps", &R::steps,
                    "mean to the target: `inf` where a trial never reached it, `nan` without one"},
                  C{"kept", &R::kept, "1 where it went on to the next rung or won, else 0"}}));
  return columns;
}

template <>
const Columns<StudyRow>& columns_of() {
  using R = StudyRow;
  using C = Column<R>;
  static const Columns<R> columns(
      Columns<R>({C{"study", &R::study, "which study, from 1"}}), columns_of<SettingCounts>(),
      Columns<R>({C{"test_error", &R::test_error, "mean over the completed trials; `nan` where none did"},
                  C{"steps", &R::steps,
                    "mean to the target: `inf` where a trial never reached it, `nan` without one"}}));
  return columns;
}

std::vector<TableInfo> tune_tables() {
  return {table_info<CandidateRow>("candidates.csv", "a setting in a rung",
                                   "Of `symopt tune` ([docs/sweeps.md](../docs/sweeps.md))."),
          table_info<StudyRow>("studies.csv", "a setting that was chosen", "Of `symopt tune`."),
          budget_tables().front()};
}

namespace {

std::string percent_of(double fraction) { return fmt::format("{:.3f}", 100 * fraction); }

// Of the trials that did not complete: ", 2 diverged"; "" where all did.
std::string counts_text(const Judged& j) {
  std::string text;
  for (const auto& [count, what] : {std::pair(j.diverged, "diverged"), std::pair(j.failed, "failed"),
                                    std::pair(j.timed_out, "timed out")})
    if (count > 0) text += fmt::format(", {} {}", count, what);
  return text;
}

}  // namespace

void TuneReport::add_rung(int study, int rung, int epochs, const std::vector<Judged>& judged,
                          const Promotion& promotion) {
  std::vector<bool> kept(judged.size());
  for (const auto* list : {&promotion.kept, &promotion.winners})
    for (const size_t i : *list) kept[i] = true;
  for (size_t i = 0; i < judged.size(); ++i) rungs_.push_back({study, rung, epochs, judged[i], kept[i]});
  budget_.add_rung(study, epochs, judged);
}

void TuneReport::add_winner(int study, const Judged& judged, const Entrant& entrant,
                            const std::vector<Entrant>& all) {
  std::vector<Candidate> rivals;
  for (const Entrant& other : all)
    if (other.network == entrant.network && other.place == entrant.place) rivals.push_back(other.candidate);
  winners_.push_back({study, entrant.network, judged, rivals.size(),
                      edge_warnings(Sweep(request_.sweep, request_.seed), entrant.candidate, rivals)});
}

void TuneReport::add_final(int study, const std::vector<Judged>& judged,
                           const std::vector<TrialRecord>& records) {
  for (const Judged& j : judged) finals_.push_back({study, j, mean_test_error(j, records)});
}

// "1.370", "1.370, 1 diverged", "–, 2 diverged"; "–" before there is one.
std::string TuneReport::test_text(const Winner& w) const {
  const Contestant& c = w.judged.contestant;
  const auto final = std::find_if(finals_.begin(), finals_.end(), [&](const Final& f) {
    return f.study == w.study && f.judged.contestant.spec.network == c.spec.network &&
           f.judged.contestant.place == c.place;
  });
  if (final == finals_.end()) return "–";
  return (final->judged.completed > 0 ? percent_of(final->test_error) : "–") + counts_text(final->judged);
}

std::string TuneReport::without_result() const {
  std::vector<std::string> lost;
  for (const Final& f : finals_)
    if (f.judged.completed == 0)
      lost.push_back(fmt::format(
          "{}{} on {}{}", tune_.studies > 1 ? fmt::format("study {}: ", f.study + 1) : "",
          f.judged.contestant.candidate.setting(), f.judged.contestant.spec.network, counts_text(f.judged)));
  if (lost.empty()) return "";
  return fmt::format("{} of {} chosen settings completed no trial: {}", lost.size(), finals_.size(),
                     fmt::join(lost, "; "));
}

std::vector<std::pair<const TuneReport::Final*, std::vector<double>>> TuneReport::medians() const {
  std::vector<std::pair<const Final*, std::vector<double>>> list;
  for (const Final& f : finals_) {
    auto place = std::find_if(list.begin(), list.end(), [&](const auto& entry) {
      const Contestant &a = entry.first->judged.contestant, &b = f.judged.contestant;
      return a.spec.network == b.spec.network && a.place == b.place;
    });
    if (place == list.end()) place = list.insert(place, {&f, {}});
    const double value = tune_.target > 0 ? f.judged.steps : f.test_error;
    place->second.push_back(std::isnan(value) ? std::numeric_limits<double>::infinity() : value);
  }
  return list;
}

void TuneReport::write(const fs::path& folder) const {
  const auto counts = [](const Judged& j) -> SettingCounts {
    const Contestant& c = j.contestant;
    return {c.spec.network, c.candidate.setting(), j.trials, j.completed, j.diverged, j.failed, j.timed_out};
  };
  const auto steps = [&](const Judged& j) {
    return tune_.target > 0 ? j.steps : std::numeric_limits<double>::quiet_NaN();
  };
  TableWriter<CandidateRow> candidates(folder / "candidates.csv");
  for (const RungRow& row : rungs_)
    candidates.add({counts(row.judged), row.study + 1, row.rung, row.epochs, row.judged.validation_error,
                    steps(row.judged), row.kept});
  candidates.commit();
  TableWriter<StudyRow> studies(folder / "studies.csv");
  for (const Final& f : finals_) studies.add({counts(f.judged), f.study + 1, f.test_error, steps(f.judged)});
  studies.commit();
  budget_.write(folder);
  write_atomically(folder / "report.txt", text());
}

// They were chosen rung by rung.
std::vector<TuneReport::Winner> TuneReport::in_plan_order() const {
  std::vector<Winner> winners = winners_;
  std::stable_sort(winners.begin(), winners.end(), [](const Winner& a, const Winner& b) {
    return std::tie(a.study, a.network, a.judged.contestant.place) <
           std::tie(b.study, b.network, b.judged.contestant.place);
  });
  return winners;
}

std::string TuneReport::choices(int study) const {
  std::vector<std::vector<std::string>> rows = {
      {"network", "setting", "of", "validation error (%)", "trials of each", "epochs", "test error (%)"}};
  std::string warnings;
  for (const Winner& w : in_plan_order()) {
    if (w.study != study) continue;
    const Contestant& c = w.judged.contestant;
    rows.push_back({c.spec.network, c.candidate.setting(), fmt::format("{}", w.rivals),
                    percent_of(w.judged.validation_error), fmt::format("{}", w.judged.trials),
                    fmt::format("{}", c.spec.protocol.max_epochs), test_text(w)});
    for (const std::string& line : w.warnings) warnings += fmt::format("  {}: {}\n", c.spec.network, line);
  }
  std::string text = fmt::format(
      "Chosen by validation error, of how many settings; test error of their own runs\n{}", align(rows, 2));
  if (!warnings.empty()) text += fmt::format("\nAt an edge of its range\n{}", warnings);
  return text;
}

std::string TuneReport::text() const {
  std::vector<std::vector<std::string>> rows = {{"study", "network", "setting", "of", "validation", "test"}};
  std::string warnings;
  for (const Winner& w : in_plan_order()) {
    const Contestant& c = w.judged.contestant;
    rows.push_back({fmt::format("{}", w.study + 1), c.spec.network, c.candidate.setting(),
                    fmt::format("{}", w.rivals), percent_of(w.judged.validation_error), test_text(w)});
    for (const std::string& line : w.warnings)
      warnings += fmt::format("  study {}, {}: {}\n", w.study + 1, c.spec.network, line);
  }
  std::string text = data_set_line(dataset_name(request_.dataset)) + "\n";
  text += fmt::format(
      "Chosen settings, of how many; validation error (%) that chose them, test error (%) of their own "
      "runs\n{}",
      align(rows, 3));
  if (!warnings.empty()) text += fmt::format("\nAt an edge of its range\n{}", warnings);
  if (const std::string lost = without_result(); !lost.empty()) text += fmt::format("\n{}\n", lost);
  if (tune_.studies > 1) {
    std::vector<std::vector<std::string>> table = {
        {"network", "optimizer", "studies", "median", "lowest", "highest"}};
    for (const auto& [first, values] : medians()) {
      const Contestant& c = first->judged.contestant;
      std::vector<std::string> row = {c.spec.network, c.spec.optimizer, fmt::format("{}", values.size())};
      for (const double q : {0.5, 0.0, 1.0}) {
        const double value = quantile(values, q);
        row.push_back(std::isinf(value)  ? tune_.target > 0 ? "∞" : "–"
                      : tune_.target > 0 ? fmt::format("{:.0f}", value)
                                         : percent_of(value));
      }
      table.push_back(std::move(row));
    }
    text +=
        fmt::format("\nThe studies' best: {}\n{}",
                    tune_.target > 0 ? fmt::format("steps to a validation error of {}", to_text(tune_.target))
                                     : "test error in %",
                    align(table, 2));
  }
  text += "\n" + budget_.text();
  return text;
}

}  // namespace symopt
