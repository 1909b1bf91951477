// test_answer.cpp — the lines that a run ends with, and `symopt show`.
#include <fmt/format.h>

#include "experiments/terminal/answer.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/command_runs.hpp"
#include "tests/support/errors.hpp"
#include "tests/support/records.hpp"

using namespace symopt;
using namespace symopt::test;

namespace {

Group group(const std::string& optimizer, const std::vector<double>& validation,
            const std::vector<double>& test, const std::string& network = "archbn-2") {
  Group g;
  g.dataset = "mnist", g.network = network, g.optimizer = g.optimizer_name = optimizer;
  g.trials = static_cast<int>(test.size()), g.completed = static_cast<int>(validation.size());
  g.validation_error = g.best_validation_error = validation;
  g.test_error = g.best_test_error = test;
  for (std::size_t i = 0; i < validation.size(); ++i)
    g.trial.push_back(static_cast<int>(i)), g.seed.push_back(1), g.seconds.push_back(10);
  return g;
}

}  // namespace

TEST_CASE("answer: the best by validation, by how much, how sure") {
  // sgd has the lower test errors: who is best is not chosen on them. Differences 0.001, 0.002, 0.003 have a
  // mean of 0.002 and a standard error of 0.001/√3, so that t = 3.46 and the interval reaches 4.3027 of them.
  const std::string text = answer({group("sgd", {0.05, 0.05, 0.05}, {0.02, 0.02, 0.02}),
                                   group("un", {0.04, 0.04, 0.04}, {0.021, 0.022, 0.023})},
                                  {});
  CHECK(text ==
        "archbn-2: best by validation error is un, 2.20 % [1.95, 2.45] test error in 3 of 3 trials\n"
        "  next is sgd, 0.20 points less on the tests\n"
        "  95 % [-0.45, 0.05] over 3 pairs, p = 0.074 after Holm: not significant at these trials\n");
}

TEST_CASE("answer: a sure difference says so, in the direction of the next one's being worse") {
  // Differences of 100, 100, 102, 101, 97 ten-thousandths: 0.01 on average, with a standard error of
  // 0.000084.
  std::vector<double> better, worse, validation(5, 0.1);
  for (int i = 0; i < 5; ++i)
    better.push_back(0.02 + 0.0001 * i), worse.push_back(0.03 + 0.0001 * (i * i % 5));
  for (const bool turned : {false, true}) {
    const Group a = group("un", validation, better), b = group("sgd", std::vector<double>(5, 0.2), worse);
    const std::string text = answer(turned ? std::vector{b, a} : std::vector{a, b}, {});
    CHECK(contains(text, "next is sgd, 1.00 points more"));
    CHECK(contains(text, "95 % [0.98, 1.02] over 5 pairs, p < 0.001 after Holm: significant"));
  }
}

TEST_CASE("answer: alone, untested, unfinished, and of many networks") {
  CHECK(answer({}, {}) == "");
  CHECK(answer({group("un", {0.1}, {0.2})}, {}) ==
        "archbn-2: best by validation error is un, 20.00 % test error in 1 of 1 trials\n");
  CHECK(contains(answer({group("un", {0.1}, {0.2}), group("sgd", {0.2}, {0.3})}, {}), "not tested: 1 pair"));
  Group none = group("un", {}, {});
  none.trials = none.diverged = 3;
  CHECK(answer({none}, {}) == "archbn-2: no optimizer completed a trial\n");
  CHECK_FALSE(contains(answer({group("sgd", {0.2}, {0.3}), none}, {}), "next is"));
  std::vector<Group> many;
  for (int i = 0; i < 9; ++i) many.push_back(group("un", {0.1}, {0.2}, fmt::format("mlp:8-{}-3", i + 1)));
  const std::string text = answer(many, {});
  CHECK(contains(text, "mlp:8-6-3: best"));
  CHECK_FALSE(contains(text, "mlp:8-7-3"));
  CHECK(contains(text, "and 3 more networks in the tables"));
  CHECK(contains(answer({group("sgd", {0.2, 0.2}, {0.3, 0.3}), group("un", {0.1}, {0.2})}, {}),
                 "best by validation error, of those that completed most trials, is sgd"));
}

TEST_CASE("show: what is finished, who is ahead, what is left, and how to go on, and changes nothing") {
  const ScratchFolder folder;
  const std::vector<std::string> asked = {
      "run",          "paper",  "--dataset",    "synth-digits", "--networks",   "mlp:784-4-10",
      "--optimizers", "sgd,un", "--train",      "200",          "--batch",      "50",
      "--search",     "false",  "--validation", "100",          "--max-epochs", "2",
      "--min-epochs", "1",      "--quiet",      "--no-plots"};
  const auto with = [&](std::vector<std::string> more) {
    std::vector<std::string> all = asked;
    all.insert(all.end(), more.begin(), more.end());
    return symopt_in(folder.path, all);
  };
  const Ended first = with({"--out", "out/a", "--trials", "2"});
  INFO(first.error);
  REQUIRE(first.status == 0);
  CHECK(contains(first.out, "best by validation error is"));
  const std::string before = read_text(folder / "out/a/config.ini");
  const Ended whole = symopt_in(folder.path, {"show", "out/a"});
  INFO(whole.out << whole.error);
  CHECK(whole.status == 0);
  CHECK(contains(whole.out, "out/a: paper on synth-digits"));
  CHECK(contains(whole.out, "4 trials: 4 finished\n"));
  CHECK(contains(whole.out, "2 of 2"));
  CHECK(contains(whole.out, "best by validation error is"));
  CHECK_FALSE(contains(whole.out, "go on with"));
  CHECK(read_text(folder / "out/a/config.ini") == before);
  // One that was lost is to do again.
  std::filesystem::remove(std::filesystem::directory_iterator(folder / "out/a/trials")->path());
  const Ended part = symopt_in(folder.path, {"show", "out/a"});
  INFO(part.out << part.error);
  CHECK(contains(part.out, "4 trials: 3 finished, 1 not begun"));
  CHECK(contains(part.out, "1 of 2"));
  CHECK_FALSE(contains(part.out, "best by validation"));
  CHECK(contains(part.out, "go on with: symopt run out/a/config.ini --out out/a"));
  // A folder of folders has a line for each; one that is none is said.
  const Ended parts = symopt_in(folder.path, {"show", "out"});
  CHECK(contains(parts.out, "out/a  4 trials: 3 finished, 1 not begun"));
  const Ended wrong = symopt_in(folder.path, {"show", "."});
  CHECK(wrong.status == 0);  // out/a is below it
  const Ended nothing = symopt_in(folder.path, {"show", "elsewhere"});
  CHECK(nothing.status == 1);
  CHECK(contains(nothing.error, "elsewhere"));
  CHECK(contains(nothing.error, "config.ini"));
  CHECK(symopt_in(folder.path, {"show"}).status == 2);
}
