// drawn.cpp — samples by their index, on all cores.
#include "core/data/drawn.hpp"

#include "core/data/sha256.hpp"
#include "core/parallel.hpp"

namespace symopt {

namespace {

// draw(i, stream, pixels, labels): sample i of its part.
template <class Draw>
void draw_both(Dataset& data, std::uint32_t train, std::uint32_t test, std::size_t labels_each,
               const Stream& root, Purpose purpose, const Draw& draw) {
  const auto inputs = static_cast<std::size_t>(data.inputs());
  const auto fill = [&](std::uint64_t first, std::uint32_t count, Samples& samples) {
    samples.labels_each = labels_each;
    samples.pixels.resize(count * inputs);
    samples.labels.resize(count * labels_each);
    parallel_for(count, [&](std::size_t i) {
      draw(i, root.fork(purpose, first + i), std::span(samples.pixels).subspan(i * inputs, inputs),
           std::span(samples.labels).subspan(i * labels_each, labels_each));
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

}  // namespace

void draw_samples(Dataset& data, std::uint32_t train, std::uint32_t test, const Stream& root, Purpose purpose,
                  DrawPicture draw) {
  const auto classes = static_cast<std::size_t>(data.classes);
  draw_both(data, train, test, 1, root, purpose,
            [&](std::size_t i, Stream stream, std::span<std::uint8_t> pixels, std::span<std::uint8_t> label) {
              label[0] = static_cast<std::uint8_t>(i % classes);
              draw(label[0], std::move(stream), pixels);
            });
}

void draw_labelled_pixels(Dataset& data, std::uint32_t train, std::uint32_t test, const Stream& root,
                          Purpose purpose, DrawLabelledPixels draw) {
  const std::size_t pixels_each =
      static_cast<std::size_t>(data.height) * static_cast<std::size_t>(data.width);
  draw_both(data, train, test, pixels_each, root, purpose,
            [&](std::size_t, Stream stream, std::span<std::uint8_t> pixels, std::span<std::uint8_t> labels) {
              draw(std::move(stream), pixels, labels);
            });
}

}  // namespace symopt
