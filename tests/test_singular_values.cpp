// test_singular_values.cpp — against Jacobi's method, whose values are Eigen's most accurate ones.
#include <cmath>
#include <limits>

#include "core/algebra/singular_values.hpp"
#include "core/random.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/decompositions.hpp"

using namespace symopt;

namespace {

Eigen::MatrixXd normal(Index rows, Index columns, std::uint64_t seed) {
  Stream stream(seed, 0);
  return Eigen::MatrixXd::NullaryExpr(rows, columns, [&] { return stream.normal(); });
}

// Backward stable: both find the values of a matrix that differs by a few n·ε‖A‖ at most.
void check(const Eigen::MatrixXd& A) {
  const Eigen::VectorXd found = symopt::singular_values(A), expected = test::singular_values(A);
  REQUIRE(found.size() == A.cols());
  const double scale = static_cast<double>(A.cols()) * std::numeric_limits<double>::epsilon() * expected[0];
  for (Index i = 0; i < found.size(); ++i) {
    INFO("n " << A.cols() << ", value " << i << ": expected " << expected[i] << ", found " << found[i]);
    CHECK(std::abs(found[i] - expected[i]) <= 4 * scale);
    CHECK(found[i] >= 0);
    if (i > 0) CHECK(found[i] <= found[i - 1]);
  }
}

}  // namespace

TEST_CASE("singular values: those of Jacobi's method, to rounding of the largest, at every size") {
  for (const Index n : {1, 2, 3, 17, 48, 100}) check(normal(n, n, static_cast<std::uint64_t>(n)));
}

TEST_CASE("singular values: rank that is lost is at the rounding of the largest, whatever the unit") {
  for (const double unit : {1., 1e-150, 1e150})
    for (const Index rank : {0, 1, 30, 59}) {
      const Eigen::MatrixXd A = unit * normal(60, rank, 1) * normal(rank, 60, 2);
      check(A);
    }
}

TEST_CASE("singular values: of a triangle whose rows fall by sixteen orders") {
  Eigen::MatrixXd R = normal(64, 64, 3).triangularView<Eigen::Upper>();
  for (Index i = 0; i < R.rows(); ++i) R.row(i) *= std::pow(10, -static_cast<double>(i) / 4);
  check(R);
}

TEST_CASE("singular values: many that are equal, and many pairs") {
  Stream stream(4, 0);
  const Eigen::MatrixXd Q = test::random_rotation(40, stream);
  check(Q);
  Eigen::VectorXd d(40);
  for (Index i = 0; i < d.size(); ++i) d[i] = static_cast<double>(i / 2);
  check(Q * d.asDiagonal() * Q.transpose());
}
