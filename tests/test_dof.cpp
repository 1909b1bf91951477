// test_dof.cpp — the rank of the Jacobian against a dense one, and against what the symmetries predict.
#include <cmath>

#include "core/algebra/dual.hpp"
#include "core/algebra/triangular_qr.hpp"
#include "experiments/certificates/degrees_of_freedom.hpp"
#include "experiments/certificates/generic_point.hpp"
#include "plots/figures/figures.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/csv_table.hpp"
#include "tests/support/decompositions.hpp"
#include "tests/support/errors.hpp"
#include "tests/support/idx_files.hpp"

using namespace symopt;
using namespace symopt::test;

namespace {

constexpr double kEpsilon = std::numeric_limits<double>::epsilon();

// The Jacobian column by column in forward mode, at the same point and samples.
Eigen::MatrixXd dense_jacobian(const DegreesRequest& request, Index n) {
  NetworkSpec spec = parse_network(request.network, 0, 0);
  spec.bn_epsilon = 0;
  const Site site(spec);
  const Stream stream = Stream(request.seed, 0).fork(Purpose::certificate);
  const Matrix<double> X = generic_samples(n, spec.inputs(), stream.fork(Purpose::batches));
  const std::vector<double> theta = generic_point(site.layout, stream);
  Network<Dual<double>> network(spec, n);
  Buffer<Dual<double>> point(theta.begin(), theta.end()), samples(X.data(), X.data() + X.size());
  Eigen::MatrixXd J(n * spec.classes(), site.layout.size);
  for (size_t p = 0; p < theta.size(); ++p) {
    point[p].d = 1;
    const auto logits = network.forward(point, {samples.data(), n, spec.inputs()}, Mode::train);
    for (Index i = 0; i < logits.size(); ++i) J(i, static_cast<Index>(p)) = logits.data()[i].d;
    point[p].d = 0;
  }
  return J;
}

}  // namespace

TEST_CASE("triangular QR: singular values are those of all rows, however many they are") {
  for (const auto& [rows, columns, rank] :
       {std::tuple(5, 9, 5), std::tuple(1, 1, 1), std::tuple(60, 49, 49), std::tuple(1700, 60, 41),
        std::tuple(800, 130, 130), std::tuple(768, 48, 3)}) {
    Eigen::MatrixXd A =
        generic_samples(rows, rank, Stream(1, 0)) * generic_samples(rank, columns, Stream(2, 0));
    A.col(columns / 2).setZero();
    TriangularQr qr(columns);
    for (Index r = 0; r < rows; ++r) {
      Eigen::Map<Eigen::RowVectorXd>(qr.next_row().data(), columns) = A.row(r);
      qr.append();
    }
    INFO(rows << "×" << columns << " of rank " << rank);
    CHECK(qr.rows() == rows);
    CHECK(qr.R().isUpperTriangular(0));
    CHECK(qr.R().col(columns / 2).isZero(0));
    const Eigen::VectorXd expected = singular_values(A), found = singular_values(qr.R());
    const Index n = std::min(expected.size(), found.size());
    CHECK((expected.head(n) - found.head(n)).cwiseAbs().maxCoeff() <=
          (rows + columns) * kEpsilon * expected[0]);
    CHECK((qr.R().transpose() * qr.R() - A.transpose() * A).norm() <=
          (rows + columns) * kEpsilon * A.squaredNorm());
  }
}

TEST_CASE("dof (1): the spectrum is that of the dense Jacobian") {
  for (const char* network : {"mlp:6-5-4-3+bias", "arch1:6-4-3/pool2/leaky-relu", "archbn:6-4x2-3/pool2+bias",
                              "mlp:6-5-3/sigmoid+bias", "mlp:6-5-4-3/linear"}) {
    const DegreesRequest request{network, 70, 3};
    const DegreesOfFreedom result = measure_degrees(request);
    const Eigen::VectorXd dense = singular_values(dense_jacobian(request, 70));
    INFO(network);
    CHECK(result.rows == 210);
    CHECK(result.threshold == 210 * kEpsilon * result.spectrum[0]);  // more rows than parameters
    REQUIRE(result.spectrum.size() == static_cast<size_t>(dense.size()));
    for (Index i = 0; i < dense.size(); ++i)
      CHECK(std::abs(dense[i] - result.spectrum[static_cast<size_t>(i)]) <= 1e4 * kEpsilon * dense[0]);
    CHECK(result.rank == (dense.array() > result.threshold).count());
  }
}

