// adamw.cpp — AdamW (Loshchilov and Hutter 2019): Adam, and every parameter shrinks by λ·weight-decay a step,
// apart from the gradient and its moments.
#include "optimizers/adam.hpp"

namespace symopt::optimizers {

struct AdamWSettings : AdamSettings {
  AdamWSettings() { weight_decay = 0.01; }
};

OptimizerEntry adamw() {
  std::vector<Option<AdamWSettings>> options = adam_options<AdamWSettings>();
  options.push_back(
      Option<AdamWSettings>{.name = "weight-decay",
                            .field = &AdamWSettings::weight_decay,
                            .low = 0,
                            .high = 100,
                            .help = "times the learning rate: the share that each parameter loses a step",
                            .source = "Loshchilov and Hutter 2019; the default is PyTorch's"});
  return make_entry<Adam, AdamWSettings>("adamw", "Adam with decoupled weight decay",
                                         "Loshchilov and Hutter 2019", "he", std::move(options));
}

}  // namespace symopt::optimizers
