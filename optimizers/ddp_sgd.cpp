// ddp_sgd.cpp — descent in the data-dependent path norm (after Neyshabur, Tomioka, Salakhutdinov, Srebro
// 2016, arXiv:1511.06747). For α > 0 the diagonal κ, for any depth, pools and biases, is a derivation of ours
// (core/symmetry/path_norm.hpp): it takes the second moments as given, though they depend on the weights
// before.
#include "optimizers/path_sgd.hpp"

namespace symopt::optimizers {

struct DdpSgdSettings {
  double alpha = 0.5;
  std::string scale = "none";
};

template <class Real>
class DdpSgd final : public PathDescent<Real> {
 public:
  explicit DdpSgd(const DdpSgdSettings& settings)
      : PathDescent<Real>(settings.alpha, settings.scale == "ratio") {}
};

OptimizerEntry ddp_sgd() {
  using O = Option<DdpSgdSettings>;
  OptimizerEntry entry = make_entry<DdpSgd, DdpSgdSettings>(
      "ddp-sgd", "descent in a data-dependent path norm (for alpha > 0 a derivation of ours)",
      "ours for alpha > 0, after Neyshabur, Tomioka, Salakhutdinov, Srebro 2016 (arXiv:1511.06747)",
      "balanced",
      {{O{.name = "alpha",
          .field = &DdpSgdSettings::alpha,
          .low = 0,
          .high = 1,
          .help = "share of the batch's second moments in the norm; 0 is path-sgd",
          .source = "Neyshabur, Tomioka, Salakhutdinov, Srebro 2016; the default is ours"},
        scale_option<DdpSgdSettings>()}});
  entry.refusal = [](const NetworkSpec& spec, const Assignments&) -> std::optional<std::string> {
    if (spec.dense()) return std::nullopt;
    return "expected a dense network, found convolutions, for whose shared weights the data's part of the "
           "norm is not known";
  };
  return entry;
}

}  // namespace symopt::optimizers
