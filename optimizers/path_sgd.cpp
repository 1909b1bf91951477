// path_sgd.cpp — Path-SGD (Neyshabur, Salakhutdinov, Srebro 2015, arXiv:1506.02617).
#include "optimizers/path_sgd.hpp"

namespace symopt::optimizers {

struct PathSgdSettings {
  std::string scale = "none";
};

template <class Real>
class PathSgd final : public PathDescent<Real> {
 public:
  explicit PathSgd(const PathSgdSettings& settings) : PathDescent<Real>(0, settings.scale == "ratio") {}
};

OptimizerEntry path_sgd() {
  OptimizerEntry entry =
      make_entry<PathSgd, PathSgdSettings>("path-sgd", "steepest descent in the path norm",
                                           "Neyshabur, Salakhutdinov, Srebro 2015 (arXiv:1506.02617); with "
                                           "batch normalization: our reading",
                                           "balanced", {{scale_option<PathSgdSettings>()}});
  entry.refusal = [](const NetworkSpec& spec, const Assignments&) {
    return SharedPathNorm<float>::refuses(spec);
  };
  return entry;
}

}  // namespace symopt::optimizers
