// drawn.cpp — samples by their index, on all cores.
#include "core/data/drawn.hpp"

#include "core/data/sha256.hpp"
#include "core/parallel.hpp"

namespace symopt {

void draw_samples(Dataset& data, std::uint32_t train, std::uint32_t test, const Stream& root, Purpose purpose,
                  DrawPicture draw) {
  const std::size_t inputs = static_cast<std::size_t>(data.inputs()),
                    classes = static_cast<std::size_t>(data.classes);
  const auto fill = [&](std::uint64_t first, std::uint32_t count, Samples& samples) {
    samples.pixels.resize(count * inputs);
    samples.labels.resize(count);
    parallel_for(count, [&](std::size_t i) {
      const std::size_t label = i % classes;
      samples.labels[i] = static_cast<std::uint8_t>(label);
      draw(static_cast<int>(label), root.fork(purpose, first + i),
           std::span(samples.pixels).subspan(i * inputs, inputs));
    });
  };
  fill(0, train, data.train);
  fill(std::uint64_t{1} << 32, test, data.test);
  Sha256 hash;
  for (const Samples* samples : {&data.train, &data.test}) {
    hash.update(samples->pixels);
    hash.update(samples->labels);
  }
  data.checksum = hash.hex();
}

}  // namespace symopt
