// class_weights.hpp — weights of the loss that make up for rare classes: median frequency balancing (Eigen,
// Fergus 2015).
#pragma once
#include <vector>

#include "core/data/dataset.hpp"

namespace symopt {

/// The share of a class is that of its labels among all that count of the samples where it is there at all;
/// its weight is the median of the classes' shares by its own. Of the first `count` samples; 0 for a class
/// that none of them has.
std::vector<double> median_frequency_weights(const Samples& samples, std::size_t count, int classes,
                                             int ignored);

}  // namespace symopt
