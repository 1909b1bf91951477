// schedule_free_sgd.cpp — Schedule-Free SGD (Defazio et al. 2024, algorithm 1; schedule_free.hpp):
//   z ← z − λ (g + decay y)
// No warm-up of its own: that is the protocol's.
#include "optimizers/schedule_free.hpp"

namespace symopt::optimizers {

struct ScheduleFreeSgdSettings {
  double beta = 0.9, weight_decay = 0;
};

template <class Real>
class ScheduleFreeSgd final : public Optimizer<Real> {
 public:
  explicit ScheduleFreeSgd(const ScheduleFreeSgdSettings& settings) : settings_(settings) {}

  void bind(const ParamLayout&, std::span<Real> theta) override { points_.bind(theta); }

  void step(const Step<Real>& s, std::span<Real> theta) override {
    const Real rate = s.learning_rate, c = points_.share(static_cast<double>(rate)),
               decay = static_cast<Real>(settings_.weight_decay);
    const Real* __restrict g = s.grad.data();
    points_.step(c, settings_.beta, theta,
                 [=](size_t i, Real z, Real y) { return z - rate * (g[i] + decay * y); });
  }

  std::vector<std::span<Real>> state() override { return points_.state(); }
  std::span<const Real> evaluation_point(std::span<const Real>) const override { return points_.x(); }

 private:
  ScheduleFreeSgdSettings settings_;
  Averaged<Real> points_;
};

OptimizerEntry schedule_free_sgd() {
  using S = ScheduleFreeSgdSettings;
  using O = Option<S>;
  const std::string defazio = "Defazio et al. 2024";
  return make_entry<ScheduleFreeSgd, S>(
      "schedule-free-sgd", "gradient descent, evaluated at the mean of its points", defazio, "he",
      Options<S>{{O{.name = "beta",
                    .field = &S::beta,
                    .low = 0,
                    .high = 1,
                    .help = "where the gradient is taken: 0 at the newest point, 1 at the mean",
                    .source = defazio},
                  O{.name = "weight-decay",
                    .field = &S::weight_decay,
                    .low = 0,
                    .high = 1,
                    .help = "this times θ is added to g, of every parameter",
                    .source = defazio + "; the default is that of the authors' code"}}});
}

}  // namespace symopt::optimizers
