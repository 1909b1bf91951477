// batch.cpp — gathers rows of bytes or floats and converts them.
#include "core/network/batch.hpp"

#include <algorithm>

namespace symopt {

namespace {

// Rows of `from`, converted one by one, times `scale`: B×I.
template <class Real, class Stored>
void convert_rows(const Stored* from, std::span<const std::uint32_t> indices, size_t inputs, Real scale,
                  Real* X) {
  constexpr size_t in_a_line = 64 / sizeof(Stored);
  for (size_t b = 0; b < indices.size(); ++b) {
    // Rows are drawn at random: ask for the start of a later one while this one is converted.
    if (b + 2 < indices.size())
      for (size_t i = 0; i < inputs; i += in_a_line) __builtin_prefetch(from + indices[b + 2] * inputs + i);
    const Stored* __restrict row = from + indices[b] * inputs;
    Real* __restrict to = X + b * inputs;
    for (size_t i = 0; i < inputs; ++i) to[i] = static_cast<Real>(row[i]) * scale;
  }
}

}  // namespace

template <class Real>
Inputs<Real> BatchBuffer<Real>::inputs(const Samples& samples, std::span<const std::uint32_t> indices) {
  constexpr Real scale = Real(1) / Real(255);
  if (!samples.lit.empty()) {
    lit_.take(samples.lit, indices, scale);
    return Inputs<Real>(lit_);
  }
  const size_t inputs = static_cast<size_t>(inputs_);
  X_.resize(static_cast<size_t>(capacity_) * inputs);
  if (samples.values.empty())
    convert_rows(samples.pixels.data(), indices, inputs, scale, X_.data());
  else
    convert_rows(samples.values.data(), indices, inputs, Real(1), X_.data());
  return {X_.data(), static_cast<Index>(indices.size()), inputs_};
}

template <class Real>
Batch<Real> BatchBuffer<Real>::gather(const Samples& samples, std::span<const std::uint32_t> indices) {
  const size_t each = samples.labels_each;
  for (size_t b = 0; b < indices.size(); ++b)
    std::copy_n(samples.labels.data() + indices[b] * each, each, labels_.data() + b * each);
  return {inputs(samples, indices),
          {labels_.data(), ignored_, class_weights_.empty() ? nullptr : class_weights_.data()}};
}

template class BatchBuffer<float>;
template class BatchBuffer<double>;

}  // namespace symopt
