// test_groups.cpp — every group keeps the function where it says so, and obeys the laws of a group.
#include "core/algebra/least_squares.hpp"
#include "core/network/loss.hpp"
#include "core/symmetry/general_linear.hpp"
#include "core/symmetry/rescaling.hpp"
#include "experiments/certificates/generic_point.hpp"
#include "tests/support/catch.hpp"

using namespace symopt;

namespace {

constexpr double kEpsilon = std::numeric_limits<double>::epsilon();

// Depths, pools, activations, biases, with and without batch normalization; ε = 0.
std::vector<NetworkSpec> networks() {
  std::vector<NetworkSpec> specs;
  for (const char* text : {"mlp:7-5-3+bias",
                           "mlp:7-5-4-3/leaky-relu",
                           "mlp:7-6x2-3/sigmoid+bias",
                           "mlp:7-6-5-3/linear+bias",
                           "arch1:7-4x3-3/pool2+bias",
                           "arch1:7-4x2-3/pool3/linear",
                           "arch1:7-5x2-3/pool2/sigmoid",
                           "archbn:7-4x2-3/pool2",
                           "archbn:7-5x2-3/leaky-relu+bias",
                           "archbn:7-5x2-3/pool2/sigmoid",
                           "conv:6x5x2-3c3-p2s2-4c3-5-3/leaky-relu+bias",
                           "conv:7x6x2-4c3v-p3s2-3c2-3/bn/pool2/relu",
                           "conv:6x7x3-lrn-4c3s2-4c3-gap-3/pool3/relu",
                           "conv:6x5x2-3c3-p2s2-4c3-3/sigmoid+bias",
                           "conv:7x6x2-3c3-p2s2-4c3-p2s2-u-3c3-u-4c3-2c1/bn/relu",
                           "conv:7x6x2-3c3-p2s2-4c3-p2s2-u-3c3-u-3/leaky-relu+bias",
                           "conv:7x6x2-4c3-a2s2-3c2-3/bn/relu",
                           "conv:6x5x2-3c3-a3s2-4c3-3/leaky-relu+bias",
                           "mlp:7-6-5-3/tanh+bias",
                           "conv:6x5x2-3c3-a2s2-4c3-3/tanh+bias",
                           "conv:6x5x2-3c3-a2s2-4c3-3/linear+bias",
                           "conv:6x5x2-3c3-p2s2-4c3-3/bn-bias/relu",
                           "conv:6x5x2-3c3-4c3-3/bn-bias/tanh+bias"}) {
    specs.push_back(parse_network(text, 0, 0));
    specs.back().bn_epsilon = 0;
  }
  return specs;
}

// A group that fits to data needs dense layers to act at all; the others act where the function changes, too.
bool acts_on(const GroupEntry& group, const NetworkSpec& spec) {
  return !group.needs_data || group.holds_for(spec);
}

// A site with parameters in general position and samples: few enough for general-linear where it asks for
// them.
struct Place {
  Site site;
  std::vector<double> theta;
  Matrix<double> X;

  Place(const NetworkSpec& spec, const GroupEntry& group)
      : site(spec, generic_samples(group.needs_data ? 4 : 40, spec.inputs(), Stream(3, 0))),
        theta(generic_point(site.layout, Stream(1, 0))),
        X(site.X) {}
  Matrix<double> function(const std::vector<double>& at) const {
    Network<double> network(site.spec, X.rows());
    const Matrix<double> logits = network.forward(at, {X.data(), X.rows(), X.cols()}, Mode::train);
    return log_probabilities<double>({logits.data(), logits.rows(), logits.cols()});
  }
  double change(const std::vector<double>& at) const {
    return (function(at) - function(theta)).cwiseAbs().maxCoeff();
  }
  // Between g·f at w and f at g·w, on the samples that g moves.
  double change(const Element& g, const std::vector<double>& at) const {
    Place moved = *this;
    g.act_on_samples(moved.X);
    Matrix<double> expected = function(theta);
    g.act_on_outputs(expected);
    return (moved.function(at) - expected).cwiseAbs().maxCoeff();
  }
};

double distance(const std::vector<double>& a, const std::vector<double>& b) {
  double largest = 0;
  for (size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(a[i] - b[i]));
  return largest;
}

// Rounding through a few layers, whose weights an element multiplies by up to e^4; general-linear solves a
// linear system, which loses the digits of its condition.
double tolerance(const GroupEntry& group) { return (group.needs_data ? 1e7 : 1e3) * kEpsilon; }

bool linear_units(const NetworkSpec& spec) {
  return as_dense(spec) && spec.activation() == Activation::linear && as_dense(spec)->pool == 1 &&
         !spec.batch_norm();
}

}  // namespace

