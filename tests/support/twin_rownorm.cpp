// twin_rownorm.cpp — rownorm-m: rows of the mean gradient, all of one length; of the class vectors what all
// classes share is taken out first and last. Vectors follow Adam.
#include "tests/support/twin_moments.hpp"
#include "tests/support/twin_rows.hpp"

namespace symopt::test::twin {

namespace {

void take_mean(Rows& rows) {
  Vector mean(rows[0].size(), 0.0);
  for (const Vector& r : rows) mean = combine(1, mean, 1 / static_cast<double>(rows.size()), r);
  for (Vector& r : rows) r = combine(1, r, -1, mean);
}

Vector rownorm_step(const Past& past) {
  Vector theta = past.theta.back();
  const double rate = past.rate.back();
  for (const Block& block : past.layout.blocks) {
    if (!is_matrix(block)) {
      for (Index j = 0; j < block.cols; ++j)
        theta[at(block, 0, j)] -= rate * past.number("adam-rate") * adam_direction(past, at(block, 0, j));
      continue;
    }
    Rows M;
    for (Index i = 0; i < block.rows; ++i) {
      M.emplace_back();
      for (Index j = 0; j < block.cols; ++j)
        M.back().push_back(mean_power(past, at(block, i, j), past.number("beta"), 1));
    }
    if (block.role == Role::class_vectors) take_mean(M);
    for (Vector& r : M) r = combine(1 / (std::sqrt(dot(r, r)) + past.number("row-eps")), r, 0, r);
    if (block.role == Role::class_vectors) take_mean(M);
    for (Index i = 0; i < block.rows; ++i)
      set_row(theta, block, i, combine(1, row(theta, block, i), -rate, M[static_cast<size_t>(i)]));
  }
  return theta;
}

}  // namespace

Twin rownorm_m() {
  return {.name = "rownorm-m",
          .step = rownorm_step,
          .settings = {"", "beta=0.5 row-eps=0.01 adam-rate=0.1", "beta1=0.5 beta2=0.9 eps=0.01"}};
}

}  // namespace symopt::test::twin
