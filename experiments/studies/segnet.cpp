// segnet.cpp — the second experiment of Badrinarayanan, Mishra and Cipolla 2015: SegNet on CamVid, a class
// for every pixel (Badrinarayanan, Kendall, Cipolla 2015).
#include <algorithm>
#include <cmath>

#include "experiments/plan/experiment.hpp"
#include "experiments/studies/predictions.hpp"
#include "experiments/terminal/tables.hpp"
#include "results/class_metrics.hpp"
#include "results/lines.hpp"
#include "results/predictions.hpp"
#include "results/variation.hpp"

namespace symopt {

namespace {

constexpr int kTrain = 367, kValidation = 101;  // SegNet's split of CamVid

void segnet_small(Request& request) {
  request.networks = "segnet:small";
  request.dataset = "camvid-half|synth-streets";
  request.protocol.max_epochs = 30;
  // Five epochs a rate would take longer than the training whose rate they choose.
  request.protocol.search_epochs = 2;
}

void segnet_half(Request& request) {
  request.networks = "segnet:basic";
  request.dataset = "camvid-half|synth-streets";
  request.protocol.max_epochs = 100;
  request.protocol.search_epochs = 5;
}

void segnet_paper(Request& request) {
  segnet_half(request);
  request.dataset = "camvid|synth-streets";
}

void segnet_defaults(Request& request) {
  segnet_small(request);
  // SegNet's own setting is momentum 0.9 with weight decay; filters of unit norm need none.
  request.optimizers = "b-sgd,momentum:weight-decay=0.0005,un,un-momentum";
  request.trials = 3;
  ProtocolSettings& p = request.protocol;
  p.search_train = p.train = kTrain;
  p.search_validation = p.validation = kValidation;
  p.search_eta_min = -0.5, p.search_eta_max = 2.5;
  p.batch = 4;
  p.last_batch = "drop";
  p.annealing = "constant";
  p.stop_early = false;
  p.metric = "iou", p.class_metrics = true, p.class_weights = "median-frequency";
  p.train_error = "running", p.test_at = "end";
  // As SegNet's authors do it. A running mean remembers about ten batches of four pictures, and where a rate
  // turns filters fast it is too old for them: validation errors then jump by up to 18 points from one epoch
  // to the next.
  p.bn_statistics = "population";
}

void segnet_quick(Request& request) {
  request.networks = "segnet:2x16c3";
  request.dataset = "synth-streets";
  request.trials = 2;
  ProtocolSettings& p = request.protocol;
  p.search_train = p.train = 40;
  p.search_validation = p.validation = 12;
  p.search_epochs = 1, p.max_epochs = 2;
  p.search_eta_min = 0, p.search_eta_max = 2, p.search_eta_step = 1;
}

// Records by optimizer, those of one next to each other; only what completed.
struct TrainedArm {
  std::string network, label;
  std::vector<const TrialRecord*> trials;
};
std::vector<TrainedArm> trained_arms(const std::vector<TrialRecord>& records) {
  const std::vector<std::string> settings = settings_texts(records);
  std::vector<TrainedArm> arms;
  for (size_t i = 0; i < records.size(); ++i) {
    if (records[i].status != Status::completed || records[i].class_metrics.empty()) continue;
    const TrialSpec& spec = records[i].spec;
    const std::string label = optimizer_label(spec.optimizer, settings[i]);
    const auto same = [&](const TrainedArm& arm) {
      return arm.network == spec.network && arm.label == label;
    };
    auto arm = std::ranges::find_if(arms, same);
    if (arm == arms.end()) arm = arms.insert(arms.end(), {spec.network, label, {}});
    arm->trials.push_back(&records[i]);
  }
  return arms;
}

// After the last epoch; null where the set was not measured.
const ClassMetrics* last_of(const TrialRecord& record, const std::string& set) {
  const ClassMetrics* last = nullptr;
  for (const ClassMetrics& m : record.class_metrics)
    if (m.set == set) last = &m;
  return last;
}

std::string percents(double share) { return std::isnan(share) ? "–" : fmt::format("{:.1f}", 100 * share); }

std::string with_interval(const std::vector<double>& values, const IntervalRule& rule) {
  const Interval interval = mean_interval(values, rule);
  if (std::isnan(interval.low)) return percents(mean(values));
  return fmt::format("{} [{}, {}]", percents(mean(values)), percents(interval.low), percents(interval.high));
}

// What SegNet's authors report of, by optimizer: means over the trials.
std::string metrics_table(const std::vector<TrainedArm>& arms, const std::string& set,
                          const IntervalRule& rule) {
  std::vector<std::vector<std::string>> rows = {
      {"network", "optimizer", "trials", "loss", "global accuracy", "class average", "mean IoU"}};
  for (const TrainedArm& arm : arms) {
    std::vector<double> loss, global, average, iou;
    for (const TrialRecord* r : arm.trials)
      if (const ClassMetrics* m = last_of(*r, set))
        loss.push_back(m->loss), global.push_back(m->accuracy), average.push_back(m->class_accuracy),
            iou.push_back(m->mean_iou);
    if (iou.empty()) continue;
    rows.push_back({arm.network, arm.label, fmt::format("{}", iou.size()), fmt::format("{:.3f}", mean(loss)),
                    with_interval(global, rule), with_interval(average, rule), with_interval(iou, rule)});
  }
  return rows.size() == 1
             ? ""
             : fmt::format(
                   "{} pictures after the last epoch, in %: mean over the completed trials [95 % interval]\n",
                   set == "test" ? "Test" : "Validation") +
                   align(rows, 2) + "\n";
}

// A row a class, a column an optimizer.
std::string class_table(const std::vector<TrainedArm>& arms, const Dataset& data) {
  std::vector<std::vector<std::string>> rows = {{"IoU in %", "pixels"}};
  std::vector<std::vector<Confusion>> tests;
  for (const TrainedArm& arm : arms) {
    std::vector<Confusion> own;
    for (const TrialRecord* r : arm.trials)
      for (const auto& [set, confusion] : confusions(*r))
        if (set == "test") own.push_back(confusion);
    if (own.empty()) continue;
    const bool several =
        std::ranges::any_of(arms, [&](const TrainedArm& a) { return a.network != arm.network; });
    rows[0].push_back(several ? arm.network + " " + arm.label : arm.label);
    tests.push_back(std::move(own));
  }
  if (tests.empty()) return "";
  for (int k = 0; k < data.classes; ++k) {
    const std::int64_t pixels = tests[0][0].rows_of(k);
    std::int64_t all = 0;
    for (int j = 0; j < data.classes; ++j) all += tests[0][0].rows_of(j);
    const std::string name =
        data.looks.empty() ? fmt::format("class {}", k) : data.looks[static_cast<size_t>(k)].name;
    std::vector<std::string> row = {name,
                                    percents(static_cast<double>(pixels) / static_cast<double>(all)) + " %"};
    for (const auto& own : tests) {
      std::vector<double> iou;
      for (const Confusion& c : own) iou.push_back(c.iou_of(k));
      row.push_back(percents(mean(iou)));
    }
    rows.push_back(row);
  }
  return "Test pictures, classes: mean intersection over union over the completed trials\n" + align(rows, 1) +
         "\n";
}

void segnet_figures(const std::vector<TrainedArm>& arms, LineTable& lines) {
  std::vector<std::string> networks;
  for (const TrainedArm& arm : arms)
    if (std::ranges::find(networks, arm.network) == networks.end()) networks.push_back(arm.network);
  for (size_t n = 0; n < networks.size(); ++n) {
    lines.figure({n == 0 ? "segmentation" : fmt::format("segmentation-{}", n + 1),
                  fmt::format("{}: what every pixel shows", networks[n]),
                  "Each optimizer at the rate that it found best on the validation pictures. Training: of "
                  "each batch just "
                  "before its step. Trials that did not complete are left out."});
    const auto panel = [&](const char* title, const char* yname, const std::string& set, auto value) {
      lines.panel({.title = title, .xname = "Epoch", .yname = yname});
      for (const TrainedArm& arm : arms)
        for (const TrialRecord* r : arm.trials)
          for (const ClassMetrics& m : r->class_metrics)
            if (arm.network == networks[n] && m.set == set)
              lines.add(arm.label, r->spec.trial, m.epoch, value(m));
    };
    panel("Training loss", "Weighted cross-entropy (nats)", "train",
          [](const ClassMetrics& m) { return m.loss; });
    panel("Training pictures", "Mean IoU (%)", "train",
          [](const ClassMetrics& m) { return 100 * m.mean_iou; });
    panel("Validation pictures", "Mean IoU (%)", "validation",
          [](const ClassMetrics& m) { return 100 * m.mean_iou; });
    panel("Validation pictures: pixels", "Global accuracy (%)", "validation",
          [](const ClassMetrics& m) { return 100 * m.accuracy; });
  }
}

std::string segnet_conclusion(const Request& request, const std::vector<TrialRecord>& records,
                              const Dataset& data, const std::filesystem::path& folder) {
  const std::vector<TrainedArm> arms = trained_arms(records);
  LineTable lines;
  segnet_figures(arms, lines);
  lines.write(folder);
  std::string text = metrics_table(arms, "validation", request.intervals()) +
                     metrics_table(arms, "test", request.intervals()) + class_table(arms, data);
  if (!data.looks.empty())
    text += write_predictions(records, data, chosen_samples(request.pictures, data), folder);

  const std::vector<Group> groups = group_records(records);
  text += error_table(groups, request.intervals()) + "\n";
  if (const std::string rates = rate_table(records); !rates.empty()) text += rates + "\n";
  const std::vector<Comparison> comparisons = compare_all(groups, request.intervals());
  return comparisons.empty() ? text : text + comparison_table(comparisons);
}

std::vector<TrialSpec> segnet_plan(const Request& request, const Dataset& data) {
  chosen_samples(request.pictures, data);  // before hours of training
  return expand(request, data);
}

}  // namespace

ExperimentEntry segnet_experiment() {
  return {"segnet",
          "the paper's second experiment: SegNet on CamVid, a class for every pixel; b-sgd, momentum, un, "
          "un-momentum, "
          "each at the rate that suits it",
          segnet_defaults,
          segnet_quick,
          segnet_conclusion,
          segnet_plan,
          prediction_tables(),
          {{"small", "3 encoders of 32 filters 3x3, 240x180, 30 epochs", segnet_small},
           {"half", "SegNet-Basic, 240x180, 100 epochs", segnet_half},
           {"paper", "SegNet-Basic, 480x360, 100 epochs", segnet_paper}},
          true};
}

}  // namespace symopt