TEST_CASE("groups (1): g keeps the function where the group says it holds, and changes it elsewhere") {
  for (const GroupEntry& group : group_registry())
    for (const NetworkSpec& spec : networks()) {
      if (!acts_on(group, spec)) continue;
      const Place place(spec, group);
      std::vector<double> moved = place.theta;
      const auto g = group.draw(place.site, Stream(2, 0).fork(Purpose::certificate), 1);
      const ActionStatus status = g->act(moved);
      const double change = place.change(*g, moved);
      INFO(group.name << " on " << spec.text() << ": " << change << " " << status.message);
      if (group.needs_data)
        CHECK(status.exact == (change <= 1e-7));
      else if (group.holds_for(spec))
        CHECK(change <= tolerance(group));
      else if (moved != place.theta)  // response normalization hardly bends: its α is 1e-4
        CHECK(change > (group.beside == Beside::samples ? 1e-9 : 1e-3));
      const bool acts = group.beside == Beside::loss ? g->loss_factor() > 1.5
                        : group.name == "bn-shift" && !group.holds_for(spec)
                            ? moved == place.theta  // there is none
                            : distance(moved, place.theta) > 0.05;
      CHECK(acts);
    }
}

TEST_CASE("groups (2): the inverse brings every parameter back, also where the function changes") {
  for (const GroupEntry& group : group_registry())
    for (const NetworkSpec& spec : networks()) {
      if (!acts_on(group, spec)) continue;
      const Place place(spec, group);
      const auto g = group.draw(place.site, Stream(2, 0), 1);
      std::vector<double> there = place.theta;
      const ActionStatus status = g->act(there);
      if (!status.exact) continue;  // a least-squares fit is not undone
      // U comes back from its action on the features: exactly, where they span their whole space.
      if (group.needs_data && !linear_units(spec)) continue;
      INFO(group.name << " on " << spec.text());
      std::vector<double> back = there;
      g->inverse()->act(back);
      if (group.needs_data)
        CHECK(place.change(back) <= tolerance(group));
      else
        CHECK(distance(back, place.theta) <= tolerance(group));
    }
}

TEST_CASE("groups (3): equal streams give equal elements, and size 0 the identity of a continuous group") {
  for (const GroupEntry& group : group_registry())
    for (const NetworkSpec& spec : networks()) {
      if (!acts_on(group, spec)) continue;
      const Place place(spec, group);
      INFO(group.name << " on " << spec.text());
      std::vector<double> a = place.theta, b = place.theta, identity = place.theta;
      group.draw(place.site, Stream(5, 0), 0.5)->act(a);
      group.draw(place.site, Stream(5, 0), 0.5)->act(b);
      CHECK(a == b);
      if (group.generators == nullptr) continue;
      group.draw(place.site, Stream(5, 0), 0)->act(identity);
      CHECK(place.change(identity) <= tolerance(group));
    }
}

