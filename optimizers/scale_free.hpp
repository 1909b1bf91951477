// scale_free.hpp — batch-normalized filters grow without bound under metrics that follow their scale; this
// keeps them in the range of the format.
//
// Such a filter moves at right angles to itself by a share of its norm that does not depend on the norm: it
// grows exponentially and would overflow, though its length carries no meaning. Above 2^40 it is multiplied
// by 2^-20, and the running mean and variance of its outputs by 2^-20 and 2^-40: exact, so that the function
// stays in training and in evaluation, and far above where the normalization's ε is felt.
#pragma once
#include <cmath>

#include "optimizers/optimizer.hpp"

namespace symopt::optimizers {

template <class Real>
class ScaleFreeFilters {
 public:
  /// ‖w‖² above which a filter is shortened.
  static constexpr Real kLongest = Real(0x1p80);

  void bind(const ParamLayout& layout) {
    statistics_.clear();
    statistics_.reserve(layout.layers.size());
  }
  /// Of a network where batch normalization follows every layer but the last. To be called at every step;
  /// only a step knows the network, so the first one asks it for its statistics, and no later one allocates.
  void meet(Network<Real>& network) {
    if (statistics_.empty())
      for (BatchStatistics<Real>* s : network.statistics()) statistics_.push_back(s);
  }
  /// Filter i of layer l, the row w.
  template <class Row>
  void shorten(size_t l, Index i, Row&& w) {
    constexpr Real kScale = Real(0x1p-20);
    w *= kScale;
    statistics_[l]->mean[i] *= kScale;
    statistics_[l]->variance[i] *= kScale * kScale;
  }

 private:
  std::vector<BatchStatistics<Real>*> statistics_;  // of the network
};

}  // namespace symopt::optimizers
