// test_generalization.cpp — average sharpness against plain passes, curvatures along an orbit against
// differences of the curves that they are of, the teleports that change both, and the study.
#include <cmath>
#include <unsupported/Eigen/MatrixFunctions>

#include "core/algebra/least_squares.hpp"
#include "core/network/network.hpp"
#include "experiments/certificates/generic_point.hpp"
#include "experiments/plan/experiment.hpp"
#include "experiments/studies/average_sharpness.hpp"
#include "experiments/studies/generalization.hpp"
#include "experiments/studies/orbit_curvature.hpp"
#include "results/correlation.hpp"
#include "results/lines.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/csv_table.hpp"
#include "tests/support/errors.hpp"
#include "tests/support/records.hpp"
#include "tests/support/small_data.hpp"

using namespace symopt;
using namespace symopt::test;

namespace {

constexpr Index kSamples = 40, kClasses = 3;

struct Problem {
  NetworkSpec spec;
  ParamLayout layout;
  std::vector<double> theta;
  SampleColumns samples;
  Matrix<double> rows;  // the same samples
};

Problem problem(const char* text, std::uint64_t seed = 1) {
  Problem p{parse_network(text, 0, 0), {}, {}, {}, {}};
  p.layout = layout_of(p.spec);
  p.theta = generic_point(p.layout, Stream(seed, 0));
  p.rows = generic_samples(kSamples, p.spec.inputs(), Stream(seed + 100, 0));
  p.samples.X = p.rows.transpose();
  for (Index i = 0; i < kSamples; ++i) p.samples.labels.push_back(static_cast<std::uint8_t>(i % kClasses));
  return p;
}

Batch<double> batch_of(const Problem& p) {
  return {{p.rows.data(), p.rows.rows(), p.rows.cols()}, p.samples.labels.data()};
}

double frobenius(const LayerMatrices& a, const LayerMatrices& b) {
  double square = 0;
  for (size_t l = 0; l < a.size(); ++l) square += (a[l] - b[l]).squaredNorm();
  return std::sqrt(square);
}

LayerMatrices zeros_like(const LayerMatrices& a) {
  LayerMatrices zeros;
  for (const Eigen::MatrixXd& one : a) zeros.push_back(Eigen::MatrixXd::Zero(one.rows(), one.cols()));
  return zeros;
}

// γ'(0) and γ''(0) by central differences. An even error of h⁴ is taken away by a second width.
template <class Curve>
CurveDerivatives differences(const Curve& curve, double h) {
  const LayerMatrices at = curve(0), p1 = curve(h), m1 = curve(-h), p2 = curve(2 * h), m2 = curve(-2 * h);
  CurveDerivatives d;
  for (size_t l = 0; l < at.size(); ++l) {
    d.first.push_back((8 * (p1[l] - m1[l]) - (p2[l] - m2[l])) / (12 * h));
    d.second.push_back((16 * (p1[l] + m1[l]) - (p2[l] + m2[l]) - 30 * at[l]) / (12 * h * h));
  }
  return d;
}

Eigen::MatrixXd leaky_of(const Eigen::MatrixXd& Z) { return Z.unaryExpr(&leaky); }
Eigen::MatrixXd straight_of(const Eigen::MatrixXd& F) { return F.unaryExpr(&straightened); }

}  // namespace

TEST_CASE(
    "correlation: r, its interval and p are those of SciPy and Fisher's formula, and there is none without "
    "variation") {
  // scipy.stats.pearsonr, and tanh(arctanh(r) ± norm.ppf(0.975)/√2).
  const std::vector<double> x = {1, 2, 4, 7, 11}, y = {2, 1, 5, 3, 9};
  const Correlation c = correlation(x, y);
  CHECK(c.pairs == 5);
  CHECK(c.r == Approx(0.8563488385776752).epsilon(1e-12));
  CHECK(c.interval.low == Approx(-0.10601446794911468).epsilon(1e-10));
  CHECK(c.interval.high == Approx(0.9903661084689194).epsilon(1e-10));
  CHECK(c.p == Approx(0.06393092587662509).epsilon(1e-10));
  CHECK(correlation(x, x).r == Approx(1).epsilon(1e-15));
  CHECK(std::isnan(correlation(x, std::vector<double>(5, 2.0)).r));
  CHECK(std::isnan(correlation(x, std::vector<double>{1, 2, NAN, 3, 4}).r));
  const Correlation three = correlation(std::vector<double>{1, 2, 3}, std::vector<double>{1, 3, 2});
  CHECK(three.r == Approx(0.5));
  CHECK(three.p == Approx(2. / 3));
  CHECK(std::isnan(three.interval.low));
}

