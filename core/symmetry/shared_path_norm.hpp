// shared_path_norm.hpp — the share κ of each weight in the squared path norm (Neyshabur, Salakhutdinov,
// Srebro 2015) where convolutions share weights among places.
//
// The squared norm is the sum over all paths of the product of their squared weights: what the network gives
// for inputs of 1 with every weight squared, no bend, and each maximum taken as a sum, because any of its
// inputs may be the one that passes. κ_w is its derivative by w²: over all places that w has, the sum of the
// paths through it, of the product of all other squared weights. On networks without convolutions it is the κ
// of path_norm.hpp at α = 0.
//
// Rescaling a channel by ρ (its filters and biases times ρ, what reads it at any pixel divided by ρ)
// multiplies its squared values by ρ² at every pixel, and sums over windows of them too: no path changes, and
// gradient/κ grows as the weight does, by ρ. A sum over the window keeps this as the winner's place would,
// and depends on no data. An average of n pixels is a path of weight 1/n. Batch normalization: our reading,
// as in path_norm.hpp, by the weights times their filters' factors on the current batch. Response
// normalization of the inputs is part of the data.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/network/filters.hpp"
#include "core/network/network_spec.hpp"
#include "core/network/params.hpp"
#include "core/network/passes.hpp"

namespace symopt {

/// Allocates on construction and in the first compute() only.
template <class Real>
class SharedPathNorm {
 public:
  explicit SharedPathNorm(const NetworkSpec& spec);
  /// Why it has no κ; nothing where it has.
  static std::optional<std::string> refuses(const NetworkSpec& spec);

  /// `network`: as its gradient at theta on the batch left it; nullptr will do where no layer normalizes.
  void compute(std::span<const Real> theta, const Passes<Real>* network);
  /// κ of every weight and bias, in the order of the parameters; 0 of scales and shifts of normalization.
  std::span<const Real> kappa() const { return kappa_; }

 private:
  struct Stage {
    LayerSpec layer;
    PictureShape input, output;
    int filters = -1;             // which of filters_
    Buffer<Real> values, slopes;  // of the output: γ² and, on the way back, g
  };
  void forward(Stage& stage, std::span<const Real> theta, const Real* input, const Passes<Real>* network);
  void backward(Stage& stage, const Real* input, Real* slopes);

  ParamLayout layout_;
  std::vector<Stage> stages_;
  std::vector<Filters<Real>> filters_;
  Buffer<Real> ones_, sums_;                // of one picture, of the filters of one layer
  Buffer<Real> squares_, factors_, kappa_;  // as the parameters: effective w², s², κ
  Scratch<Real> scratch_;
  Team team_;
};

}  // namespace symopt
