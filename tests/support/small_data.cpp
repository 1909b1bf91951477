// small_data.cpp — samples drawn from seeded streams.
#include "tests/support/small_data.hpp"

#include <algorithm>

#include "core/network/network_spec.hpp"
#include "core/random.hpp"
#include "optimizers/optimizer.hpp"

namespace symopt::test {

Dataset noisy_classes() {
  Dataset data;
  data.name = "noisy-classes", data.checksum = std::string(64, 'b');
  data.height = 2, data.width = 4, data.classes = 3;
  Stream stream(11);
  const auto fill = [&](Samples& samples, int count) {
    for (int i = 0; i < count; ++i) {
      const int label = i % data.classes;
      for (int pixel = 0; pixel < data.inputs(); ++pixel) {
        const double value = (pixel % data.classes == label ? 150 : 100) + 45 * stream.normal();
        samples.pixels.push_back(static_cast<std::uint8_t>(std::clamp(value, 0.0, 255.0)));
      }
      samples.labels.push_back(static_cast<std::uint8_t>(label));
    }
  };
  fill(data.train, 60);
  fill(data.test, 30);
  return data;
}

Dataset lone_samples() {
  constexpr int count = 60;
  Dataset data;
  data.name = "lone-samples", data.checksum = std::string(64, 'c');
  data.height = 6, data.width = 10, data.classes = 3;
  Stream stream(12);
  data.train.pixels.assign(count * count, 0);
  for (size_t i = 0; i < count; ++i) {
    data.train.pixels[i * count + i] = 255;
    data.train.labels.push_back(static_cast<std::uint8_t>(stream.below(3)));
  }
  data.test = data.train;
  return data;
}

TrialSpec small_trial(const Dataset& data, const std::string& network, const std::string& optimizer,
                      int trial) {
  TrialSpec spec;
  spec.dataset = data.name, spec.checksum = data.checksum;
  spec.network = network, spec.shape = parse_network(network, data.picture(), data.classes).text();
  spec.optimizer = optimizer, spec.start = find_optimizer(optimizer).start;
  spec.precision = "double";
  spec.trial = trial;
  ProtocolSettings& p = spec.protocol;
  p.search_train = 24, p.search_validation = 12, p.search_epochs = 2;
  p.search_eta_min = 0, p.search_eta_max = 1, p.search_eta_step = 0.5;
  p.batch = 10, p.train = 36, p.validation = 24;
  p.max_epochs = 8, p.min_epochs = 4;
  return spec;
}

}  // namespace symopt::test