TEST_CASE("dof (2): where every unit fires and bends, the known symmetries explain every missing direction",
          "[slow]") {
  for (const auto& [network, ambiguities] :
       {std::pair("mlp:8-6-5-3+bias", 11), std::pair("mlp:8-6-5-3", 11),
        std::pair("mlp:8-6-5-3/leaky-relu+bias", 11), std::pair("mlp:8-6-5-3/sigmoid+bias", 0),
        // The linear maps from 8 to 3 of rank 3, and a shift of the outputs: 27 of 97 parameters.
        std::pair("mlp:8-6-4-3/linear+bias", 70),
        // A bottleneck of 2: maps of rank 2 make 2·(8 + 5 − 2) dimensions of 16 + 10 parameters.
        std::pair("mlp:8-2-5/linear", 4), std::pair("arch1:8-4x2-3/pool2/leaky-relu+bias", 8),
        std::pair("archbn:8-4x2-3/pool2", 16 + 8), std::pair("archbn:8-6x2-3/sigmoid", 12),
        std::pair("archbn:8-5-3/pool3/leaky-relu+bias", 15 + 5)}) {
    int generic = 0;
    for (std::uint64_t seed = 1; seed <= 8 && generic < 2; ++seed) {
      // Where filters compete for their pool, one may win so few samples that they leave its weights open.
      const DegreesOfFreedom r = measure_degrees({network, contains(network, "arch1") ? 4000 : 0, seed});
      // Linear networks have no unit that bends.
      if (r.unmoved > 0 || !r.linear.empty()) continue;
      ++generic;
      INFO(network << " seed " << seed << "\n" << degrees_table(r));
      Index predicted = 0;
      for (const Ambiguity& a : r.ambiguities) predicted += a.count;
      CHECK(r.complete);
      CHECK(predicted == ambiguities);
      CHECK(r.rank == r.predicted());
      CHECK(r.gap >= kClearGap);
      // ‖J Δw‖ of a direction that moves nothing is rounding.
      CHECK(r.along_generators <= 100 * kEpsilon);
    }
    CHECK(generic == 2);
  }
}

TEST_CASE("dof (3): filters that no output depends on are named, and lower the rank by their parameters") {
  // Pooled ReLU units, of which this seed leaves some filters without a single sample.
  const DegreesOfFreedom r = measure_degrees({"arch1:8-4x2-3/pool2+bias", 0, 1});
  INFO(degrees_table(r));
  REQUIRE_FALSE(r.dead.empty());
  CHECK(r.unmoved >= static_cast<Index>(r.dead.size()) * 5);
  CHECK(r.rank == r.predicted());
  CHECK(contains(degrees_table(r), r.dead[0]));
}

TEST_CASE("dof (4): too few samples cannot reach the prediction, and the table says it") {
  const DegreesOfFreedom r = measure_degrees({"mlp:8-6-5-3+bias", 5, 1});
  CHECK(r.rows == 15);
  CHECK(r.rank <= 15);
  CHECK(contains(degrees_table(r), "15 rows cannot show more, take more samples"));
  CHECK_FALSE(contains(degrees_table(measure_degrees({"mlp:8-6-5-3+bias", 400, 1})), "more samples"));
}

TEST_CASE("dof (5): pooled linear units have more freedom to hide than the known symmetries, which is said") {
  const DegreesOfFreedom r = measure_degrees({"arch1:8-6-3/pool2/linear", 0, 1});
  CHECK_FALSE(r.complete);
  CHECK(r.rank < r.predicted());
  CHECK(contains(degrees_table(r), "not all"));
}

TEST_CASE("dof: on pictures the known symmetries of channels explain every missing direction", "[slow]") {
  struct Known {
    const char* network;
    int ambiguities;
    Index samples = 0;  // normalized ones see each other, so that all are pulled back for each
  };
  for (const auto& [network, ambiguities, samples] :
       {Known{"conv:6x5x2-4c3-p2s2-3c2-5-3/leaky-relu+bias", 4 + 3 + 5},
        Known{"conv:6x5x2-4c3-p2s2-3c2-3/bn/relu", 2 * (4 + 3), 250},
        Known{"conv:4x4x2-3c3-p2s2-3/bn-bias/relu", 3 * 3, 150}, Known{"conv:6x6x1-3c3-a2s2-3/leaky-relu", 3},
        Known{"conv:6x6x1-3c3-gap-3/sigmoid+bias", 0},
        // Neighbours in the sum of squares tie the channels' scales.
        Known{"conv:6x6x1-3c3-lrn-p2-3/relu", 0}, Known{"conv:6x6x2-lrn-3c3-p2-3/pool2/leaky-relu", 3}}) {
    const DegreesOfFreedom r = measure_degrees({network, samples, 1});
    INFO(network << "\n" << degrees_table(r));
    CHECK(r.complete);
    CHECK(r.parameters - r.unmoved - r.predicted() == ambiguities);
    CHECK(r.rank == r.predicted());
    CHECK(r.gap >= kClearGap);
    CHECK(r.along_generators <= 100 * kEpsilon);
  }
}

