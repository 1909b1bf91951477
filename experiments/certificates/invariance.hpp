// invariance.hpp — certificates: does an optimizer that starts from g·w end at g·(where it ends from w)? And
// the theorem behind them: the gradient is orthogonal to every direction that keeps the function.
#pragma once
#include <limits>
#include <string>
#include <vector>

#include "core/symmetry/group.hpp"
#include "optimizers/optimizer.hpp"

namespace symopt {

enum class Equivariance {
  equivariant,  ///< both ends compute the same function, to kEquivariant of a step
  canonical,  ///< both ends are the same point, to kEquivariant of a step: it moves to one point of the orbit
  first_order,  ///< the difference, relative to the step, shrinks in proportion to the learning rate
  not_equivariant,
  no_symmetry,  ///< the group does not keep this network's function, so there is nothing to certify
  refused,      ///< the optimizer cannot serve the network, or its step moves nothing
};
std::string to_text(Equivariance verdict);

/// Below this, relative to the step, both ends are one function; rounding in double is far below it.
inline constexpr double kEquivariant = 1e-6;
/// A smaller one is of rounding, whatever the rate.
inline constexpr double kRounding = 1e-8;
/// A group keeps a function that changes by less than this, in nats of log-probability.
inline constexpr double kSameFunction = 1e-9;
/// A relative difference with a slope of at least this against the rate, in logarithms, from each rate to the
/// next, is of first order.
inline constexpr double kFirstOrderSlope = 0.8;

struct InvarianceRequest {
  std::vector<std::string> optimizers;  ///< NAME or NAME:option=value:…; empty: the registry
  std::vector<std::string> networks;    ///< as parse_network reads them; empty: default_networks()
  std::vector<std::string> groups;      ///< empty: the registry
  std::uint64_t seed = 1;
  int steps = 20;
  double rate = 0.01, size = 1;  ///< learning rate of the steps (CertificateOptions may scale it); distance
                                 ///< of g from the identity
  Index batch = 512;             ///< samples; pictures, which are a row for each pixel: an eighth as many
  int jobs = 0;                  ///< threads; 0: all cores
};

/// Names and settings resolved; UsageError on what is unknown or out of range.
void complete(InvarianceRequest& request);
const std::vector<std::string>& default_networks();

/// The options under which an optimizer promises what is certified, what its rate is multiplied by, and why.
struct CertificateOptions {
  std::string optimizer, settings;
  double rate_factor;
  std::string reason;
};
const std::vector<CertificateOptions>& certificate_options();

inline constexpr double kNotMeasured = std::numeric_limits<double>::quiet_NaN();

/// One cell. Functions are compared as log-probabilities, in training mode, on the samples of the first
/// batch; differences are maxima over samples and classes.
struct Certificate {
  std::string optimizer, settings, network, group;
  double learning_rate = kNotMeasured;  ///< of one_step and many_steps
  Equivariance verdict = Equivariance::refused;
  std::string reason;
  double function_deviation = kNotMeasured;  ///< of f(g·w) from f(w), nats
  double one_step = kNotMeasured;    ///< of f(w₁) from f(w₂), relative to that of f(w₁) from f(w)
  double many_steps = kNotMeasured;  ///< the same after `steps`
  /// The same where g acts in the middle of them on the weights alone, and the optimizer's state stays.
  double moved_within = kNotMeasured;
  double parameter_space = kNotMeasured;  ///< ‖g·w₁ − w₂‖/‖w₁ − w‖ after one step
  double slope = kNotMeasured;  ///< d log one_step/d log rate over rate, rate/10, rate/100; not of rounding
  double function_deviation_training = kNotMeasured;  ///< with batch normalization's ε of training
  double one_step_training = kNotMeasured;
};

/// Every optimizer × network × group, in this order whatever the threads.
std::vector<Certificate> certify(const InvarianceRequest& request);

/// The cosine |⟨Δw, ∇L⟩|/(‖Δw‖‖∇L‖) between a generator and the gradient.
struct Orthogonality {
  std::string network, group, generator;
  double cosine;
};
/// Every generator of every continuous group on the networks whose function it keeps.
std::vector<Orthogonality> measure_orthogonality(const InvarianceRequest& request);

}  // namespace symopt
