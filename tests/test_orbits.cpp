// test_orbits.cpp — Lanczos against dense eigenvalues, sharpness against dense Hessians, and the study's two
// claims: certified optimizers are one line along an orbit, and adaptive sharpness does not see it.
#include <cmath>

#include "core/network/hessian.hpp"
#include "core/symmetry/group.hpp"
#include "experiments/certificates/generic_point.hpp"
#include "experiments/plan/experiment.hpp"
#include "experiments/studies/sharpness.hpp"
#include "results/lines.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/csv_table.hpp"
#include "tests/support/decompositions.hpp"
#include "tests/support/errors.hpp"
#include "tests/support/idx_files.hpp"
#include "tests/support/records.hpp"
#include "tests/support/small_data.hpp"

using namespace symopt;
using namespace symopt::test;

namespace {

SymmetricProduct by(const Eigen::MatrixXd& A) {
  return [&A](std::span<const double> v, std::span<double> out) {
    Eigen::Map<Eigen::VectorXd>(out.data(), A.rows()) =
        A * Eigen::Map<const Eigen::VectorXd>(v.data(), A.rows());
  };
}

Eigen::MatrixXd symmetric(Index n, std::uint64_t seed) {
  const Matrix<double> X = generic_samples(n, n, Stream(seed, 0));
  return X + X.transpose();
}

}  // namespace

TEST_CASE(
    "lanczos: the largest eigenvalue is that of a dense solver, below the tolerance or at the end of the "
    "space") {
  for (const Index n : {1, 2, 7, 40}) {
    const Eigen::MatrixXd A = symmetric(n, static_cast<std::uint64_t>(n));
    const double expected = symmetric_parts(A).values[n - 1];
    const LanczosResult found = largest_eigenvalue(n, by(A), Stream(1, 0), 100, 1e-10);
    INFO(n << " rows: " << found.value << " after " << found.steps);
    CHECK(std::abs(found.value - expected) <= 1e-9 * A.norm());
    CHECK(found.steps <= n);
    // Cut short, it is a lower bound, and no farther from an eigenvalue than it says.
    const LanczosResult early = largest_eigenvalue(n, by(A), Stream(1, 0), 3, 0);
    CHECK(early.value <= expected + 1e-12 * A.norm());
    const Eigen::VectorXd all = symmetric_parts(A).values;
    CHECK((all.array() - early.value).abs().minCoeff() <= early.residual + 1e-12 * A.norm());
  }
  // Negative ones only, a multiple of the identity, and nothing at all.
  const Eigen::MatrixXd square = symmetric(6, 3);
  const Eigen::MatrixXd negative = -square * square - Eigen::MatrixXd::Identity(6, 6);
  CHECK(largest_eigenvalue(6, by(negative), Stream(1, 0), 50, 1e-12).value ==
        Approx(symmetric_parts(negative).values[5]));
  const Eigen::MatrixXd identity = 3 * Eigen::MatrixXd::Identity(5, 5), zero = Eigen::MatrixXd::Zero(5, 5);
  CHECK(largest_eigenvalue(5, by(identity), Stream(1, 0), 50, 1e-12).value == Approx(3));
  CHECK(largest_eigenvalue(5, by(identity), Stream(1, 0), 50, 1e-12).steps == 1);
  CHECK(largest_eigenvalue(5, by(zero), Stream(1, 0), 50, 1e-12).value == 0);
}

