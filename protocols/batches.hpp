// batches.hpp — an epoch: every sample of a training set once, in a fresh order, by batches.
#pragma once
#include "core/random.hpp"

namespace symopt {

class Batches {
 public:
  /// `samples` are indices into the data set. The order of epoch e depends on `stream` and e only.
  Batches(std::vector<std::uint32_t> samples, int batch, Stream stream)
      : samples_(std::move(samples)), order_(samples_), batch_(static_cast<size_t>(batch)), stream_(stream) {}

  /// Draws the order of epoch `epoch`.
  void start(int epoch) {
    order_ = samples_;
    Stream(stream_.fork(Purpose::batches, static_cast<std::uint64_t>(epoch))).shuffle(order_);
  }
  size_t count() const { return (samples_.size() + batch_ - 1) / batch_; }
  /// Batch `i` of the epoch, `batch` samples or, the last one, what is left.
  std::span<const std::uint32_t> operator[](size_t i) const {
    const size_t begin = i * batch_;
    return std::span(order_).subspan(begin, std::min(batch_, order_.size() - begin));
  }
  std::span<const std::uint32_t> samples() const { return samples_; }

 private:
  std::vector<std::uint32_t> samples_, order_;
  size_t batch_;
  Stream stream_;
};

}  // namespace symopt
