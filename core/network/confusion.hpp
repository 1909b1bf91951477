// confusion.hpp — how often rows of each class are taken for each, and the metrics of segmentation that
// follow. A class without rows has no accuracy, one that is neither there nor predicted no IoU: means leave
// it out.
#pragma once
#include <cstdint>
#include <vector>

#include "core/network/loss.hpp"

namespace symopt {

/// The class of a row's largest logit, the first of equal ones. A NaN is never the largest.
template <class Real>
Index largest_of(const ConstMatrixView<Real>& logits, Index row);

class Confusion {
 public:
  explicit Confusion(Index classes = 0)
      : classes_(classes), counts_(static_cast<size_t>(classes * classes), 0) {}

  void clear() { std::fill(counts_.begin(), counts_.end(), 0); }
  /// Those that count, by the largest of their logits.
  template <class Real>
  void add(const ConstMatrixView<Real>& logits, const TargetsOf<Real>& targets);
  void add(Index label, Index predicted, std::int64_t count = 1) {
    counts_[static_cast<size_t>(label * classes_ + predicted)] += count;
  }

  Index classes() const { return classes_; }
  std::int64_t count(Index label, Index predicted) const {
    return counts_[static_cast<size_t>(label * classes_ + predicted)];
  }
  std::int64_t rows_of(Index label) const;
  std::int64_t taken_for(Index predicted) const;

  // Shares in [0, 1]; NaN where there is nothing to divide by.
  double accuracy() const;                ///< of all rows: the global accuracy
  double accuracy_of(Index label) const;  ///< of the class's rows
  double iou_of(Index label) const;       ///< |both| / |either|, of label and prediction
  double class_accuracy() const;          ///< the mean over classes
  double mean_iou() const;

 private:
  Index classes_;
  std::vector<std::int64_t> counts_;
};

}  // namespace symopt
