// batches.hpp — an epoch: every sample of a training set once, in a fresh order, by batches.
#pragma once
#include <algorithm>
#include <span>

#include "core/random.hpp"
#include "results/trial.hpp"

namespace symopt {

/// What becomes of samples that do not fill an epoch's last batch: it is smaller, or the epoch leaves them
/// out.
enum class LastBatch { keep, drop };
inline LastBatch last_batch(const ProtocolSettings& protocol) {
  return protocol.last_batch == "drop" ? LastBatch::drop : LastBatch::keep;
}

/// Batches, and so steps, of an epoch.
inline size_t batch_count(size_t samples, size_t batch, LastBatch last) {
  return last == LastBatch::drop ? samples / batch : (samples + batch - 1) / batch;
}

class Batches {
 public:
  /// `samples` are indices into the data set. The order of epoch e depends on `stream` and e only.
  Batches(std::vector<std::uint32_t> samples, int batch, Stream stream, LastBatch last = LastBatch::keep)
      : samples_(std::move(samples)),
        order_(samples_),
        batch_(static_cast<size_t>(batch)),
        count_(batch_count(samples_.size(), batch_, last)),
        stream_(stream) {}

  /// Draws the order of epoch `epoch`.
  void start(int epoch) {
    order_ = samples_;
    Stream(stream_.fork(Purpose::batches, static_cast<std::uint64_t>(epoch))).shuffle(order_);
  }
  size_t count() const { return count_; }
  /// Batch `i` of the epoch, `batch` samples or, the last one where it is kept, what is left.
  std::span<const std::uint32_t> operator[](size_t i) const {
    const size_t begin = i * batch_;
    return std::span(order_).subspan(begin, std::min(batch_, order_.size() - begin));
  }
  std::span<const std::uint32_t> samples() const { return samples_; }
  /// As many of them as an epoch has, in their own order.
  std::span<const std::uint32_t> whole_batches() const {
    return samples().first(std::min(count_ * batch_, samples_.size()));
  }

 private:
  std::vector<std::uint32_t> samples_, order_;
  size_t batch_, count_;
  Stream stream_;
};

}  // namespace symopt
