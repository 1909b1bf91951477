// filter_layer.cpp — forward and backward of the paper's layer.
// B samples, R rows, F features, p pool, O = F·p filters.  W: O×I  Z: R×O  Y: R×F
#include "core/network/filter_layer.hpp"

#include "core/algebra/dual.hpp"
#include "core/network/activation.hpp"
#include "core/network/adjacent_filters.hpp"
#include "core/network/layout.hpp"

namespace symopt {

namespace {

template <class Real>
Filters<Real> make_filters(const LayerSpec& spec, const PictureShape& input, Index max_batch) {
  if (spec.dense()) return Filters<Real>(spec.filters(), input.size(), max_batch);
  return Filters<Real>(spec.convolution(input));
}

}  // namespace

template <class Real>
FilterLayer<Real>::FilterLayer(const LayerSpec& spec, const LayerPlace& place, Index max_batch,
                               ParamLayout& layout, Scratch<Real>& scratch, Team& team)
    : spec_(spec),
      input_(place.input),
      output_(spec.output(place.input)),
      filters_(spec.filters()),
      products_(make_filters<Real>(spec, place.input, max_batch)),
      scratch_(scratch),
      team_(team) {
  const LayerBlocks blocks = add_layer(layout, spec, input_, place.name, place.role);
  const auto offset = [&](int block) { return layout.blocks[static_cast<size_t>(block)].offset; };
  weights_ = offset(blocks.weights);
  if (blocks.bias >= 0) bias_ = offset(blocks.bias);
  if (blocks.bn_scale >= 0) {
    bn_scale_ = offset(blocks.bn_scale), bn_shift_ = offset(blocks.bn_shift);
    normalization_.emplace(filters_, place.bn_epsilon, place.bn_momentum,
                           RowShares(max_batch, output_.pixels()).count());
  }

  scale_ = Array<Real>::Ones(filters_);
  shift_ = Array<Real>::Zero(filters_);
  const size_t filter_outputs = static_cast<size_t>(rows(max_batch) * filters_);
  Z_.resize(filter_outputs);
  dZ_.resize(filter_outputs);
  if (spec.pool > 1) winner_.resize(filter_outputs);
  Y_.resize(static_cast<size_t>(rows(max_batch) * spec.features));
}

template <class Real>
void FilterLayer<Real>::forward(const Real* theta, Index B, const Real* X, Mode mode) {
  const RowShares shares(B, output_.pixels());
  if (lit_ != nullptr)
    products_.forward(*lit_, theta + weights_, Z_.data(), scratch_);
  else
    products_.forward(B, X, theta + weights_, Z_.data(), scratch_, team_);
  if (normalization_) {
    // Statistics, running ones too, are of what enters the normalization, with the bias.
    if (bias_ >= 0)
      team_.run(shares.count(), [&](Index i, int) {
        MatrixView<Real> Z(Z_.data() + shares.begin(i) * filters_, shares.length(i), filters_);
        Z.rowwise() += ConstArrayView<Real>(theta + bias_, filters_).matrix().transpose();
      });
    if (mode == Mode::train) normalization_->measure(shares, Z_.data(), team_);
    normalization_->fill(theta + bn_scale_, theta + bn_shift_, mode, scale_, shift_);
  } else if (bias_ >= 0) {
    shift_ = ConstArrayView<Real>(theta + bias_, filters_);
  }
  const bool mark = mode == Mode::train && spec_.pool > 1;
  const Index F = spec_.features;
  team_.run(shares.count(), [&](Index i, int) {
    const Index from = shares.begin(i), R = shares.length(i);
    max_of_adjacent(R, F, spec_.pool, Z_.data() + from * filters_, scale_.data(), shift_.data(),
                    Y_.data() + from * F, mark ? winner_.data() + from * filters_ : nullptr);
    activate(spec_.activation, ArrayView<Real>(Y_.data() + from * F, R * F));
  });
}

// dZ_ ← the gradient in front of activation and maximum, of rows from … from + R − 1.
template <class Real>
void FilterLayer<Real>::pull_back_units(Index from, Index R, Real* dY) {
  const Index F = spec_.features;
  Real* dz = dZ_.data() + from * filters_;
  Real* da = spec_.pool == 1 ? dz : dY + from * F;
  pull_back_activation<Real>(spec_.activation, {Y_.data() + from * F, R * F}, {dY + from * F, R * F},
                             {da, R * F});
  if (spec_.pool > 1) spread_to_winners(R, F, spec_.pool, da, winner_.data() + from * filters_, dz);
}

template <class Real>
void FilterLayer<Real>::backward(const Real* theta, Index B, const Real* X, Real* dY, Real* grad, Real* dX) {
  const RowShares shares(B, output_.pixels());
  // Units that are linear, one a filter, have dA = dY.
  const bool same = normalization_ && spec_.pool == 1 && spec_.activation == Activation::linear;
  const Real* dA = same ? dY : dZ_.data();
  team_.run(shares.count(), [&](Index i, int) {
    const Index from = shares.begin(i), R = shares.length(i);
    if (!same) pull_back_units(from, R, dY);
    if (normalization_) normalization_->sum_share(shares, i, Z_.data(), dA);
  });
  if (normalization_)
    normalization_->pull_back(shares, Z_.data(), scale_, dA, dZ_.data(), grad + bn_scale_, grad + bn_shift_,
                              team_);
  if (bias_ >= 0) column_sums(shares, filters_, dZ_.data(), grad + bias_, partial_, team_);

  products_.weight_gradient(B, dZ_.data(), X, grad + weights_, scratch_, team_);
  if (dX != nullptr) products_.input_gradient(B, dZ_.data(), theta + weights_, dX, scratch_, team_);
}

template class FilterLayer<float>;
template class FilterLayer<double>;
template class FilterLayer<Dual<double>>;

}  // namespace symopt
