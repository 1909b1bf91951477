// tune_report.hpp — what a tuning chose and what came of it: candidates.csv, studies.csv and the text that
// ends it.
#pragma once
#include <filesystem>

#include "experiments/plan/sweep_report.hpp"
#include "experiments/plan/tune.hpp"
#include "experiments/plan/tuning_budget.hpp"
#include "results/dictionary.hpp"

namespace symopt {

/// candidates.csv and studies.csv, for the dictionary.
std::vector<TableInfo> tune_tables();

class TuneReport {
 public:
  TuneReport(const Request& request, const TuneSettings& tune)
      : request_(request), tune_(tune), budget_(request) {}
  void add_rung(int study, int rung, int epochs, const std::vector<Judged>& judged,
                const Promotion& promotion);
  void add_winner(int study, const Judged& judged, const Entrant& entrant, const std::vector<Entrant>& all);
  void add_final(int study, const std::vector<Judged>& judged, const std::vector<TrialRecord>& records);
  /// The CSVs, with the figure's of tuning_budget.hpp, and report.txt.
  void write(const std::filesystem::path& folder) const;
  std::string text() const;
  /// The settings that one study chose, of how many, which are at an edge, and their test errors: for the
  /// page on their trials.
  std::string choices(int study) const;
  /// One line where chosen settings completed no trial of their own runs, which and what became of them; else
  /// "".
  std::string without_result() const;

 private:
  struct RungRow {
    int study, rung, epochs;
    Judged judged;
    bool kept;
  };
  struct Winner {
    int study;
    size_t network;
    Judged judged;
    size_t rivals;
    std::vector<std::string> warnings;
  };
  struct Final {
    int study;
    Judged judged;
    double test_error;  ///< mean_test_error(); NaN where no trial completed
  };
  std::string test_text(const Winner& winner) const;
  std::vector<Winner> in_plan_order() const;
  /// Each optimizer's test errors or steps in the studies, under its first study's row; infinite, worse than
  /// any, where there is none.
  std::vector<std::pair<const Final*, std::vector<double>>> medians() const;

  const Request& request_;
  const TuneSettings& tune_;
  std::vector<RungRow> rungs_;
  std::vector<Winner> winners_;
  std::vector<Final> finals_;
  TuningBudget budget_;
};

}  // namespace symopt