TEST_CASE("groups (4): scalings compose by adding the logarithms, shifts by adding") {
  for (const char* name : {"node-rescale", "layer-rescale", "bn-rescale", "filter-rescale", "class-shift",
                           "bn-shift", "input-scale"})
    for (const NetworkSpec& spec : networks()) {
      const GroupEntry& group = find_group(name);
      const Place place(spec, group);
      std::vector<double> twice = place.theta, once = place.theta;
      group.draw(place.site, Stream(5, 0), 0.25)->act(twice);
      group.draw(place.site, Stream(5, 0), 0.5)->act(twice);
      group.draw(place.site, Stream(5, 0), 0.75)->act(once);
      INFO(name << " on " << spec.text());
      CHECK(distance(twice, once) <= 100 * kEpsilon);
    }
}

TEST_CASE(
    "groups (5): a permutation of at most six units of at most three filters, 360 times, is the identity") {
  const GroupEntry& group = find_group("permutation");
  for (const NetworkSpec& spec : networks()) {
    const Place place(spec, group);
    const auto g = group.draw(place.site, Stream(5, 0), 1);
    std::vector<double> theta = place.theta;
    // lcm(1, …, 6) = 60 brings the units back; what it does inside each has an order that divides 6.
    for (int i = 0; i < 60 * 6; ++i) g->act(theta);
    INFO(spec.text());
    CHECK(theta == place.theta);
  }
}

TEST_CASE("general-linear: acting by h after g is acting by hg, where the layer is linear") {
  const NetworkSpec spec = parse_network("mlp:7-6-5-3/linear+bias", 0, 0);
  const Site site(spec);
  const Matrix<double> X = generic_samples(30, 7, Stream(1, 0));
  for (size_t l : {0, 1}) {
    GeneralLinear layer(spec, l, X.rows());
    const Index n = layer.filters();
    const Matrix<double> g = Matrix<double>::Identity(n, n) + 0.1 * generic_samples(n, n, Stream(2, l)),
                         h = Matrix<double>::Identity(n, n) + 0.1 * generic_samples(n, n, Stream(3, l));
    std::vector<double> one = generic_point(site.layout, Stream(4, 0)), two = one;
    CHECK(layer.act(g, X, two).exact);
    CHECK(layer.act(h, X, two).exact);
    CHECK(layer.act(h * g, X, one).exact);
    CHECK(distance(one, two) <= 1e4 * kEpsilon);
  }
}

TEST_CASE("general-linear: features that lose independence are said, not NaN") {
  // One unit that is off for every sample: with four samples and four units the rank cannot be four.
  const NetworkSpec spec = parse_network("mlp:5-4-3+bias", 0, 0);
  const Site site(spec, generic_samples(4, 5, Stream(1, 0)));
  std::vector<double> theta = generic_point(site.layout, Stream(2, 0));
  const Block& bias = site.layout.blocks[static_cast<size_t>(site.layout.layers[0].bias)];
  view(bias, std::span<double>(theta)).array() += 30;
  Matrix<double> g = Matrix<double>::Identity(4, 4);
  g(0, 0) = -1;
  const ActionStatus status = GeneralLinear(spec, 0, 4).act(g, site.X, theta);
  CHECK_FALSE(status.exact);
  CHECK(status.message.find("layer 1") != std::string::npos);
  CHECK(status.message.find("rank 3") != std::string::npos);
  for (double x : theta) CHECK(std::isfinite(x));
}

