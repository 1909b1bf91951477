// nearest_mean.hpp — the simplest classifier of pictures, as a measure of how hard a data set is.
#pragma once
#include "core/data/dataset.hpp"

namespace symopt::test {

/// The part of the test pictures whose nearest class mean of the training pictures is their own class's.
/// Every class has as many training pictures.
double nearest_mean_accuracy(const Dataset& data);

}  // namespace symopt::test
