// mysymopt.cpp — w ← w − λ min(1, c/‖g‖) g: SGD whose gradient is clipped by its norm (Pascanu, Mikolov,
// Bengio 2013), and a program that has it beside all other optimizers.
#include <cmath>

#include "experiments/commands/command.hpp"
#include "optimizers/optimizer.hpp"

namespace {

struct ClipSettings {
  double clip = 1;
};

template <class Real>
class ClippedSgd final : public symopt::Optimizer<Real> {
 public:
  explicit ClippedSgd(const ClipSettings& settings) : clip_(static_cast<Real>(settings.clip)) {}
  void bind(const symopt::ParamLayout&, std::span<Real>) override {}
  void step(const symopt::Step<Real>& s, std::span<Real> theta) override {
    const auto g = symopt::as_array(s.grad);
    const Real norm = std::sqrt(g.square().sum());
    symopt::as_array(theta) -= s.learning_rate * (norm > clip_ ? clip_ / norm : Real(1)) * g;
  }

 private:
  Real clip_;
};

}  // namespace

int main(int argc, char** argv) {
  using O = symopt::Option<ClipSettings>;
  const symopt::Options<ClipSettings> options{
      {O{.name = "clip", .field = &ClipSettings::clip, .low = 0, .help = "largest norm of a gradient"}}};
  symopt::add_optimizer(symopt::make_entry<ClippedSgd>("clipped-sgd", "SGD, its gradient clipped by its norm",
                                                       "Pascanu, Mikolov, Bengio 2013", "he", options));
  return symopt::run_command_line({argv + 1, argv + argc});
}