TEST_CASE("average sharpness: loss, mean and gradient are those of plain passes at every perturbed point") {
  for (const char* text : {"mlp:7-5-3/leaky-relu", "mlp:7-6-5-3/leaky-relu", "mlp:7-4-5-4-3/leaky-relu"}) {
    const Problem p = problem(text);
    const std::vector<double> radii = {0.1, 0.4, 0.9};
    constexpr int kDirections = 4;
    const Stream stream(3, 0);
    const AverageSharpness found =
        average_sharpness(p.layout, p.theta, p.samples, radii, kDirections, stream, true);
    Network<double> network(p.spec, kSamples);
    std::vector<double> sum(p.theta.size()), gradient(p.theta.size());
    double mean = 0, scale = 0;
    for (std::uint64_t k = 0; k < kDirections; ++k) {
      const std::vector<double> d = positive_direction(p.layout.size, stream.fork(Purpose::teleport, k));
      double square = 0;
      for (const double x : d) {
        CHECK(x >= 0);
        square += x * x;
      }
      CHECK(square == Approx(1).epsilon(1e-14));
      for (const double t : radii) {
        std::vector<double> moved = p.theta;
        for (size_t i = 0; i < moved.size(); ++i) moved[i] += t * d[i];
        mean += network.gradient(moved, batch_of(p), gradient);
        for (size_t i = 0; i < sum.size(); ++i) sum[i] += gradient[i];
      }
    }
    mean /= 12;
    double apart = 0;
    for (size_t i = 0; i < sum.size(); ++i) {
      apart = std::max(apart, std::abs(sum[i] / 12 - found.gradient[i]));
      scale = std::max(scale, std::abs(sum[i] / 12));
    }
    INFO(text);
    // Sums of 40 samples and 12 points of sums of up to 7 products: a hundred roundings at the most.
    constexpr double kRounding = 100 * 2.2e-16;
    CHECK(std::abs(found.mean - mean) <= kRounding * mean);
    CHECK(apart <= kRounding * kSamples * scale);
    CHECK(found.loss == Approx(network.loss(p.theta, batch_of(p))).epsilon(1e-13));
    CHECK(found.loss == Approx(loss_of(matrices_of(p.layout, p.theta), p.samples)).epsilon(1e-13));
    CHECK(average_sharpness(p.layout, p.theta, p.samples, radii, kDirections, stream, false).mean ==
          found.mean);
  }
}

TEST_CASE("curvature: a circle's is the reciprocal of its radius, a line's is 0, whatever the speed") {
  for (const double radius : {0.5, 3.0})
    for (const double speed : {1.0, 7.0}) {
      // (r cos(st), r sin(st), 0), and with an acceleration along the curve.
      CurveDerivatives circle;
      circle.first = {Eigen::MatrixXd::Zero(1, 3)};
      circle.second = circle.first;
      circle.first[0](0, 1) = radius * speed;
      circle.second[0](0, 0) = -radius * speed * speed;
      circle.second[0](0, 1) = 2.5;
      CHECK(curvature_of(circle) == Approx(1 / radius).epsilon(1e-14));
      circle.second[0](0, 0) = 0;
      CHECK(curvature_of(circle) == 0);
    }
}

