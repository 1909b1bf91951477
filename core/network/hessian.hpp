// hessian.hpp — products of the loss's Hessian with a vector, exact: forward mode over the backward pass
// (Pearlmutter 1994).
#pragma once
#include "core/algebra/dual.hpp"
#include "core/network/network.hpp"

namespace symopt {

/// In double whatever the training's precision. Allocates on construction only.
class HessianVector {
 public:
  HessianVector(const NetworkSpec& spec, Index max_batch);

  /// At theta, on samples X: B×I with targets: the loss, its gradient in `grad`, and H v in `product`. All
  /// arrays have layout().size elements. Batch normalization uses the batch's statistics and is
  /// differentiated through.
  double compute(std::span<const double> theta, std::span<const double> v, const ConstMatrixView<double>& X,
                 const Targets<double>& targets, std::span<double> grad, std::span<double> product);
  const ParamLayout& layout() const { return network_.layout(); }

 private:
  Network<Dual<double>> network_;
  Buffer<Dual<double>> theta_, grad_, X_, class_weights_;
};

}  // namespace symopt