TEST_CASE(
    "sharpness: both eigenvalues are those of the dense Hessian, and the adaptive one is the same along an "
    "orbit") {
  for (const char* text : {"mlp:7-5-4-3/leaky-relu+bias", "archbn:7-4x2-3/pool2"}) {
    NetworkSpec spec = parse_network(text, 0, 0);
    spec.bn_epsilon = 0;
    const Site site(spec);
    const std::vector<double> theta = generic_point(site.layout, Stream(1, 0));
    const Matrix<double> samples = generic_samples(30, 7, Stream(2, 0));
    const ConstMatrixView<double> X(samples.data(), 30, 7);
    std::vector<std::uint8_t> labels(30);
    for (size_t i = 0; i < labels.size(); ++i) labels[i] = static_cast<std::uint8_t>(i % 3);
    const auto at = [&](const std::vector<double>& w) {
      return sharpness_of(spec, w, X, Targets<double>(labels.data()));
    };

    const Index n = site.layout.size;
    Eigen::MatrixXd H(n, n);
    HessianVector hessian(spec, 30);
    std::vector<double> gradient(theta.size());
    for (Index i = 0; i < n; ++i) {
      std::vector<double> unit(theta.size()), column(theta.size());
      unit[static_cast<size_t>(i)] = 1;
      hessian.compute(theta, unit, X, Targets<double>(labels.data()), gradient, column);
      H.col(i) = Eigen::Map<const Eigen::VectorXd>(column.data(), n);
    }
    const Eigen::VectorXd T = Eigen::Map<const Eigen::VectorXd>(theta.data(), n).cwiseAbs();
    const Eigen::MatrixXd THT = T.asDiagonal() * H * T.asDiagonal();
    const Sharpness start = at(theta);
    const auto largest = [&](const Eigen::MatrixXd& A) { return symmetric_parts(A).values[n - 1]; };
    INFO(text);
    CHECK(start.hessian.value == Approx(largest(H)).epsilon(1e-7));
    CHECK(start.adaptive.value == Approx(largest(THT)).epsilon(1e-7));

    std::vector<double> moved = theta;
    find_group(spec.batch_norm() ? "filter-rescale" : "node-rescale").draw(site, Stream(3, 0), 1)->act(moved);
    const Sharpness there = at(moved);
    CHECK(there.adaptive.value == Approx(start.adaptive.value).epsilon(1e-7));
    CHECK(std::abs(there.hessian.value / start.hessian.value - 1) > 0.1);
  }
}

TEST_CASE(
    "orbits: certified optimizers are one line, the others a fan, and a network without the groups is said") {
  const Dataset data = noisy_classes();
  const ExperimentEntry& study = find_experiment("orbits");
  Request request;
  study.defaults(request);
  request.networks = "mlp:8-6-5-3+bias,archbn:8-4x2-3/pool2,mlp:8-5-3/tanh";
  request.optimizers = "sgd:lr=0.05,un:lr=0.05,sm:lr=0.05";
  request.protocol = small_trial(data, "mlp:8-5-3", "sgd").protocol;
  request.protocol.search = false, request.protocol.bn_epsilon = 0;
  const ScratchFolder folder;
  const std::string text = study.conclude(request, {}, data, folder.path);
  CHECK(contains(text, "not moved: mlp:8-5-3/tanh"));
  const CsvTable table = read_csv(folder.path / "orbits.csv");
  REQUIRE(table.rows.size() == 2 * 3 * 20);
  const auto word = [&](std::size_t r, const char* column) { return table.rows[r][table.column(column)]; };
  double first = 0;
  for (std::size_t fan = 0; fan < 6; ++fan) {
    double farthest = 0;
    for (std::size_t r = 20 * fan; r < 20 * fan + 20; ++r)
      farthest = std::max(farthest, table.number(r, table.column("distance")));
    INFO(word(20 * fan, "network") << " " << word(20 * fan, "optimizer") << ": " << farthest);
    if (fan == 0) first = farthest;
    const std::string certificate = word(20 * fan, "certificate");
    CHECK((certificate == "not" || certificate == "equivariant" || certificate == "canonicalizes"));
    CHECK((farthest < 1e-8) == (certificate != "not"));
  }
  CHECK(first > 1e-2);  // sgd on the plain network
  CHECK(table.number(0, table.column("distance")) == 0);
  CHECK(table.number(19, table.column("strength")) == Approx(100));
  // The function is one at all points.
  for (std::size_t r = 1; r < 20; ++r)
    CHECK(table.number(r, table.column("first_loss")) == Approx(table.number(0, table.column("first_loss"))));
  const CsvTable sharpness = read_csv(folder.path / "orbit_sharpness.csv");
  REQUIRE(sharpness.rows.size() == 40);
  for (std::size_t r = 0; r < 40; ++r)
    CHECK(sharpness.number(r, sharpness.column("adaptive")) ==
          Approx(sharpness.number(r < 20 ? 0 : 20, sharpness.column("adaptive"))).epsilon(1e-6));
  CHECK(read_lines(folder.path).size() == 3);
}
