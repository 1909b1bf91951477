// orbits.cpp — node-wise rescaling (Neyshabur, Salakhutdinov, Srebro 2015) and GL(h) (Zhao et al. 2022) as
// orbits.
#include "core/symmetry/orbits.hpp"

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/symmetry/general_linear.hpp"
#include "core/symmetry/rescaling.hpp"

namespace symopt {

namespace {

class RescalingOrbit final : public NetworkOrbit {
 public:
  explicit RescalingOrbit(const NetworkSpec& spec) : layout_(layout_of(spec)) {}
  Index size() const override { return unit_count(layout_); }
  void pull_back(std::span<const double> theta, std::span<const double> c, std::span<double> D) override {
    pull_back_rescaling(layout_, Entry::filters, theta, c, D);
  }
  void act(std::span<const double> T, std::span<double> theta) override {
    rescale_units(layout_, Entry::filters, T, theta);
  }

 private:
  ParamLayout layout_;
};

class MixingOrbit final : public NetworkOrbit {
 public:
  MixingOrbit(const NetworkSpec& spec, Index max_samples, bool exact)
      : exact_(exact), direction_(static_cast<size_t>(layout_of(spec).size)) {
    for (size_t l = 0; l + 1 < spec.layers.size(); ++l)
      layers_.push_back(std::make_unique<GeneralLinear>(spec, l, max_samples));
  }
  Index size() const override {
    Index size = 0;
    for (const auto& layer : layers_) size += layer->filters() * layer->filters();
    return size;
  }
  void set_samples(const ConstMatrixView<double>& X) override { X_ = X; }
  void pull_back(std::span<const double> theta, std::span<const double> c, std::span<double> D) override {
    double* out = D.data();
    for (const auto& layer : layers_) {
      const Index h = layer->filters();
      MatrixView<double>(out, h, h) = layer->pull_back(X_, theta, c);
      out += h * h;
    }
  }
  void act(std::span<const double> T, std::span<double> theta) override {
    const double* in = T.data();
    for (const auto& layer : layers_) {
      const Index h = layer->filters();
      Matrix<double> g = ConstMatrixView<double>(in, h, h);
      if (exact_) {
        g += Matrix<double>::Identity(h, h);
        layer->act(g, X_, theta);
      } else {
        layer->tangent(g, X_, theta, direction_);
        as_array(theta) += as_array(std::span<const double>(direction_));
      }
      in += h * h;
    }
  }

 private:
  bool exact_;
  std::vector<std::unique_ptr<GeneralLinear>> layers_;
  Matrix<double> X_;
  Buffer<double> direction_;
};

}  // namespace

const std::vector<std::string>& orbit_names() {
  static const std::vector<std::string> names = {"general-linear", "node-rescale"};
  return names;
}

std::optional<std::string> orbit_refuses(const std::string& group, const NetworkSpec& spec) {
  if (spec.hidden_layers().empty()) return "it has no hidden layer to teleport";
  if (spec.shapes().back().pixels() > 1) return "expected classes of samples, found classes of pixels";
  if (!find_group(group).holds_for(spec))
    return fmt::format("group {} keeps the function of {} only", group, find_group(group).condition);
  return {};
}

std::unique_ptr<NetworkOrbit> make_orbit(const std::string& group, const NetworkSpec& spec, Index max_samples,
                                         bool exact) {
  if (group == "node-rescale") return std::make_unique<RescalingOrbit>(spec);
  if (group == "general-linear") return std::make_unique<MixingOrbit>(spec, max_samples, exact);
  throw unknown_name("group", group, orbit_names());
}

}  // namespace symopt
