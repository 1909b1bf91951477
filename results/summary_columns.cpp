// summary_columns.cpp — the columns of what is computed from many trials, and of the tables about the run.
#include "results/rows.hpp"

namespace symopt {

template <>
const Columns<SummaryRow>& columns_of() {
  using C = Column<SummaryRow>;
  static const Columns<SummaryRow> columns(
      columns_of<GroupKey>(),
      Columns<SummaryRow>({
          C{"metric", &SummaryRow::metric,
            "`test_error`: after the last epoch; `best_test_error`: at the best validation epoch"},
          C{"trials", &SummaryRow::trials, "all trials; the four numbers that follow add up to it"},
          C{"completed", &SummaryRow::completed, "trials that completed"},
          C{"diverged", &SummaryRow::diverged, "trials that diverged"},
          C{"failed", &SummaryRow::failed, "trials that failed"},
          C{"timed_out", &SummaryRow::timed_out, "trials that timed out"},
          C{"mean", &SummaryRow::mean, "of the completed trials, as all that follows"},
          C{"variance", &SummaryRow::variance, "the sample variance, 1/(n−1)"},
          C{"deviation", &SummaryRow::deviation, "its root"},
          C{"median", &SummaryRow::median, "the median"},
          C{"q1", &SummaryRow::q1, "the lower quartile, interpolated linearly (type 7)"},
          C{"q3", &SummaryRow::q3, "the upper one"},
          C{"min", &SummaryRow::min, "the lowest value"},
          C{"max", &SummaryRow::max, "the highest value"},
          C{"interval", &SummaryRow::interval,
            "kind of the interval: `t`, Student's; `bootstrap-t`, the studentized bootstrap (`--interval "
            "bootstrap-t`) of 10,000 resamples, seeded by the experiment's seed and the row's key; "
            "`t-instead`, Student's where that was asked for and there are fewer than 10 values, or so many "
            "resamples do not vary that a quantile is infinite"},
          C{"ci_low", &SummaryRow::ci_low,
            "lower end of the 95 % interval of the mean; `nan` for fewer than two values"},
          C{"ci_high", &SummaryRow::ci_high, "its upper end"},
      }));
  return columns;
}

template <>
const Columns<TestRow>& columns_of() {
  using C = Column<TestRow>;
  static const Columns<TestRow> columns({
      C{"dataset", &TestRow::dataset, "the data set's name"},
      C{"network", &TestRow::network, "the network"},
      C{"optimizer_a", &TestRow::optimizer_a, "an optimizer: its name, and its settings in parentheses"},
      C{"optimizer_b", &TestRow::optimizer_b, "the one it is compared with; differences are a − b"},
      C{"pairs", &TestRow::pairs, "trials that both completed"},
      C{"mean_difference", &TestRow::mean_difference, "of the test errors"},
      C{"interval", &TestRow::interval, "kind of its 95 % interval, as in `summary.csv`"},
      C{"ci_low", &TestRow::ci_low,
        "lower end of that interval; where it is Student's it excludes 0 exactly where `p_t` < 0.05"},
      C{"ci_high", &TestRow::ci_high, "its upper end"},
      C{"t", &TestRow::t, "of the paired t test"},
      C{"p_t", &TestRow::p_t, "its p, two-sided"},
      C{"p_t_holm", &TestRow::p_t_holm, "corrected by Holm over all rows of the table that have a test"},
      C{"w", &TestRow::w,
        "of Wilcoxon's signed ranks: the rank sum of the positive differences, ties at their mean rank"},
      C{"zeros", &TestRow::zeros, "differences of 0, which are dropped there"},
      C{"p_wilcoxon", &TestRow::p_wilcoxon,
        "its p, two-sided; up to 50 differences exact over all signs of the ranks that are there, beyond "
        "that "
        "normal with corrections for ties and continuity, as R's `wilcox.test`"},
      C{"p_wilcoxon_holm", &TestRow::p_wilcoxon_holm,
        "corrected by Holm over all rows of the table that have a test"},
      C{"d_z", &TestRow::d_z, "mean over standard deviation of the differences"},
  });
  return columns;
}

namespace {

const Columns<TargetHead>& target_head() {
  using C = Column<TargetHead>;
  static const Columns<TargetHead> columns(
      columns_of<GroupKey>(),
      Columns<TargetHead>({
          C{"rule", &TargetHead::rule,
            "where the target comes from: `best`, `common` or `given` (`symopt report --target`)"},
          C{"target", &TargetHead::target,
            "a validation error, a fraction. Of each trial the lowest validation error of its first ⌈¾ "
            "max-epochs⌉ epochs, of each optimizer the median over all its trials: `best` is the lowest of "
            "these, what the best optimizer's median trial reaches in three quarters of the epochs; `common` "
            "the highest finite one, what every optimizer that trains at all reaches"},
          C{"trials", &TargetHead::trials, "all trials, whatever became of them"},
          C{"reached", &TargetHead::reached,
            "those with a finished epoch whose validation error is at most the target, also if they diverged "
            "later"},
      }));
  return columns;
}

}  // namespace

template <>
const Columns<TargetRow>& columns_of() {
  using C = Column<TargetRow>;
  static const Columns<TargetRow> columns(
      target_head(),
      Columns<TargetRow>({
          C{"epochs", &TargetRow::epochs,
            "median over all trials of the first such epoch; `inf` for a trial that never reached the "
            "target, "
            "so the median is `inf` where half or more never did"},
          C{"epochs_q1", &TargetRow::epochs_q1, "its lower quartile (type 7)"},
          C{"epochs_q3", &TargetRow::epochs_q3, "its upper quartile"},
          C{"epochs_min", &TargetRow::epochs_min, "the lowest"},
          C{"epochs_max", &TargetRow::epochs_max, "the highest"},
          C{"steps", &TargetRow::steps, "median of the optimizer steps up to the end of that epoch"},
          C{"steps_q1", &TargetRow::steps_q1, "its lower quartile"},
          C{"steps_q3", &TargetRow::steps_q3, "its upper quartile"},
          C{"steps_min", &TargetRow::steps_min, "the lowest"},
          C{"steps_max", &TargetRow::steps_max, "the highest"},
      }));
  return columns;
}

template <>
const Columns<TargetTimingRow>& columns_of() {
  using C = Column<TargetTimingRow>;
  static const Columns<TargetTimingRow> columns(
      target_head(),
      Columns<TargetTimingRow>({
          C{"seconds", &TargetTimingRow::seconds,
            "median of the training seconds up to the end of that epoch, search and evaluation apart"},
          C{"seconds_q1", &TargetTimingRow::seconds_q1, "its lower quartile"},
          C{"seconds_q3", &TargetTimingRow::seconds_q3, "its upper quartile"},
          C{"seconds_min", &TargetTimingRow::seconds_min, "the lowest"},
          C{"seconds_max", &TargetTimingRow::seconds_max, "the highest"},
      }));
  return columns;
}

namespace {

constexpr const char* kProblems =
    "`networks`: a problem is a (dataset, network), its effort the median over trials, as AlgoPerf's "
    "workloads; `trials`: a problem is one (dataset, network, seed, trial), where all optimizers had the "
    "same "
    "data and draws";

}  // namespace

template <>
const Columns<ProfileRow>& columns_of() {
  using C = Column<ProfileRow>;
  static const Columns<ProfileRow> columns({
      C{"problems", &ProfileRow::problems, kProblems},
      C{"optimizer", &ProfileRow::optimizer, "the optimizer's name"},
      C{"settings", &ProfileRow::settings, "its settings"},
      C{"ratio", &ProfileRow::ratio, "the profile is a step function: from this ratio on …"},
      C{"share", &ProfileRow::share, "… this share of all problems is solved at that ratio or less"},
  });
  return columns;
}

template <>
const Columns<ScoreRow>& columns_of() {
  using C = Column<ScoreRow>;
  static const Columns<ScoreRow> columns({
      C{"problems", &ScoreRow::problems, kProblems},
      C{"optimizer", &ScoreRow::optimizer, "the optimizer's name"},
      C{"settings", &ScoreRow::settings, "its settings"},
      C{"count", &ScoreRow::count, "problems"},
      C{"solved", &ScoreRow::solved, "those with a finite ratio"},
      C{"best", &ScoreRow::best, "those with ratio 1"},
      C{"score", &ScoreRow::score,
        "AlgoPerf's: the mean of the profile over ratios from 1 to 4, in [0, 1]. 1: best on every problem"},
  });
  return columns;
}

template <>
const Columns<RankRow>& columns_of() {
  using C = Column<RankRow>;
  static const Columns<RankRow> columns({
      C{"optimizer", &RankRow::optimizer,
        "its name where each problem has one setting of it, else its name and settings"},
      C{"problems", &RankRow::problems, "(dataset, network)s that it is ranked on"},
      C{"mean_rank", &RankRow::mean_rank,
        "mean over the problems of its rank by mean test error: 1 is the lowest, equal ones share the mean "
        "of "
        "their ranks, one without a completed trial is last"},
      C{"z", &RankRow::z, "its mean rank less the best one's, over √(k(k + 1)/(6N)); `nan` for the best"},
      C{"p", &RankRow::p, "of z, normal, two-sided"},
      C{"p_holm", &RankRow::p_holm, "corrected by Holm over the rows of the table"},
  });
  return columns;
}

template <>
const Columns<FriedmanRow>& columns_of() {
  using C = Column<FriedmanRow>;
  static const Columns<FriedmanRow> columns({
      C{"problems", &FriedmanRow::problems, "N, the (dataset, network)s"},
      C{"optimizers", &FriedmanRow::optimizers, "k, those that every problem has"},
      C{"chi_squared", &FriedmanRow::chi_squared, "Friedman's statistic, corrected for ties"},
      C{"p_chi_squared", &FriedmanRow::p_chi_squared, "its p by χ² with k − 1 degrees of freedom"},
      C{"f", &FriedmanRow::f,
        "Iman and Davenport's, (N − 1)χ²/(N(k − 1) − χ²); `inf` where all problems agree"},
      C{"p_f", &FriedmanRow::p_f, "its p by F with k − 1 and (k − 1)(N − 1) degrees of freedom"},
      C{"critical_difference", &FriedmanRow::critical_difference,
        "mean ranks further apart than this differ at 5 % by Nemenyi's test"},
  });
  return columns;
}

template <>
const Columns<ClaimRow>& columns_of() {
  using C = Column<ClaimRow>;
  static const Columns<ClaimRow> columns({
      C{"claim", &ClaimRow::claim, "its number"},
      C{"verdict", &ClaimRow::verdict, "`supported`, `not supported`, `undecided`"},
      C{"statement", &ClaimRow::statement, "its words ([docs/protocol.md](../docs/protocol.md))"},
      C{"rule", &ClaimRow::rule, "what decides it"},
      C{"numbers", &ClaimRow::numbers, "what was measured"},
  });
  return columns;
}

template <>
const Columns<FactRow>& columns_of() {
  using C = Column<FactRow>;
  static const Columns<FactRow> columns({
      C{"name", &FactRow::name, "a fact about the program, the machine or the data"},
      C{"value", &FactRow::value, "its value"},
  });
  return columns;
}

}  // namespace symopt
