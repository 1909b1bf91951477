// phase.hpp — what a training within a trial starts from: it depends on (seed, trial), the phase and the
// data's size alone, never on the optimizer, so that trials with one number are paired.
#pragma once
#include "core/data/dataset.hpp"
#include "protocols/batches.hpp"
#include "protocols/split.hpp"
#include "results/trial.hpp"

namespace symopt {

struct Phase {
  Batches batches;
  std::vector<std::uint32_t> validation;
  Stream init, labels;  ///< of starting values, and of the optimizer's own draws
};

inline Stream trial_stream(const TrialSpec& spec) {
  return Stream(spec.seed, static_cast<std::uint64_t>(spec.trial));
}

/// Phase 1: candidate `c` of the learning-rate search. The split is one for all of them, the rest is each
/// one's own.
inline Phase candidate_training(const TrialSpec& spec, const Dataset& data, std::uint64_t c) {
  const ProtocolSettings& p = spec.protocol;
  const Stream search = trial_stream(spec).fork(Purpose::search);
  Split split = draw_split(data.train.count(), p.search_train, p.search_validation,
                           search.fork(Purpose::split), data.own_validation);
  return {Batches(std::move(split.train), p.batch, search.fork(Purpose::batches, c), last_batch(p)),
          std::move(split.validation), search.fork(Purpose::init, c), search.fork(Purpose::labels, c)};
}

/// Phase 2.
inline Phase full_training(const TrialSpec& spec, const Dataset& data) {
  const ProtocolSettings& p = spec.protocol;
  const Stream trial = trial_stream(spec);
  Split split =
      draw_split(data.train.count(), p.train, p.validation, trial.fork(Purpose::split), data.own_validation);
  return {Batches(std::move(split.train), p.batch, trial.fork(Purpose::batches), last_batch(p)),
          std::move(split.validation), trial.fork(Purpose::init), trial.fork(Purpose::labels)};
}

}  // namespace symopt
