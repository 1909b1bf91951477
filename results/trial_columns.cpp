// trial_columns.cpp — the columns of what one trial leaves: in its trial file, and in the tables that have
// rows of single trials.
#include "results/rows.hpp"

namespace symopt {

template <>
const Columns<GroupKey>& columns_of() {
  using C = Column<GroupKey>;
  static const Columns<GroupKey> columns({
      C{"dataset", &GroupKey::dataset, "the data set's name"},
      C{"network", &GroupKey::network, "the network, by the name it was asked for"},
      C{"optimizer", &GroupKey::optimizer, "the optimizer's name"},
      C{"settings", &GroupKey::settings,
        "its options that differ from their defaults, then what else varies among its trials"},
  });
  return columns;
}

template <>
const Columns<TrialKey>& columns_of() {
  using C = Column<TrialKey>;
  static const Columns<TrialKey> columns(columns_of<GroupKey>(),
                                         Columns<TrialKey>({
                                             C{"seed", &TrialKey::seed, "the experiment's seed"},
                                             C{"trial", &TrialKey::trial, "the trial's number, from 0"},
                                         }));
  return columns;
}

template <>
const Columns<Ending>& columns_of() {
  using C = Column<Ending>;
  static const Columns<Ending> columns({
      C{"status", &Ending::status,
        "`completed`; `diverged`: loss, a parameter, a running statistic or an evaluated logit not finite; "
        "`failed`: an error; `timed-out`"},
      C{"message", &Ending::message,
        "where it diverged (which block, statistic or layer) or why it failed; then, as for completed "
        "trials, what the optimizer has to say about its numerics: factors that had no full rank and were "
        "solved by a pseudo-inverse"},
      C{"learning_rate", &Ending::learning_rate,
        "the rate that the full training started with; `nan` if the search found none"},
      C{"edge", &Ending::edge, "was that rate at an end of the grid: `none`, `low`, `high`"},
      C{"stop", &Ending::stop,
        "why it stopped: `max-epochs`, `train-error`, `validation-rose`, `validation-still`; empty if it "
        "did not complete"},
      C{"search_seconds", &Ending::search_seconds, "of the whole search"},
  });
  return columns;
}

template <>
const Columns<EpochPoint>& columns_of() {
  using C = Column<EpochPoint>;
  static const Columns<EpochPoint> columns({
      C{"epoch", &EpochPoint::epoch,
        "counts from 1; the finished ones, also those of a trial that diverged later"},
      C{"steps", &EpochPoint::steps, "optimizer steps since the start of the full training"},
      C{"learning_rate", &EpochPoint::learning_rate, "used in this epoch"},
      C{"cost", &EpochPoint::cost, "mean batch loss of the epoch"},
      C{"train_error", &EpochPoint::train_error, "of the training samples, after the epoch"},
      C{"validation_error", &EpochPoint::validation_error, "of the validation samples, after the epoch"},
      C{"test_error", &EpochPoint::test_error,
        "of the test samples, after the epoch; `nan` with `test=false`"},
  });
  return columns;
}

template <>
const Columns<SearchPoint>& columns_of() {
  using C = Column<SearchPoint>;
  static const Columns<SearchPoint> columns({
      C{"learning_rate", &SearchPoint::learning_rate, "the candidate"},
      C{"status", &SearchPoint::status, "`completed` or `diverged`"},
      C{"cost", &SearchPoint::cost, "mean batch loss of its last epoch"},
      C{"validation_error", &SearchPoint::validation_error, "after its last epoch"},
  });
  return columns;
}

template <>
const Columns<EpochTiming>& columns_of() {
  using C = Column<EpochTiming>;
  static const Columns<EpochTiming> columns({
      C{"train_seconds", &EpochTiming::train_seconds, "of the epoch's steps; of epoch 0 the whole search"},
      C{"evaluation_seconds", &EpochTiming::evaluation_seconds, "of measuring its errors"},
  });
  return columns;
}

template <>
const Columns<Teleport>& columns_of() {
  using C = Column<Teleport>;
  static const Columns<Teleport> columns({
      C{"step", &Teleport::step, "optimizer steps since the start of the full training, before the teleport"},
      C{"ascents", &Teleport::ascents, "steps of gradient ascent that were taken"},
      C{"gradient_before", &Teleport::gradient_before, "‖∇L‖² on the samples of the search"},
      C{"gradient_after", &Teleport::gradient_after, "the same afterwards"},
      C{"loss_before", &Teleport::loss_before, "the loss there"},
      C{"loss_after", &Teleport::loss_after, "the same afterwards: a teleport should keep it"},
      C{"seconds", &Teleport::seconds, "of the search"},
  });
  return columns;
}

template <>
const Columns<TrialRow>& columns_of() {
  using C = Column<TrialRow>;
  const Columns<Ending>& ending = columns_of<Ending>();
  static const Columns<TrialRow> columns(
      columns_of<TrialKey>(),
      Columns<TrialRow>(
          {C{"start", &TrialRow::start,
             "starting values: `gaussian`, `balanced`, `he`, `glorot`, `uniform`, `unbalanced`"}}),
      ending.only({"status", "learning_rate", "edge"}),
      Columns<TrialRow>({C{"epochs", &TrialRow::epochs, "finished epochs of the full training"}}),
      ending.only({"stop"}),
      Columns<TrialRow>({
          C{"cost", &TrialRow::cost, "mean batch loss of the last finished epoch"},
          C{"train_error", &TrialRow::train_error, "after the last finished epoch"},
          C{"validation_error", &TrialRow::validation_error, "after the last finished epoch"},
          C{"test_error", &TrialRow::test_error, "after the last finished epoch"},
          C{"best_epoch", &TrialRow::best_epoch,
            "the first epoch of the lowest validation error; 0 if there is none"},
          C{"best_validation_error", &TrialRow::best_validation_error, "there"},
          C{"best_test_error", &TrialRow::best_test_error, "there"},
      }),
      ending.only({"message"}),
      Columns<TrialRow>({C{"hash", &TrialRow::hash, "the name of its file in `trials/`"}}));
  return columns;
}

template <>
const Columns<EpochRow>& columns_of() {
  static const Columns<EpochRow> columns(columns_of<TrialKey>(), columns_of<EpochPoint>());
  return columns;
}

template <>
const Columns<SearchRow>& columns_of() {
  using C = Column<SearchRow>;
  static const Columns<SearchRow> columns(
      columns_of<TrialKey>(), columns_of<SearchPoint>(),
      Columns<SearchRow>(
          {C{"chosen", &SearchRow::chosen, "1 for the rate that the full training started with, else 0"}}));
  return columns;
}

template <>
const Columns<TimingRow>& columns_of() {
  using C = Column<TimingRow>;
  static const Columns<TimingRow> columns(
      columns_of<TrialKey>(),
      Columns<TimingRow>({C{"epoch", &TimingRow::epoch, "counts from 1; 0 is the search"}}),
      columns_of<EpochTiming>());
  return columns;
}

template <>
const Columns<TeleportOutcome>& columns_of() {
  using C = Column<TeleportOutcome>;
  const Columns<Teleport>& teleport = columns_of<Teleport>();
  static const Columns<TeleportOutcome> columns(
      teleport.only({"step"}),
      Columns<TeleportOutcome>({C{"skipped", &TeleportOutcome::skipped,
                                  "1 where ‖∇L‖² was above `max-gradient`, so that w stayed where it was"}}),
      teleport.only({"ascents", "gradient_before", "gradient_after", "loss_before", "loss_after"}));
  return columns;
}

template <>
const Columns<TeleportRow>& columns_of() {
  static const Columns<TeleportRow> columns(columns_of<TrialKey>(), columns_of<TeleportOutcome>());
  return columns;
}

template <>
const Columns<TeleportTimingRow>& columns_of() {
  static const Columns<TeleportTimingRow> columns(columns_of<TrialKey>(),
                                                  columns_of<Teleport>().only({"step", "seconds"}));
  return columns;
}

template <>
const Columns<ClassMetrics>& columns_of() {
  using C = Column<ClassMetrics>;
  static const Columns<ClassMetrics> columns({
      C{"epoch", &ClassMetrics::epoch, "counts from 1"},
      C{"set", &ClassMetrics::set,
        "the samples: `train` (with `train-error=running` of each batch before its step), `validation`, "
        "`test`"},
      C{"loss", &ClassMetrics::loss,
        "cross-entropy in nats, the mean by the weights of the classes; of running ones the mean over the "
        "batches"},
      C{"accuracy", &ClassMetrics::accuracy, "share of the samples, or pixels that count, that are right"},
      C{"class_accuracy", &ClassMetrics::class_accuracy, "the mean over the classes of that share"},
      C{"mean_iou", &ClassMetrics::mean_iou,
        "the mean over the classes of intersection over union of label and prediction"},
  });
  return columns;
}

template <>
const Columns<ConfusionCount>& columns_of() {
  using C = Column<ConfusionCount>;
  static const Columns<ConfusionCount> columns({
      C{"set", &ConfusionCount::set, "the samples, as in `class_metrics.csv`, after the last epoch"},
      C{"label", &ConfusionCount::label, "their class"},
      C{"predicted", &ConfusionCount::predicted, "the class they are taken for"},
      C{"rows", &ConfusionCount::rows, "how many samples or pixels"},
  });
  return columns;
}

template <>
const Columns<ClassMetricsRow>& columns_of() {
  static const Columns<ClassMetricsRow> columns(columns_of<TrialKey>(), columns_of<ClassMetrics>());
  return columns;
}

template <>
const Columns<ConfusionRow>& columns_of() {
  static const Columns<ConfusionRow> columns(columns_of<TrialKey>(), columns_of<ConfusionCount>());
  return columns;
}

template <>
const Columns<ClassRow>& columns_of() {
  using C = Column<ClassRow>;
  static const Columns<ClassRow> columns(
      columns_of<TrialKey>(),
      Columns<ClassRow>({
          C{"set", &ClassRow::set, "the samples, as in `class_metrics.csv`, after the last epoch"},
          C{"label", &ClassRow::label, "the class"},
          C{"rows", &ClassRow::rows, "samples or pixels of the class"},
          C{"accuracy", &ClassRow::accuracy, "share of them that are right; `nan` where there are none"},
          C{"iou", &ClassRow::iou,
            "intersection over union of label and prediction; `nan` where the class is in neither"},
      }));
  return columns;
}

template <>
const Columns<PlanRow>& columns_of() {
  using C = Column<PlanRow>;
  static const Columns<PlanRow> columns(
      columns_of<TrialKey>(),
      Columns<PlanRow>(
          {C{"hash", &PlanRow::hash, "the name of its file in `trials/`, once it is finished"}}));
  return columns;
}

}  // namespace symopt
