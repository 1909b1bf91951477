// nearest_mean.cpp — Euclidean distances to the class means.
#include "tests/support/nearest_mean.hpp"

#include <algorithm>
#include <vector>

namespace symopt::test {

double nearest_mean_accuracy(const Dataset& data) {
  const std::size_t inputs = static_cast<std::size_t>(data.inputs()),
                    classes = static_cast<std::size_t>(data.classes);
  const Samples &train = data.train, &test = data.test;
  std::vector<double> means(classes * inputs);
  const double of_a_class = static_cast<double>(train.count()) / static_cast<double>(classes);
  for (std::size_t i = 0; i < train.count(); ++i)
    for (std::size_t j = 0; j < inputs; ++j)
      means[train.labels[i] * inputs + j] += train.pixels[i * inputs + j] / of_a_class;
  std::size_t right = 0;
  for (std::size_t i = 0; i < test.count(); ++i) {
    std::vector<double> distances(classes);
    for (std::size_t k = 0; k < classes; ++k)
      for (std::size_t j = 0; j < inputs; ++j) {
        const double difference = test.pixels[i * inputs + j] - means[k * inputs + j];
        distances[k] += difference * difference;
      }
    right += std::ranges::min_element(distances) - distances.begin() == test.labels[i];
  }
  return static_cast<double>(right) / static_cast<double>(test.count());
}

}  // namespace symopt::test