TEST_CASE("generators are the derivatives of the action") {
  // Central differences: error of order h² and ε/h.
  constexpr double h = 1e-5;
  for (const NetworkSpec& spec : networks()) {
    const GroupEntry& group = find_group("general-linear");
    if (!acts_on(group, spec)) continue;
    const Place place(spec, group);
    for (size_t l = 0; l + 1 < place.site.layout.layers.size(); ++l) {
      GeneralLinear layer(spec, l, place.X.rows());
      const Index n = layer.filters();
      const Matrix<double> T = generic_samples(n, n, Stream(7, l));
      std::vector<double> direction(place.theta.size()), ahead = place.theta, behind = place.theta;
      layer.tangent(T, place.X, place.theta, direction);
      const ActionStatus a = layer.act(Matrix<double>::Identity(n, n) + h * T, place.X, ahead);
      const ActionStatus b = layer.act(Matrix<double>::Identity(n, n) - h * T, place.X, behind);
      if (!a.exact || !b.exact) continue;  // the fit's own derivative is another
      double error = 0, length = 0;
      for (size_t i = 0; i < ahead.size(); ++i) {
        error = std::max(error, std::abs((ahead[i] - behind[i]) / (2 * h) - direction[i]));
        length = std::max(length, std::abs(direction[i]));
      }
      INFO(spec.text() << " layer " << l + 1);
      CHECK(error <= 1e-5 * length);
    }
  }
  for (const GroupEntry& group : group_registry())
    for (const NetworkSpec& spec : networks()) {
      if (group.generators == nullptr || group.needs_data) continue;
      const Place place(spec, group);
      // The element of size h moves along a sum of the generators, so it stays in their span.
      std::vector<Eigen::VectorXd> span;
      group.generators(place.site, place.theta, [&](const std::string&, std::span<const double> d) {
        span.emplace_back(Eigen::Map<const Eigen::VectorXd>(d.data(), static_cast<Index>(d.size())));
      });
      std::vector<double> ahead = place.theta, behind = place.theta;
      const auto g = group.draw(place.site, Stream(9, 0), h);
      g->act(ahead);
      g->inverse()->act(behind);
      Eigen::VectorXd rate(static_cast<Index>(ahead.size()));
      for (Index i = 0; i < rate.size(); ++i)
        rate[i] = (ahead[static_cast<size_t>(i)] - behind[static_cast<size_t>(i)]) / (2 * h);
      INFO(group.name << " on " << spec.text());
      if (span.empty()) {
        CHECK(rate.norm() == 0);
        continue;
      }
      Eigen::MatrixXd basis(rate.size(), static_cast<Index>(span.size()));
      for (size_t i = 0; i < span.size(); ++i) basis.col(static_cast<Index>(i)) = span[i];
      const Eigen::VectorXd rest = rate - basis * least_squares(basis, rate).X;
      CHECK(rest.norm() <= 1e-6 * rate.norm());
    }
}

TEST_CASE("pull-backs along an orbit are the adjoints of the generators") {
  for (const NetworkSpec& spec : networks()) {
    const GroupEntry& mixing = find_group("general-linear");
    const Place place(spec, mixing);
    const Matrix<double> c_row = generic_samples(1, place.site.layout.size, Stream(8, 0));
    const std::span<const double> c(c_row.data(), place.theta.size());
    const auto dot = [&](std::span<const double> d) { return (as_array(c) * as_array(d)).sum(); };
    INFO(spec.text());
    for (size_t l = 0; acts_on(mixing, spec) && l + 1 < place.site.layout.layers.size(); ++l) {
      GeneralLinear layer(spec, l, place.X.rows());
      const Matrix<double> T = generic_samples(layer.filters(), layer.filters(), Stream(7, l));
      std::vector<double> direction(place.theta.size());
      layer.tangent(T, place.X, place.theta, direction);
      const double forward = dot(direction);
      const double backward = layer.pull_back(place.X, place.theta, c).cwiseProduct(T).sum();
      CHECK(std::abs(forward - backward) <= 1e7 * kEpsilon * (1 + std::abs(forward)));
    }
    for (const auto& [name, entry] :
         {std::pair("node-rescale", Entry::filters), std::pair("bn-rescale", Entry::normalization)}) {
      std::vector<double> out(static_cast<size_t>(unit_count(place.site.layout)));
      pull_back_rescaling(place.site.layout, entry, place.theta, c, out);
      size_t u = 0;
      find_group(name).generators(place.site, place.theta,
                                  [&](const std::string&, std::span<const double> d) {
                                    CHECK(std::abs(out[u++] - dot(d)) <= 1e3 * kEpsilon);
                                  });
      CHECK(u == out.size());
    }
  }
}
