// normalization.cpp — two passes over Z for the statistics: the variance is a sum of squares of centred
// values, not a difference of sums.
#include "core/network/normalization.hpp"

#include "core/algebra/dual.hpp"

namespace symopt {

namespace {

// sums ← Σ over shares of part(share, its own sums), each `width` wide; a single share writes into `sums`
// itself.
template <class Real, class Part>
void sum_shares(const RowShares& rows, Index width, Real* sums, Buffer<Real>& partial, Team& team,
                const Part& part) {
  if (rows.count() == 1) return part(0, sums);
  const size_t needed = static_cast<size_t>(rows.count() * width);
  if (partial.size() < needed) partial.resize(needed);
  team.run(rows.count(), [&](Index i, int) { part(i, partial.data() + i * width); });
  std::copy_n(partial.data(), width, sums);
  for (Index i = 1; i < rows.count(); ++i)
    ArrayView<Real>(sums, width) += ConstArrayView<Real>(partial.data() + i * width, width);
}

}  // namespace

template <class Real>
void column_sums(const RowShares& rows, Index filters, const Real* A, Real* sums, Buffer<Real>& partial,
                 Team& team) {
  sum_shares(rows, filters, sums, partial, team, [&](Index i, Real* __restrict s) {
    const Real* __restrict a = A + rows.begin(i) * filters;
    for (Index o = 0; o < filters; ++o) s[o] = Real(0);
    for (Index r = rows.length(i); r > 0; --r, a += filters)
      for (Index o = 0; o < filters; ++o) s[o] += a[o];
  });
}

template <class Real>
Normalization<Real>::Normalization(Index filters, double epsilon, double momentum)
    : filters_(filters), epsilon_(static_cast<Real>(epsilon)) {
  statistics_.mean = statistics_.sum_mean = statistics_.sum_variance = Array<Real>::Zero(filters);
  statistics_.variance = Array<Real>::Ones(filters);
  statistics_.batches = -1;
  statistics_.momentum = static_cast<Real>(momentum);
  statistics_.batch_mean = statistics_.batch_variance = inverse_deviation_ = Array<Real>::Zero(filters);
  sum_ = Array<Real>::Zero(2 * filters);
}

template <class Real>
void Normalization<Real>::measure(const RowShares& rows, const Real* Z, Team& team) {
  BatchStatistics<Real>& s = statistics_;
  column_sums(rows, filters_, Z, s.batch_mean.data(), partial_, team);
  s.batch_mean /= static_cast<Real>(rows.rows);
  sum_shares(rows, filters_, s.batch_variance.data(), partial_, team, [&](Index i, Real* __restrict v) {
    const Real* __restrict z = Z + rows.begin(i) * filters_;
    const Real* __restrict m = s.batch_mean.data();
    for (Index o = 0; o < filters_; ++o) v[o] = Real(0);
    for (Index r = rows.length(i); r > 0; --r, z += filters_)
      for (Index o = 0; o < filters_; ++o) v[o] += (z[o] - m[o]) * (z[o] - m[o]);
  });
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

//   dβ = Σ dA,  dγ = Σ dA ẑ,  dz = (γ/deviation) (dA − dβ/R − ẑ dγ/R).
template <class Real>
void Normalization<Real>::pull_back(const RowShares& rows, const Real* Z, const Array<Real>& scale, Real* dA,
                                    Real* dgamma, Real* dbeta, Team& team) {
  const Index O = filters_;
  const Real* __restrict mean = statistics_.batch_mean.data();
  const Real* __restrict inverse = inverse_deviation_.data();
  sum_shares(rows, 2 * O, sum_.data(), partial_, team, [&](Index i, Real* __restrict sums) {
    Real* __restrict sum = sums;
    Real* __restrict sum_z = sums + O;
    const Real* __restrict d = dA + rows.begin(i) * O;
    const Real* __restrict z = Z + rows.begin(i) * O;
    for (Index o = 0; o < 2 * O; ++o) sums[o] = Real(0);
    for (Index r = rows.length(i); r > 0; --r, d += O, z += O)
      for (Index o = 0; o < O; ++o) {
        sum[o] += d[o];
        sum_z[o] += d[o] * ((z[o] - mean[o]) * inverse[o]);
      }
  });
  ArrayView<Real>(dbeta, O) = sum_.head(O);
  ArrayView<Real>(dgamma, O) = sum_.tail(O);
  sum_ /= static_cast<Real>(rows.rows);
  const Real* __restrict sum = sum_.data();
  const Real* __restrict sum_z = sum_.data() + O;
  const Real* __restrict s = scale.data();
  team.run(rows.count(), [&](Index i, int) {
    Real* __restrict dz = dA + rows.begin(i) * O;
    const Real* __restrict z = Z + rows.begin(i) * O;
    for (Index r = rows.length(i); r > 0; --r, dz += O, z += O)
      for (Index o = 0; o < O; ++o)
        dz[o] = s[o] * (dz[o] - sum[o] - ((z[o] - mean[o]) * inverse[o]) * sum_z[o]);
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