TEST_CASE(
    "curvature: derivatives of the feature curve are differences of the curve, and the published lack one "
    "term") {
  for (const char* text : {"mlp:7-5-3/leaky-relu", "mlp:7-6-5-3/leaky-relu", "mlp:7-6-5-4-3/leaky-relu",
                           "mlp:60-5-3/leaky-relu"}) {
    const Problem p = problem(text);
    const LayerMatrices W = matrices_of(p.layout, p.theta);
    const Eigen::MatrixXd X_inverse = pseudo_inverse(p.samples.X);
    const LayerMatrices M = unit_algebra_elements(W, Stream(5, 0));
    for (size_t l = 0; l < M.size(); ++l) {
      CHECK(M[l].norm() == Approx(1).epsilon(1e-14));
      CHECK(M[l].minCoeff() >= 0);
    }
    const auto curve = [&](double t) {
      LayerMatrices moved = W;
      Eigen::MatrixXd h = p.samples.X;
      for (size_t l = 0; l + 1 < W.size(); ++l) {
        const Eigen::MatrixXd Z = W[l] * h;
        const Eigen::MatrixXd there = straight_of((t * M[l]).exp() * leaky_of(Z));
        moved[l] = l == 0 ? Eigen::MatrixXd(W[0] + (there - Z) * X_inverse)
                          : Eigen::MatrixXd(there * pseudo_inverse(h) * (-t * M[l - 1]).exp());
        h = leaky_of(Z);
      }
      moved.back() = W.back() * (-t * M.back()).exp();
      return moved;
    };
    // σ⁻¹ bends where its argument changes its sign: none may do so within the differences' reach.
    constexpr double kStep = 1e-5;
    Eigen::MatrixXd F = p.samples.X;
    for (size_t l = 0; l < M.size(); ++l) {
      F = leaky_of(W[l] * F);
      for (const double t : {-2 * kStep, 2 * kStep})
        REQUIRE((((t * M[l]).exp() * F).array() * F.array() > 0).all());
    }
    const CurveDerivatives expected = differences(curve, kStep);
    const FeatureCurve found = feature_curve(W, p.samples.X, X_inverse, M);
    const LayerMatrices zeros = zeros_like(W);
    INFO(text);
    // Rounding: ε/h and ε/h² of the weights, of norm 5 or so; derivatives are larger.
    CHECK(frobenius(found.exact.first, expected.first) <= 1e-9 * frobenius(expected.first, zeros));
    CHECK(frobenius(found.exact.second, expected.second) <= 1e-4 * frobenius(expected.second, zeros));
    CHECK(frobenius(found.published.first, found.exact.first) == 0);
    const double lacking = frobenius(found.published.second, found.exact.second);
    if (W.size() == 2)
      CHECK(lacking == 0);
    else
      CHECK(lacking > 1e-2 * frobenius(expected.second, zeros));
    // Where X has full column rank, the layer's outputs follow the curve, and logits stay.
    if (p.samples.X.rows() < kSamples) continue;
    const auto logits = [&](const LayerMatrices& at) {
      Eigen::MatrixXd features = p.samples.X;
      for (size_t l = 0; l + 1 < at.size(); ++l) features = leaky_of(at[l] * features);
      return Eigen::MatrixXd(at.back() * features);
    };
    CHECK((logits(curve(0.3)) - logits(W)).norm() <= 1e-9 * logits(W).norm());
  }
}

TEST_CASE("curvature: along the general-linear curve it and its rate are those of differences") {
  // Rows of V all of one sign and positive features keep arguments away from 0, where leaky ReLUs bend.
  Stream draws(1, 0);
  const auto uniform = [&](Index rows, Index cols) {
    Eigen::MatrixXd A(rows, cols);
    for (double& x : A.reshaped()) x = draws.uniform();
    return A;
  };
  const Eigen::MatrixXd H = uniform(6, kSamples), U = uniform(3, 5);
  Eigen::MatrixXd V = uniform(5, 6).array() + 0.2;
  for (const Index row : {1, 4}) V.row(row) *= -1;
  const Eigen::MatrixXd features = leaky_of(V * H);
  for (int run = 0; run < 3; ++run) {
    const Eigen::MatrixXd M = uniform(5, 5);
    const auto curve = [&](double t) -> LayerMatrices {
      const Eigen::MatrixXd g = (t * M).exp();
      return {g * V, U * features * pseudo_inverse(leaky_of(g * V * H))};
    };
    // κ at s by differences of the curve around it, and its rate by differences of those.
    const auto curvature_at = [&](double s) {
      return curvature_of(differences([&](double t) { return curve(s + t); }, 1e-3));
    };
    constexpr double h = 2e-3;
    for (const double t : {-4 * h, 4 * h})
      REQUIRE(((V * H).array() * ((t * M).exp() * V * H).array() > 0).all());
    const CurvatureRate found = general_linear_curvature(V, U, H, M);
    const double rate =
        (8 * (curvature_at(h) - curvature_at(-h)) - (curvature_at(2 * h) - curvature_at(-2 * h))) / (12 * h);
    // Second differences lose ε/h² of the curve, which another difference divides by h.
    CHECK(found.curvature == Approx(curvature_at(0)).epsilon(1e-6));
    CHECK(found.rate == Approx(rate).epsilon(1e-4));
    const LayerMatrices there = curve(h);
    CHECK(general_linear_curvature(there[0], there[1], H, M).rate != found.rate);
  }
}

