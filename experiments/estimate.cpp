// estimate.cpp — counting and timing a plan.
#include "experiments/estimate.hpp"

#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "protocols/trainer.hpp"
#include "results/files.hpp"
#include "results/parallel.hpp"
#include "results/statistics.hpp"

namespace symopt {

namespace {

constexpr int kTimedSteps = 20;
constexpr size_t kRead = 20;  // finished trials that a mean is made of

using Key = std::pair<std::string, std::string>;
Key key_of(const TrialSpec& spec) { return {spec.network, spec.optimizer}; }

std::unordered_set<std::string> finished_in(const std::filesystem::path& folder) {
  std::unordered_set<std::string> hashes;
  for (const auto& file : list_folder(folder / "trials"))
    if (file.extension() == ".trial") hashes.insert(file.stem());
  return hashes;
}

double steps_of(double samples, const ProtocolSettings& p) { return std::ceil(samples / p.batch); }

double seconds_of(const TrialRecord& record) {
  double seconds = record.search_seconds;
  for (const EpochTiming& t : record.timings) seconds += t.train_seconds + t.evaluation_seconds;
  return seconds;
}

// Two short epochs, of which the second is timed: the first one fills caches.
double timed_seconds(TrialSpec spec, const Dataset& data) {
  const ProtocolSettings whole = spec.protocol;
  ProtocolSettings& p = spec.protocol;
  p.search = false, p.stop_early = false, p.test = false, p.max_epochs = 2;
  p.learning_rate = 1e-6;
  p.train = std::min(whole.train, kTimedSteps * whole.batch);
  p.validation = std::min(whole.validation, 500);
  Monitor monitor;
  const TrialRecord record = run_trial(spec, data, monitor);
  if (record.timings.size() < 2) return std::numeric_limits<double>::quiet_NaN();
  const double step = record.timings[1].train_seconds / steps_of(p.train, p);
  const double sample = record.timings[1].evaluation_seconds / (p.train + p.validation);
  double seconds =
      whole.max_epochs * (step * steps_of(whole.train, whole) +
                          sample * (whole.train + whole.validation +
                                    (whole.test ? static_cast<double>(data.test.count()) : 0.0)));
  if (whole.search)
    seconds +=
        static_cast<double>(search_grid(whole).size()) *
        (whole.search_epochs * step * steps_of(whole.search_train, whole) + sample * whole.search_validation);
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
    if (is_new) estimate.rows.push_back({specs[i].network, specs[i].optimizer});
    PlanRows& row = estimate.rows[place->second];
    before.trial = specs[i].trial;
    if (specs[i] != before) ++row.settings, before = specs[i];
    ++row.trials, row.finished += finished[i];
    ++estimate.trials, estimate.finished += finished[i];
  }
  return estimate;
}

void estimate_time(PlanEstimate& estimate, const Session& session, const std::filesystem::path& folder) {
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
  for (PlanRows& row : estimate.rows) {
    const Key key{row.network, row.optimizer};
    const std::vector<double>& list = seconds[key];
    row.measured = list.size();
    row.seconds = list.empty() ? timed_seconds(*first.at(key), *session.data) : mean(list);
    if (!std::isnan(row.seconds))
      estimate.seconds += row.seconds * static_cast<double>(row.trials - row.finished);
  }
}

}  // namespace symopt
