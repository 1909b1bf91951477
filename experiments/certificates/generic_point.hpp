// generic_point.hpp — parameters and samples in general position, for statements about one point that are to
// hold at almost every point.
#pragma once
#include "core/network/network.hpp"

namespace symopt {

/// He's weights; biases and batch normalization's shifts N(0, 0.1²), its scales 1 + N(0, 0.1²): nothing is
/// zero, equal, or normalized by chance of the starting values.
std::vector<double> generic_point(const ParamLayout& layout, const Stream& stream);

/// n×inputs values N(0, 1).
Matrix<double> generic_samples(Index n, Index inputs, Stream stream);

}  // namespace symopt
