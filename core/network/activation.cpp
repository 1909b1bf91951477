// activation.cpp — relu, leaky relu, sigmoid, tanh, linear.
#include "core/network/activation.hpp"

#include "core/algebra/dual.hpp"

namespace symopt {

template <class Real>
void activate(Activation activation, ArrayView<Real> y) {
  switch (activation) {
    case Activation::linear:
      return;
    case Activation::relu:
      y = (y < Real(0)).select(Real(0), y);
      return;
    case Activation::leaky_relu:
      y = (y < Real(0)).select(Real(kLeakySlope) * y, y);
      return;
    case Activation::sigmoid:
      y = Real(1) / (Real(1) + (-y).exp());
      return;
    case Activation::tanh:
      y = y.tanh();
      return;
  }
}

template <class Real>
void pull_back_activation(Activation activation, ConstArrayView<Real> y, ConstArrayView<Real> dy,
                          ArrayView<Real> da) {
  switch (activation) {
    case Activation::linear:
      if (da.data() != dy.data()) da = dy;
      return;
    case Activation::relu:
      da = (y > Real(0)).select(dy, Real(0));
      return;
    case Activation::leaky_relu:
      da = (y > Real(0)).select(dy, Real(kLeakySlope) * dy);
      return;
    case Activation::sigmoid:
      da = dy * (y * (Real(1) - y));
      return;
    case Activation::tanh:
      da = dy * (Real(1) - y * y);
      return;
  }
}

template void activate(Activation, ArrayView<float>);
template void activate(Activation, ArrayView<double>);
template void activate(Activation, ArrayView<Dual<double>>);
template void pull_back_activation(Activation, ConstArrayView<float>, ConstArrayView<float>,
                                   ArrayView<float>);
template void pull_back_activation(Activation, ConstArrayView<double>, ConstArrayView<double>,
                                   ArrayView<double>);
template void pull_back_activation(Activation, ConstArrayView<Dual<double>>, ConstArrayView<Dual<double>>,
                                   ArrayView<Dual<double>>);

}  // namespace symopt
