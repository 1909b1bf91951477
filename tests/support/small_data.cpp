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

Dataset noisy_pixels() {
  Dataset data;
  data.name = "noisy-pixels", data.checksum = std::string(64, 'd');
  data.height = 4, data.width = 6, data.channels = 2, data.classes = 3, data.ignored = 3;
  data.own_validation = 12;
  Stream stream(13);
  for (auto& [samples, count] : {std::pair(&data.train, 42), std::pair(&data.test, 10)}) {
    samples->labels_each = 24;
    for (int pixel = 0; pixel < 24 * count; ++pixel) {
      const auto draw = stream.below(10);
      const int label = draw == 0 ? 3 : draw < 6 ? 0 : draw < 9 ? 1 : 2;
      for (int channel = 0; channel < 2; ++channel)
        samples->pixels.push_back(
            static_cast<std::uint8_t>(100 + (label == channel ? 50 : 0) + stream.below(60)));
      samples->labels.push_back(static_cast<std::uint8_t>(label));
    }
  }
  return data;
}

TrialSpec pixel_trial(const Dataset& data, const std::string& optimizer, const std::string& network) {
  TrialSpec spec = small_trial(data, network, optimizer);
  ProtocolSettings& p = spec.protocol;
  spec.precision = "float";
  p.search_train = 20, p.search_validation = 8, p.batch = 4, p.train = 30, p.validation = 12;
  p.last_batch = "drop", p.max_epochs = 4, p.stop_early = false, p.annealing = "constant";
  p.class_metrics = true, p.metric = "iou", p.train_error = "running", p.test_at = "end";
  p.class_weights = "median-frequency";
  return spec;
}

}  // namespace symopt::test
