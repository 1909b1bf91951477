// batch.cpp — gathers rows of bytes and converts them.
#include "core/network/batch.hpp"

namespace symopt {

template <class Real>
Batch<Real> BatchBuffer<Real>::gather(const Samples& samples, std::span<const std::uint32_t> indices) {
  constexpr Real scale = Real(1) / Real(255);
  const size_t inputs = static_cast<size_t>(inputs_);
  const std::uint8_t* pixels = samples.pixels.data();
  for (size_t b = 0; b < indices.size(); ++b) {
    // Rows are drawn at random: ask for the start of a later one while this one is converted.
    if (b + 2 < indices.size())
      for (size_t line = 0; line < inputs; line += 64)
        __builtin_prefetch(pixels + indices[b + 2] * inputs + line);
    const std::uint8_t* __restrict from = pixels + indices[b] * inputs;
    Real* __restrict to = X_.data() + b * inputs;
    for (size_t i = 0; i < inputs; ++i) to[i] = static_cast<Real>(from[i]) * scale;
    labels_[b] = samples.labels[indices[b]];
  }
  return {{X_.data(), static_cast<Index>(indices.size()), inputs_}, labels_.data()};
}

template class BatchBuffer<float>;
template class BatchBuffer<double>;

}  // namespace symopt