TEST_CASE(
    "landscape teleport: the loss stays where features are independent, and its objective goes where it is "
    "to") {
  // As many features as samples: the action keeps the outputs exactly.
  Problem p = problem("mlp:7-12-12-3/leaky-relu");
  p.samples.X.conservativeResize(Eigen::NoChange, 10);
  p.samples.labels.resize(10);
  const LayerMatrices W = matrices_of(p.layout, p.theta);
  for (const bool lower : {true, false}) {
    const LandscapeTeleport kind{"", Landscape::sharpness, lower, 0.05, 1, 5};
    std::vector<double> theta = p.theta;
    const LandscapeMove move = landscape_teleport(kind, p.spec, p.samples, 20, Stream(1, 0), theta);
    const auto at = [&](const std::vector<double>& w) {
      return average_sharpness(p.layout, w, p.samples, teleport_radii(), 100, Stream(9, 0), false).mean;
    };
    INFO((lower ? "lower" : "higher") << ": loss " << move.loss_before << " to " << move.loss_after
                                      << ", sharpness " << at(p.theta) << " to " << at(theta));
    CHECK(move.steps == 5);
    CHECK(move.loss_after == Approx(move.loss_before).epsilon(1e-9));
    CHECK(move.loss_before == Approx(loss_of(W, p.samples)).epsilon(1e-13));
    CHECK((at(theta) < at(p.theta)) == lower);
    CHECK(std::abs(at(theta) - at(p.theta)) > 1e-4);
  }
}

TEST_CASE(
    "landscape teleport: a step along a curve of the orbit lowers or raises its curvature, and keeps the "
    "loss") {
  Problem p = problem("mlp:7-12-5-3/leaky-relu");
  p.samples.X.conservativeResize(Eigen::NoChange, 5);
  p.samples.labels.resize(5);
  const LayerMatrices W = matrices_of(p.layout, p.theta);
  const Eigen::MatrixXd H = leaky_of(W[0] * p.samples.X);
  // The step's own draws, as the header says: uniform in [0, 1).
  const Stream stream(4, 0);
  Stream draws = stream.fork(Purpose::teleport, 0);
  Eigen::MatrixXd M(5, 5);
  for (double& m : M.reshaped()) m = draws.uniform();
  const double before = general_linear_curvature(W[1], W[2], H, M).curvature;
  for (const bool lower : {true, false}) {
    const LandscapeTeleport kind{"", Landscape::curvature, lower, 1e-4, 1, 1};
    std::vector<double> theta = p.theta;
    const LandscapeMove move = landscape_teleport(kind, p.spec, p.samples, 1, stream, theta);
    const LayerMatrices after = matrices_of(p.layout, theta);
    CHECK(move.steps == 1);
    CHECK(move.loss_after == Approx(move.loss_before).epsilon(1e-9));
    CHECK((after[0] - W[0]).norm() == 0);
    CHECK((general_linear_curvature(after[1], after[2], H, M).curvature < before) == lower);
  }
}

TEST_CASE("landscape teleport: a sharpness above its bound is left alone") {
  Problem p = problem("mlp:7-6-5-3/leaky-relu");
  for (double& w : p.theta) w *= 30;
  std::vector<double> theta = p.theta;
  const LandscapeMove move = landscape_teleport({"", Landscape::sharpness, false, 0.05, 1, 10}, p.spec,
                                                p.samples, 3, Stream(1, 0), theta);
  CHECK(move.loss_before > 2);
  CHECK(move.steps == 0);
  CHECK(theta == p.theta);
}

namespace {

Request small_generalization(const Dataset& data) {
  Request request;
  find_experiment("generalization").defaults(request);
  request.networks = "mlp:8-6-5-3/leaky-relu";
  request.optimizers = "sgd:lr=0.05";
  request.trials = 8;
  const ProtocolSettings defaults = request.protocol;
  request.protocol = small_trial(data, "mlp:8-5-3", "sgd").protocol;
  request.protocol.search = false, request.protocol.annealing = "constant";
  request.protocol.stop_early = defaults.stop_early;
  request.protocol.max_epochs = 6;
  return request;
}

}  // namespace

