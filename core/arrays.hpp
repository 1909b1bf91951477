// arrays.hpp — row-major matrices and views of flat memory. A filter is a contiguous row; samples are rows of
// X.
#pragma once
#include <Eigen/Core>
#include <span>
#include <vector>

namespace symopt {

using Index = Eigen::Index;

template <class Real>
using Matrix = Eigen::Matrix<Real, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
template <class Real>
using MatrixView = Eigen::Map<Matrix<Real>>;
template <class Real>
using ConstMatrixView = Eigen::Map<const Matrix<Real>>;

template <class Real>
using Array = Eigen::Array<Real, Eigen::Dynamic, 1>;
template <class Real>
using ArrayView = Eigen::Map<Array<Real>>;
template <class Real>
using ConstArrayView = Eigen::Map<const Array<Real>>;

/// Flat memory aligned for vector loads.
template <class Real>
using Buffer = std::vector<Real, Eigen::aligned_allocator<Real>>;

template <class Real>
ArrayView<Real> as_array(std::span<Real> values) {
  return {values.data(), static_cast<Index>(values.size())};
}
template <class Real>
ConstArrayView<Real> as_array(std::span<const Real> values) {
  return {values.data(), static_cast<Index>(values.size())};
}

}  // namespace symopt
