// normalization.cpp — the variance is a sum of squares of centred values, not a difference of sums.
#include "core/network/normalization.hpp"

#include "core/algebra/dual.hpp"

namespace symopt {

namespace {

// total ← Σ over shares of what each has left in `partial`, `width` wide, in their order.
template <class Real>
void add_shares(Index count, Index width, const Real* partial, Real* total) {
  std::copy_n(partial, width, total);
  for (Index i = 1; i < count; ++i)
    ArrayView<Real>(total, width) += ConstArrayView<Real>(partial + i * width, width);
}

template <class Real>
void sum_columns(Index rows, Index columns, const Real* __restrict a, Real* __restrict sums) {
  for (Index o = 0; o < columns; ++o) sums[o] = Real(0);
  for (; rows > 0; --rows, a += columns)
    for (Index o = 0; o < columns; ++o) sums[o] += a[o];
}

}  // namespace

template <class Real>
void column_sums(const RowShares& rows, Index filters, const Real* A, Real* sums, Buffer<Real>& partial,
                 Team& team) {
  if (rows.count() == 1) return sum_columns(rows.rows, filters, A, sums);
  const size_t needed = static_cast<size_t>(rows.count() * filters);
  if (partial.size() < needed) partial.resize(needed);
  team.run(rows.count(), [&](Index i, int) {
    sum_columns(rows.length(i), filters, A + rows.begin(i) * filters, partial.data() + i * filters);
  });
  add_shares(rows.count(), filters, partial.data(), sums);
}

template <class Real>
Normalization<Real>::Normalization(Index filters, double epsilon, double momentum, Index max_shares)
    : filters_(filters), epsilon_(static_cast<Real>(epsilon)) {
  statistics_.mean = statistics_.sum_mean = statistics_.sum_variance = Array<Real>::Zero(filters);
  statistics_.variance = Array<Real>::Ones(filters);
  statistics_.batches = -1;
  statistics_.momentum = static_cast<Real>(momentum);
  statistics_.batch_mean = statistics_.batch_variance = inverse_deviation_ = Array<Real>::Zero(filters);
  sum_ = Array<Real>::Zero(2 * filters);
  partial_.resize(static_cast<size_t>(max_shares * 2 * filters));
}

// Each share is read once from memory: its mean, and its squares around it while it lies in the cache.
//   mean = Σ sum_i / R,  R variance = Σ squares_i + n_i (mean_i − mean)².
template <class Real>
void Normalization<Real>::measure(const RowShares& rows, const Real* Z, Team& team) {
  BatchStatistics<Real>& s = statistics_;
  const Index O = filters_;
  team.run(rows.count(), [&](Index i, int) {
    const Index R = rows.length(i);
    const Real n = static_cast<Real>(R);
    const Real* __restrict z = Z + rows.begin(i) * O;
    Real* __restrict mean = partial_.data() + i * 2 * O;
    Real* __restrict squares = mean + O;
    sum_columns(R, O, z, mean);
    for (Index o = 0; o < O; ++o) mean[o] /= n, squares[o] = Real(0);
    for (Index r = 0; r < R; ++r, z += O)
      for (Index o = 0; o < O; ++o) squares[o] += (z[o] - mean[o]) * (z[o] - mean[o]);
  });
  const auto n = [&](Index i) { return static_cast<Real>(rows.length(i)); };
  const auto mean = [&](Index i) { return ConstArrayView<Real>(partial_.data() + i * 2 * O, O); };
  const auto squares = [&](Index i) { return ConstArrayView<Real>(partial_.data() + (i * 2 + 1) * O, O); };
  s.batch_mean = mean(0), s.batch_variance = squares(0);
  if (rows.count() > 1) {
    s.batch_mean *= n(0);
    for (Index i = 1; i < rows.count(); ++i) s.batch_mean += n(i) * mean(i);
    s.batch_mean /= static_cast<Real>(rows.rows);
    s.batch_variance += n(0) * (mean(0) - s.batch_mean).square();
    for (Index i = 1; i < rows.count(); ++i)
      s.batch_variance += squares(i) + n(i) * (mean(i) - s.batch_mean).square();
  }
  s.batch_variance /= static_cast<Real>(rows.rows);

  const Real unbias =
      rows.rows > 1 ? static_cast<Real>(rows.rows) / static_cast<Real>(rows.rows - 1) : Real(1);
  if (s.batches >= 0) {
    s.sum_mean += s.batch_mean;
    s.sum_variance += unbias * s.batch_variance;
    ++s.batches;
  } else {
    s.mean += s.momentum * (s.batch_mean - s.mean);
    s.variance += s.momentum * (unbias * s.batch_variance - s.variance);
  }
}

template <class Real>
void Normalization<Real>::fill(const Real* gamma, const Real* beta, Mode mode, Array<Real>& scale,
                               Array<Real>& shift) {
  const ConstArrayView<Real> g(gamma, filters_), b(beta, filters_);
  if (mode == Mode::train) {
    inverse_deviation_ = (statistics_.batch_variance + epsilon_).rsqrt();
    scale = g * inverse_deviation_;
    shift = b - statistics_.batch_mean * scale;
  } else {
    scale = g * (statistics_.variance + epsilon_).rsqrt();
    shift = b - statistics_.mean * scale;
  }
}

template <class Real>
void Normalization<Real>::sum_share(const RowShares& rows, Index i, const Real* Z, const Real* dA) {
  const Index O = filters_;
  const Real* __restrict mean = statistics_.batch_mean.data();
  const Real* __restrict inverse = inverse_deviation_.data();
  const Real* __restrict d = dA + rows.begin(i) * O;
  const Real* __restrict z = Z + rows.begin(i) * O;
  Real* __restrict sum = partial_.data() + i * 2 * O;
  Real* __restrict sum_z = sum + O;
  for (Index o = 0; o < O; ++o) sum[o] = sum_z[o] = Real(0);
  for (Index r = rows.length(i); r > 0; --r, d += O, z += O)
    for (Index o = 0; o < O; ++o) {
      sum[o] += d[o];
      sum_z[o] += d[o] * ((z[o] - mean[o]) * inverse[o]);
    }
}

//   dβ = Σ dA,  dγ = Σ dA ẑ,  dz = (γ/deviation) (dA − dβ/R − ẑ dγ/R).
template <class Real>
void Normalization<Real>::pull_back(const RowShares& rows, const Real* Z, const Array<Real>& scale,
                                    const Real* dA, Real* dZ, Real* dgamma, Real* dbeta, Team& team) {
  const Index O = filters_;
  const Real* __restrict mean = statistics_.batch_mean.data();
  const Real* __restrict inverse = inverse_deviation_.data();
  add_shares(rows.count(), 2 * O, partial_.data(), sum_.data());
  ArrayView<Real>(dbeta, O) = sum_.head(O);
  ArrayView<Real>(dgamma, O) = sum_.tail(O);
  sum_ /= static_cast<Real>(rows.rows);
  const Real* __restrict sum = sum_.data();
  const Real* __restrict sum_z = sum_.data() + O;
  const Real* __restrict s = scale.data();
  team.run(rows.count(), [&](Index i, int) {
    const Real* __restrict z = Z + rows.begin(i) * O;
    Real* __restrict dz = dZ + rows.begin(i) * O;
    const auto pull = [&](Real da, Index o) {
      return s[o] * (da - sum[o] - ((z[o] - mean[o]) * inverse[o]) * sum_z[o]);
    };
    if (dA == dZ) {
      for (Index r = rows.length(i); r > 0; --r, dz += O, z += O)
        for (Index o = 0; o < O; ++o) dz[o] = pull(dz[o], o);
    } else {
      const Real* __restrict da = dA + rows.begin(i) * O;
      for (Index r = rows.length(i); r > 0; --r, da += O, dz += O, z += O)
        for (Index o = 0; o < O; ++o) dz[o] = pull(da[o], o);
    }
  });
}

template void column_sums(const RowShares&, Index, const float*, float*, Buffer<float>&, Team&);
template void column_sums(const RowShares&, Index, const double*, double*, Buffer<double>&, Team&);
template void column_sums(const RowShares&, Index, const Dual<double>*, Dual<double>*, Buffer<Dual<double>>&,
                          Team&);
template class Normalization<float>;
template class Normalization<double>;
template class Normalization<Dual<double>>;

}  // namespace symopt