TEST_CASE("dof: a decoder's linear units can mix, which is said, and its outputs are those of all pixels",
          "[slow]") {
  // The classes' weights V behind the linear filters W of 3 channels: V g⁻¹ and g W are the same network for
  // any g in GL(3), 9 dimensions of which the rescalings are 3; a shift of the linear units is one of the
  // classes. With normalization each filter's own scale is one of the known symmetries beside them.
  for (const auto& [network, mixed] : {std::pair("conv:4x5x1-3c3-p2s2-3c3-u-3c3-3c1/leaky-relu+bias", 6 + 3),
                                       std::pair("conv:4x5x1-3c3-p2s2-3c3-u-3c3-3c1/bn/relu", 6)}) {
    const DegreesOfFreedom r = measure_degrees({network, 0, 1});
    INFO(network << "\n" << degrees_table(r));
    CHECK(r.rows == r.samples * 4 * 5 * 3);
    CHECK_FALSE(r.complete);
    CHECK(r.predicted() - r.rank == mixed);
    CHECK(contains(degrees_table(r), "they are not all for this kind of network"));
    CHECK(r.along_generators <= 100 * kEpsilon);
  }
}

TEST_CASE("dof (6): a network without hidden layers or with too many parameters is refused") {
  CHECK(contains(error_of([] { measure_degrees({"mlp:8-3", 0, 1}); }), "hidden layer"));
  CHECK(contains(error_of([] { measure_degrees({"mlp:784-64-10", 0, 1}); }), "8000"));
  CHECK(contains(error_of([] { measure_degrees({"archbn-2", 0, 1}); }), "expected its sizes"));
}

TEST_CASE("dof (7): CSVs and figure tell what was measured") {
  const DegreesOfFreedom r = measure_degrees({"mlp:6-4-3+bias", 0, 1});
  TemporaryFolder folder;
  write_degrees(folder.path(), r);
  const CsvTable summary = read_csv(folder.path() / "dof.csv"),
                 spectrum = read_csv(folder.path() / "spectrum.csv");
  CHECK(summary.number(0, summary.column("rank")) == static_cast<double>(r.rank));
  REQUIRE(spectrum.rows.size() == r.spectrum.size());
  for (size_t i = 0; i < r.spectrum.size(); ++i)
    CHECK(spectrum.number(i, spectrum.column("singular_value")) == r.spectrum[i]);
  const auto figures = write_figures(read_results(folder.path()));
  REQUIRE(figures.size() == 1);
  CHECK(figures[0].name == "spectrum");
  if (figures[0].picture.empty()) WARN("gnuplot is not installed: the picture is not tested");
}

TEST_CASE("dof: a filter that is active on few samples is named and given others on which it is", "[slow]") {
  // One with 16 weights and a bias, active on 6 of the first samples: these leave 11 of its directions out.
  const DegreesRequest request{"mlp:16-16-16-10+bias", 0, 35};
  const DegreesOfFreedom r = measure_degrees(request);
  CHECK(r.rare == std::vector<std::string>{"layer 2 filter 6 (6 of 1000)"});
  CHECK(r.added == kFirings * 17 - 6);
  CHECK(r.samples == 1000 + r.added);
  CHECK(r.rank == 682);
  CHECK(r.rank == r.predicted());
  DegreesRequest as_asked = request;
  as_asked.samples = 1000;
  const DegreesOfFreedom few = measure_degrees(as_asked);
  CHECK(few.rare == r.rare);
  CHECK(few.added == 0);
  CHECK(few.rank == 682 - 11);
}

TEST_CASE("dof: the reference, 64-32-32-10 with biases, has 3466 parameters and 3402 degrees of freedom",
          "[slow]") {
  const DegreesOfFreedom r = measure_degrees({"mlp:64-32-32-10+bias", 0, 1});
  CHECK(r.parameters == 3466);
  CHECK(r.rank == 3402);
  CHECK(r.rank == r.predicted());
  CHECK(r.gap >= kClearGap);
}
