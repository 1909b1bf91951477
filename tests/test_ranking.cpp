// test_ranking.cpp — Friedman's test, Iman and Davenport's correction, and the critical difference against
// published numbers.
#include <cmath>

#include "results/ranking.hpp"
#include "tests/support/catch.hpp"

using namespace symopt;

namespace {

Group group(const std::string& network, const std::string& optimizer, std::vector<double> errors,
            const std::string& settings = "") {
  Group g;
  g.dataset = "some", g.network = network, g.optimizer_name = optimizer, g.settings = settings;
  g.optimizer = settings.empty() ? optimizer : optimizer + "(" + settings + ")";
  g.trials = g.completed = static_cast<int>(errors.size());
  g.test_error = std::move(errors);
  return g;
}

// Accuracies of four variants of a classifier on 14 data sets: table 6 of Demšar 2006. Two that are equal as
// printed have different ranks there, and a digit more here.
const double kDemsar[14][4] = {
    {0.763, 0.768, 0.771, 0.798},  {0.599, 0.591, 0.590, 0.569}, {0.954, 0.971, 0.968, 0.967},
    {0.628, 0.661, 0.654, 0.657},  {0.882, 0.888, 0.886, 0.898}, {0.936, 0.931, 0.916, 0.931},
    {0.661, 0.668, 0.609, 0.685},  {0.583, 0.583, 0.563, 0.625}, {0.775, 0.838, 0.866, 0.875},
    {1.000, 1.000, 1.000, 1.000},  {0.940, 0.962, 0.965, 0.962}, {0.619, 0.666, 0.614, 0.669},
    {0.972, 0.981, 0.9751, 0.975}, {0.957, 0.978, 0.946, 0.970}};

std::vector<Group> demsar() {
  std::vector<Group> groups;
  const char* names[] = {"plain", "m", "cf", "both"};
  for (int p = 0; p < 14; ++p)
    for (int i = 0; i < 4; ++i)
      groups.push_back(group(fmt::format("set{}", p), names[i], {1 - kDemsar[p][i]}));
  return groups;
}

}  // namespace

TEST_CASE("ranking: Demšar's table") {
  const Ranking ranking = rank(demsar());
  REQUIRE(ranking.optimizers.size() == 4);
  REQUIRE(ranking.problems.size() == 14);
  CHECK(ranking.left_out.empty());
  const auto rank_of = [&](const std::string& name) {
    for (const Ranked& r : ranking.optimizers)
      if (r.optimizer == name) return r.mean_rank;
    return 0.0;
  };
  // He prints 3.143, 2.000, 2.893, 1.964.
  CHECK(std::abs(rank_of("plain") - 3.143) < 5e-4);
  CHECK(std::abs(rank_of("m") - 2.000) < 5e-4);
  CHECK(std::abs(rank_of("cf") - 2.893) < 5e-4);
  CHECK(std::abs(rank_of("both") - 1.964) < 5e-4);
  CHECK(ranking.optimizers.front().optimizer == "both");
  // He has χ² = 9.28 without a correction for ties, of which there are three pairs and a four of a kind.
  CHECK(std::abs(ranking.chi_squared * (1 - (3 * 6 + 60) / (14.0 * 60)) - 9.28) < 5e-3);
  // scipy 1.10's friedmanchisquare, and its F distribution of what follows from it.
  CHECK(std::abs(ranking.chi_squared - 10.228346456692925) < 1e-11);
  CHECK(std::abs(ranking.p_chi_squared - 0.016721580328441323) < 1e-14);
  CHECK(std::abs(ranking.f - 4.1851301115241695) < 1e-11);
  CHECK(std::abs(ranking.p_f - 0.011620659515310954) < 1e-13);
  // CD = 2.569 √(4·5/(6·14)) = 1.25.
  CHECK(std::abs(ranking.critical_difference - 1.25) < 5e-3);
}

TEST_CASE("ranking: the critical values of Nemenyi's test are the published ones") {
  // Table 5(a) of Demšar 2006, and scipy 1.10's studentized_range over √2.
  const double published[] = {1.960, 2.343, 2.569, 2.728, 2.850, 2.949, 3.031, 3.102, 3.164};
  const double exact[] = {1.9599639845400534, 2.343700586378409,  2.569031772546482,
                          2.7277743708703763, 2.8497054196100016, 2.9483200175296744,
                          3.030878449614413,  3.1017303413033805, 3.163683577053373};
  for (int k = 2; k <= 10; ++k) {
    CHECK(std::abs(nemenyi(k) - published[k - 2]) < 1e-3);
    CHECK(std::abs(nemenyi(k) - exact[k - 2]) < 1e-9);
  }
}

TEST_CASE("ranking: all problems agree, none does, and all are equal") {
  std::vector<Group> groups;
  for (const char* network : {"a", "b", "c", "d"}) {
    groups.push_back(group(network, "x", {0.1, 0.3}));
    groups.push_back(group(network, "y", {0.4}));
    groups.push_back(group(network, "z", {}));  // none completed: the last
  }
  const Ranking agree = rank(groups);
  CHECK(agree.optimizers[0].optimizer == "x");
  CHECK(agree.optimizers[2].optimizer == "z");
  CHECK(agree.optimizers[2].mean_rank == 3);
  CHECK(std::abs(agree.chi_squared - 8) < 1e-9);  // N (k − 1), the largest there is
  CHECK(std::isinf(agree.f));
  CHECK(agree.p_f == 0);
  CHECK(std::isnan(agree.optimizers[0].p));
  // z = 2 / √(3·4/24), and 1 of it.
  CHECK(std::abs(agree.optimizers[2].z - 2 / std::sqrt(0.5)) < 1e-12);
  CHECK(std::abs(agree.optimizers[2].p_holm - 2 * agree.optimizers[2].p) < 1e-15);

  for (Group& g : groups) g.test_error = {0.5};
  const Ranking equal = rank(groups);
  CHECK(equal.chi_squared == 0);
  CHECK(equal.p_f == 1);
  for (const Ranked& r : equal.optimizers) CHECK(r.mean_rank == 2);
}

TEST_CASE("ranking: who is compared") {
  std::vector<Group> groups;
  for (const char* network : {"a", "b", "c"}) {
    groups.push_back(group(network, "x", {0.1}, fmt::format("lr={}", network)));  // one setting on each
    groups.push_back(group(network, "y", {0.2}, "lr=1"));
    groups.push_back(group(network, "y", {0.3}, "lr=2"));
  }
  groups.push_back(group("a", "w", {0.0}));
  const Ranking ranking = rank(groups);
  REQUIRE(ranking.optimizers.size() == 3);
  CHECK(ranking.optimizers[0].optimizer == "x");
  CHECK(ranking.optimizers[1].optimizer == "y(lr=1)");
  CHECK(ranking.optimizers[2].optimizer == "y(lr=2)");
  CHECK(ranking.left_out == std::vector<std::string>{"w"});

  // Two problems, or one optimizer that all have, are no ranking.
  std::vector<Group> two(groups.begin(), groups.begin() + 6);
  CHECK(rank(two).empty());
  std::vector<Group> one;
  for (const char* network : {"a", "b", "c"}) one.push_back(group(network, "x", {0.1}));
  CHECK(rank(one).empty());
}