TEST_CASE(
    "generalization: tables have a row a network, correlation, teleport and epoch, the same bytes each "
    "time",
    "[slow]") {
  const Dataset data = noisy_classes();
  const Request request = small_generalization(data);
  const ExperimentEntry& study = find_experiment("generalization");
  CHECK(study.plan(request, data).empty());
  const ScratchFolder first, second;
  const std::string text = study.conclude(request, {}, data, first.path);
  CHECK(text == study.conclude(request, {}, data, second.path));
  for (const char* file : {"landscape_networks.csv", "landscape_correlations.csv", "landscape_teleports.csv",
                           "landscape_curves.csv", "lines.csv", "panels.csv"})
    CHECK(read_text(first / file) == read_text(second / file));
  const CsvTable networks = read_csv(first / "landscape_networks.csv"),
                 correlations = read_csv(first / "landscape_correlations.csv"),
                 teleports = read_csv(first / "landscape_teleports.csv"),
                 curves = read_csv(first / "landscape_curves.csv");
  REQUIRE(networks.rows.size() == 8);
  REQUIRE(correlations.rows.size() == 5 * 4);
  REQUIRE(teleports.rows.size() == 6 * 2);
  // Two runs: six epochs without, three behind each teleport, or as many as stayed finite.
  std::size_t behind = 0;
  for (std::size_t r = 0; r < 12; ++r)
    if (teleports.rows[r][teleports.column("message")].empty()) ++behind;
  REQUIRE(behind >= 8);
  REQUIRE(curves.rows.size() >= 2 * 6 + 3 * behind);
  REQUIRE(curves.rows.size() <= 2 * 6 + 3 * 12);
  // A correlation is that of the table's own columns.
  const auto column = [&](const char* name) {
    std::vector<double> values;
    for (std::size_t r = 0; r < 8; ++r) values.push_back(networks.number(r, networks.column(name)));
    return values;
  };
  CHECK(correlations.number(0, correlations.column("r")) ==
        Approx(correlation(column("sharpness"), column("validation_loss")).r).epsilon(1e-12));
  for (std::size_t r = 1; r < 8; ++r) CHECK(column("validation_loss")[r] != column("validation_loss")[0]);
  // What is behind the last epoch is one number in both tables.
  CHECK(curves.number(5, curves.column("test_loss")) == networks.number(0, networks.column("test_loss")));
  for (std::size_t r = 0; r < 12; ++r) {
    CHECK(!(teleports.number(r, teleports.column("distance")) <= 0));
    CHECK(teleports.number(r, teleports.column("loss_before")) ==
          teleports.number(r % 2, teleports.column("loss_before")));
  }
  CHECK(read_lines(first.path).size() == 2);
}

TEST_CASE("generalization: what it cannot measure is an error that says what was expected") {
  const Dataset data = noisy_classes();
  const ExperimentEntry& study = find_experiment("generalization");
  const auto said = [&](const char* name, const char* value) {
    Request request = small_generalization(data);
    request.set(name, value);
    return error_of([&] { study.plan(request, data); });
  };
  CHECK(contains(said("networks", "mlp:8-6-3"), "its activation is relu"));
  CHECK(contains(said("networks", "mlp:8-6-3/leaky-relu+bias"), "it has biases"));
  CHECK(contains(said("networks", "archbn:8-4x2-3/pool2/leaky-relu"),
                 "expected one as mlp:784-16-10-10/leaky-relu"));
  CHECK(contains(said("networks", "mlp:8-64-3/leaky-relu"), "found 64"));
  CHECK(contains(said("annealing", "cosine"), "expected constant, found 'cosine'"));
  CHECK(contains(said("search", "true"), "option 'search': expected false"));
}

TEST_CASE("generalization: training goes on from where it was as if it had not stopped") {
  const Dataset data = noisy_classes();
  TrialSpec spec = expand(small_generalization(data), data).front();
  for (const char* precision : {"float", "double"}) {
    spec.precision = precision;
    const std::vector<double> start = generic_point(layout_of(network_of(spec)), Stream(1, 0));
    std::vector<double> halfway;
    const EpochTraining whole = train_epochs(spec, data, start, {1, 6, 1}, [&](int epoch, auto theta) {
      if (epoch == 3) halfway.assign(theta.begin(), theta.end());
    });
    const EpochTraining rest = train_epochs(spec, data, halfway, {4, 6, 6});
    CHECK(rest.theta == whole.theta);
    REQUIRE(rest.curve.size() == 1);
    REQUIRE(whole.curve.size() == 6);
    CHECK(rest.curve[0].validation_loss == whole.curve[5].validation_loss);
  }
}
