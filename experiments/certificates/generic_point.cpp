// generic_point.cpp — draws them.
#include "experiments/certificates/generic_point.hpp"

#include "core/network/start.hpp"

namespace symopt {

namespace {

// Sigmoids bend, and no class is all but certain: otherwise Fisher matrices are singular to rounding.
constexpr double kHidden = 1.5, kClasses = 0.25;

}  // namespace

std::vector<double> generic_point(const ParamLayout& layout, const Stream& stream) {
  std::vector<double> theta(static_cast<size_t>(layout.size));
  fill_start<double>("he", layout, stream.fork(Purpose::init), theta);
  Stream noise = stream.fork(Purpose::init, 1);
  for (const Block& block : layout.blocks)
    for (double& x : view(block, std::span<double>(theta)).reshaped()) switch (block.role) {
        case Role::filters:
          x *= kHidden;
          break;
        case Role::class_vectors:
          x *= kClasses;
          break;
        default:
          x += 0.1 * noise.normal();
      }
  return theta;
}

Matrix<double> generic_samples(Index n, Index inputs, Stream stream) {
  Matrix<double> X(n, inputs);
  for (Index i = 0; i < X.size(); ++i) X.data()[i] = stream.normal();
  return X;
}

}  // namespace symopt
