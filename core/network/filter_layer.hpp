// filter_layer.hpp — the paper's layer: filters → [bias] → [batch normalization] → max over groups of
// adjacent filters → activation (Badrinarayanan, Mishra, Cipolla 2015), over samples or over pixels. Every
// activation here is monotone, so pooling before it or after it is the same function, and before is cheaper.
#pragma once
#include "core/network/filters.hpp"
#include "core/network/layer.hpp"
#include "core/network/network_spec.hpp"
#include "core/network/normalization.hpp"

namespace symopt {

/// What a layer gets from the network around it.
struct LayerPlace {
  PictureShape input;
  std::string name;  ///< its blocks' names start with it
  Role role = Role::filters;
  double bn_epsilon = 1e-5, bn_momentum = 0.1;
};

template <class Real>
class FilterLayer final : public Layer<Real> {
 public:
  /// Adds its blocks to `layout`. `scratch` and `team` are shared by the layers of a network.
  FilterLayer(const LayerSpec& spec, const LayerPlace& place, Index max_batch, ParamLayout& layout,
              Scratch<Real>& scratch, Team& team);

  PictureShape input() const override { return input_; }
  PictureShape output_shape() const override { return output_; }
  void forward(const Real* theta, Index B, const Real* X, Mode mode) override;
  void backward(const Real* theta, Index B, const Real* X, Real* dY, Real* grad, Real* dX) override;
  const Real* output() const override { return Y_.data(); }
  BatchStatistics<Real>* statistics() override {
    return normalization_ ? &normalization_->statistics() : nullptr;
  }

  /// Of the next X; it is not read then and may be null. nullptr: nothing is known of them.
  void set_lit(const LitRows<Real>* rows) { lit_ = rows; }
  const LitRows<Real>* lit() const { return lit_; }

  /// Rows of Z for B samples.
  Index rows(Index B) const { return B * output_.pixels(); }
  /// Z: rows×filters, of the last forward pass: the filters' outputs, before normalization (with the bias,
  /// where it comes before that) or bias.
  const Real* filter_output() const { return Z_.data(); }
  /// dL/dZ: as Z, valid after backward: the gradient at the filters' outputs, before normalization.
  const Real* filter_gradient() const { return dZ_.data(); }
  /// What multiplies each filter's output after the last forward pass, one entry a filter: the filters'
  /// effective values are the rows of W times this. γ/deviation where the layer normalizes, else 1.
  const Real* filter_scale() const { return scale_.data(); }
  const Filters<Real>& filters() const { return products_; }

 private:
  void pull_back_units(Index from, Index R, Real* dY);

  LayerSpec spec_;
  PictureShape input_, output_;
  Index filters_;                                              // features × pool
  Index weights_, bias_ = -1, bn_scale_ = -1, bn_shift_ = -1;  // offsets
  std::optional<Normalization<Real>> normalization_;
  Array<Real> scale_, shift_;     // A = scale ⊙ Z + shift, one entry a filter
  Buffer<Real> Z_, dZ_, winner_;  // rows×filters; winner: 1 where the filter is its group's maximum
  Buffer<Real> Y_;                // rows×features
  Buffer<Real> partial_;          // sums of shares
  Filters<Real> products_;
  const LitRows<Real>* lit_ = nullptr;
  Scratch<Real>& scratch_;
  Team& team_;
};

}  // namespace symopt
