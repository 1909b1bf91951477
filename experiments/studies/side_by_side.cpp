// side_by_side.cpp — the first steps of a trial, at one rate.
#include "experiments/studies/side_by_side.hpp"

#include <chrono>

#include "protocols/first_steps.hpp"
#include "protocols/spec_check.hpp"

namespace symopt {

namespace {

class LossRecorder final : public StepObserver {
 public:
  explicit LossRecorder(StepRun& run) : run_(run) {}
  void begin_step() override { start_ = Clock::now(); }
  void before_step(std::span<const std::uint32_t>, double, double loss) override { loss_ = loss; }
  void after_step() override {
    seconds_ += std::chrono::duration<double>(Clock::now() - start_).count();
    run_.loss.push_back(loss_);
    run_.seconds.push_back(seconds_);
  }

 private:
  using Clock = std::chrono::steady_clock;
  StepRun& run_;
  Clock::time_point start_;
  double loss_ = 0, seconds_ = 0;
};

template <class Real>
StepRun run_in(TrialSpec spec, const Dataset& data, std::int64_t steps) {
  spec.protocol.annealing = "constant";
  FirstSteps<Real> first(spec, data);
  StepRun run;
  LossRecorder recorder(run);
  run.message = first.run(steps, recorder);
  run.remark = first.training().remarks();
  return run;
}

}  // namespace

StepRun run_steps(const TrialSpec& spec, const Dataset& data, std::int64_t steps) {
  return spec.precision == "double" ? run_in<double>(spec, data, steps) : run_in<float>(spec, data, steps);
}

std::int64_t steps_of(const ProtocolSettings& p) {
  return p.max_epochs * static_cast<std::int64_t>(batch_count(static_cast<size_t>(p.train),
                                                              static_cast<size_t>(p.batch), last_batch(p)));
}

std::vector<TrialSpec> no_trials(const Request& request, const Dataset& data) {
  for (const TrialSpec& spec : expand(request, data)) check_spec(spec, data);
  return {};
}

}  // namespace symopt
