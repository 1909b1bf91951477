// estimate.cpp — counting and timing a plan.
#include "experiments/session/estimate.hpp"

#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "core/parallel.hpp"
#include "protocols/batches.hpp"
#include "protocols/search.hpp"
#include "protocols/trainer.hpp"
#include "results/files.hpp"
#include "results/statistics.hpp"
#include "results/trial_file.hpp"

namespace symopt {

namespace {

constexpr int kTimedSteps = 20, kTimedLargeSteps = 3;
constexpr size_t kRead = 20;  // finished trials that a mean is made of

using Key = StepTimings::key_type;
Key key_of(const TrialSpec& spec) { return {spec.dataset, spec.network, spec.optimizer}; }

std::unordered_set<std::string> finished_in(const std::filesystem::path& folder) {
  std::unordered_set<std::string> hashes;
  if (folder.empty()) return hashes;
  for (const auto& file : list_folder(folder / "trials"))
    if (file.extension() == ".trial") hashes.insert(file.stem());
  return hashes;
}

double steps_of(int samples, const ProtocolSettings& p) {
  return static_cast<double>(
      batch_count(static_cast<size_t>(samples), static_cast<size_t>(p.batch), last_batch(p)));
}

double seconds_of(const TrialRecord& record) {
  double seconds = record.search_seconds;
  for (const EpochTiming& t : record.timings) seconds += t.train_seconds + t.evaluation_seconds;
  return seconds;
}

// Two short epochs, of which the second is timed: the first one fills caches.
StepTiming timed(TrialSpec spec, const Dataset& data, int threads) {
  const ProtocolSettings whole = spec.protocol;
  ProtocolSettings& p = spec.protocol;
  p.search = false, p.stop_early = false, p.test = false, p.max_epochs = 2;
  p.learning_rate = 1e-6;
  const bool dense = parse_network(spec.shape, 0, 0).dense();
  p.train = std::min(whole.train, (dense ? kTimedSteps : kTimedLargeSteps) * whole.batch);
  p.validation = std::min(whole.validation, dense ? 500 : kTimedLargeSteps * whole.batch);
  p.class_metrics = false, p.train_error = "after";
  Monitor monitor;
  TrialControl control;
  control.threads = threads;
  const TrialRecord record = run_trial(spec, data, monitor, control);
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  if (record.timings.size() < 2) return {nan, nan};
  return {record.timings[1].train_seconds / steps_of(p.train, p),
          record.timings[1].evaluation_seconds / (p.train + p.validation)};
}

// A trial that trains all its epochs.
double seconds_of(const StepTiming& timing, const ProtocolSettings& p, const Dataset& data) {
  const auto [step, sample] = timing;
  const double test = p.test ? sample * static_cast<double>(data.test.count()) : 0.0,
               train = p.train_error == "running" ? 0.0 : sample * p.train;
  double seconds = p.max_epochs * (step * steps_of(p.train, p) + train + sample * p.validation) +
                   (p.test_at == "end" ? test : p.max_epochs * test);
  if (p.search)
    seconds += static_cast<double>(search_grid(p).size()) *
               (p.search_epochs * step * steps_of(p.search_train, p) + sample * p.search_validation);
  return seconds;
}

}  // namespace

PlanEstimate count_plan(const Session& session, const std::filesystem::path& folder) {
  const std::vector<TrialSpec>& specs = session.specs;
  const auto done = finished_in(folder);
  std::vector<char> finished(specs.size(), 0);
  if (!done.empty())
    parallel_for(specs.size(), [&](size_t i) { finished[i] = done.contains(specs[i].hash()); });

  PlanEstimate estimate;
  std::map<Key, size_t> places;
  TrialSpec before;
  for (size_t i = 0; i < specs.size(); ++i) {
    const auto [place, is_new] = places.emplace(key_of(specs[i]), estimate.rows.size());
    if (is_new) estimate.rows.push_back({specs[i].dataset, specs[i].network, specs[i].optimizer});
    PlanRows& row = estimate.rows[place->second];
    before.trial = specs[i].trial;
    if (specs[i] != before) ++row.settings, before = specs[i];
    ++row.trials, row.finished += finished[i];
    ++estimate.trials, estimate.finished += finished[i];
  }
  return estimate;
}

void estimate_time(PlanEstimate& estimate, const Session& session, const std::filesystem::path& folder,
                   StepTimings& timings, int threads) {
  const auto done = finished_in(folder);
  std::map<Key, std::vector<double>> seconds;
  std::map<Key, const TrialSpec*> first;
  for (const TrialSpec& spec : session.specs) {
    first.emplace(key_of(spec), &spec);
    if (done.empty()) continue;
    std::vector<double>& list = seconds[key_of(spec)];
    const std::string hash = list.size() < kRead ? spec.hash() : "";
    if (!done.contains(hash)) continue;
    const auto path = folder / "trials" / (hash + ".trial");
    try {
      if (const auto text = read_file(path)) list.push_back(seconds_of(from_trial_text(*text, path)));
    } catch (const UserError&) {  // a damaged one runs again
    }
  }
  estimate.seconds = 0;
  const DatasetTable data = session.table();
  for (PlanRows& row : estimate.rows) {
    const Key key{row.dataset, row.network, row.optimizer};
    const Dataset& own = *data.at(row.dataset);
    const std::vector<double>& list = seconds[key];
    row.measured = list.size();
    if (list.empty() && !timings.contains(key)) timings[key] = timed(*first.at(key), own, threads);
    row.seconds = list.empty() ? seconds_of(timings.at(key), first.at(key)->protocol, own) : mean(list);
    if (!std::isnan(row.seconds))
      estimate.seconds += row.seconds * static_cast<double>(row.trials - row.finished);
  }
}

std::vector<PartEstimate> estimate_tuning(const Tuning& tuning, const Session& session,
                                          const std::filesystem::path& folder, bool is_timed, int threads) {
  const std::filesystem::path file = folder / "config.ini";
  const bool own = read_file(file) && read_configuration(file) == tuning.configuration();
  std::vector<PartEstimate> list;
  StepTimings timings;
  for (const TunePart& part : tune_parts(tuning.request, tuning.settings, *session.data())) {
    const Session planned = prepare(part.request, session.data());
    PartEstimate& estimate = list.emplace_back();
    estimate.folder = part.folder, estimate.epochs = part.request.protocol.max_epochs;
    estimate.plan = count_plan(planned, "");
    for (const PlanRows& row : estimate.plan.rows) estimate.settings += row.settings;
    if (own)
      estimate.plan.finished = std::min(finished_in(folder / part.folder).size(), estimate.plan.trials);
    if (!is_timed) continue;
    estimate_time(estimate.plan, planned, own ? folder / part.folder : "", timings, threads);
    estimate.plan.seconds *=
        1 - static_cast<double>(estimate.plan.finished) / static_cast<double>(estimate.plan.trials);
  }
  return list;
}

}  // namespace symopt
