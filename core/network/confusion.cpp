// confusion.cpp — counting, and shares of counts.
#include "core/network/confusion.hpp"

#include <cmath>
#include <limits>

namespace symopt {

namespace {

double share(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? std::numeric_limits<double>::quiet_NaN()
                    : static_cast<double>(part) / static_cast<double>(whole);
}

template <class Value>
double mean_over(Index classes, Value&& value) {
  double sum = 0;
  std::int64_t count = 0;
  for (Index k = 0; k < classes; ++k)
    if (const double v = value(k); !std::isnan(v)) sum += v, ++count;
  return count == 0 ? std::numeric_limits<double>::quiet_NaN() : sum / static_cast<double>(count);
}

}  // namespace

template <class Real>
Index largest_of(const ConstMatrixView<Real>& logits, Index row) {
  const Real* const values = logits.data() + row * logits.cols();
  Index largest = 0;
  for (Index k = 1; k < logits.cols(); ++k)
    if (!(values[k] <= values[largest]) && !std::isnan(values[k])) largest = k;
  return largest;
}
template Index largest_of(const ConstMatrixView<float>&, Index);
template Index largest_of(const ConstMatrixView<double>&, Index);

template <class Real>
void Confusion::add(const ConstMatrixView<Real>& logits, const TargetsOf<Real>& targets) {
  for (Index r = 0; r < logits.rows(); ++r) {
    if (!targets.counts(r)) continue;
    add(targets.labels[r], largest_of(logits, r));
  }
}
template void Confusion::add(const ConstMatrixView<float>&, const Targets<float>&);
template void Confusion::add(const ConstMatrixView<double>&, const Targets<double>&);

std::int64_t Confusion::rows_of(Index label) const {
  std::int64_t sum = 0;
  for (Index k = 0; k < classes_; ++k) sum += count(label, k);
  return sum;
}
std::int64_t Confusion::taken_for(Index predicted) const {
  std::int64_t sum = 0;
  for (Index k = 0; k < classes_; ++k) sum += count(k, predicted);
  return sum;
}

double Confusion::accuracy() const {
  std::int64_t right = 0, all = 0;
  for (Index k = 0; k < classes_; ++k) right += count(k, k), all += rows_of(k);
  return share(right, all);
}
double Confusion::accuracy_of(Index label) const { return share(count(label, label), rows_of(label)); }
double Confusion::iou_of(Index label) const {
  return share(count(label, label), rows_of(label) + taken_for(label) - count(label, label));
}
double Confusion::class_accuracy() const {
  return mean_over(classes_, [&](Index k) { return accuracy_of(k); });
}
double Confusion::mean_iou() const {
  return mean_over(classes_, [&](Index k) { return iou_of(k); });
}

}  // namespace symopt
