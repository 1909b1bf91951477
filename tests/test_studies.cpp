// test_studies.cpp — what studies are made of: lines and their figures, level-set functions, the regression
// network, and runs side by side.
#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "core/data/png.hpp"
#include "experiments/plan/experiment.hpp"
#include "experiments/studies/feature_orbit.hpp"
#include "experiments/studies/level_set_functions.hpp"
#include "experiments/studies/published_teleport.hpp"
#include "experiments/studies/regression.hpp"
#include "experiments/studies/side_by_side.hpp"
#include "plots/figures/figures.hpp"
#include "plots/styles.hpp"
#include "results/lines.hpp"
#include "results/tables.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/errors.hpp"
#include "tests/support/records.hpp"
#include "tests/support/small_data.hpp"

using namespace symopt;
using namespace symopt::test;

namespace {

LineTable sample_lines() {
  LineTable lines;
  lines.figure({"first", "a title, with a comma", "a caption"});
  lines.panel({.title = "p1", .xname = "x", .yname = "y", .log_y = true});
  for (int run = 0; run < 3; ++run)
    for (int x = 1; x <= 4; ++x) lines.add("one", run, x, 1.0 / (x + run));
  lines.panel({.title = "p2", .xname = "x", .yname = "y", .band = false, .x_low = -1, .x_high = 2});
  for (int x = 0; x < 5; ++x) {
    lines.add("two_{x}", 0, std::cos(x), std::sin(x));
    lines.add("circle", 0, std::cos(x), std::sin(x), Mark::level);
    lines.add("jump", 0, x, x, Mark::jump);
  }
  lines.figure({"second", "seconds", ""});
  lines.panel({.title = "t", .xname = "s", .yname = "y", .timed = true});
  for (int x = 0; x < 3; ++x) lines.add("one", 0, 0.25 * x, x);
  return lines;
}

}  // namespace

TEST_CASE("lines: what a study writes reads back") {
  const ScratchFolder folder;
  CHECK(read_lines(folder.path).empty());
  sample_lines().write(folder.path);
  const std::vector<StudyFigure> figures = read_lines(folder.path);
  REQUIRE(figures.size() == 2);
  CHECK(figures[0].info.title == "a title, with a comma");
  REQUIRE(figures[0].panels.size() == 2);
  CHECK(figures[0].panels[0].points.size() == 12);
  CHECK(figures[0].panels[0].points[5].y == 1.0 / 3);
  CHECK(figures[0].panels[1].info.x_high == 2);
  CHECK(std::isnan(figures[0].panels[1].info.y_low));
  CHECK(figures[0].panels[1].points[1].mark == Mark::level);
  CHECK(figures[1].panels[0].points.size() == 3);
  // Seconds are apart.
  CHECK(!contains(read_text(folder / "lines.csv"), "second"));
}

TEST_CASE("lines: a malformed table is an error with its place") {
  const auto said = [](const std::string& file, const std::string& from, const std::string& to) {
    const ScratchFolder folder;
    sample_lines().write(folder.path);
    std::string text = read_text(folder / file);
    const size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    write_text(folder / file, text.replace(at, from.size(), to));
    return error_of([&] { read_lines(folder.path); });
  };
  CHECK(contains(said("lines.csv", "first,1,one", "third,1,one"), "line 2, column figure"));
  CHECK(contains(said("lines.csv", "first,1,one", "first,3,one"), "line 2, column panel"));
  CHECK(contains(said("lines.csv", "first,1,one", "first,x,one"), "panel"));
  CHECK(contains(said("lines.csv", ",level,", ",leval,"), "column mark"));
  CHECK(contains(said("timed_lines.csv", "second,1", "first,1"), "column panel"));
  CHECK(contains(said("panels.csv", "caption,1,p1,x,y,0,1", "caption,2,p1,x,y,0,1"), "column panel"));
  CHECK(contains(said("panels.csv", "p1,x,y,0,1", "p1,x,y,0,2"), "column log_y"));
}

TEST_CASE("lines: a study's figures are drawn, in a folder without trials too") {
  const ScratchFolder folder;
  write_csvs(folder.path, {}, 1);
  sample_lines().write(folder.path);
  const std::vector<Figure> figures = write_figures(read_results(folder.path));
  REQUIRE(figures.size() == 2);
  CHECK(figures[0].name == "first");
  const std::string data = read_text(folder / "figures/first.dat");
  CHECK(contains(data, "# p1: one"));
  // Mean, and the deviation of 1, 1/2, 1/3 below it.
  CHECK(contains(data, "1 0.6111"));
  CHECK(contains(read_text(folder / "figures/first.gp"), "two_{x}"));
}

TEST_CASE(
    "lines: against time a point stands at the median of its runs' times, with the mean of their values") {
  const ScratchFolder folder;
  write_csvs(folder.path, {}, 1);
  LineTable lines;
  lines.figure({"timed", "loss by time", ""});
  lines.panel({.title = "by time", .xname = "time (s)", .yname = "Loss", .log_y = true, .timed = true});
  // Three runs of the same losses, the last of them held up before its second point.
  for (const int run : {0, 1, 2}) {
    lines.add("one", run, 1, 8);
    lines.add("one", run, run == 2 ? 100 : 2, 4);
  }
  lines.write(folder.path);
  write_figures(read_results(folder.path));
  CHECK(contains(read_text(folder / "figures/timed.dat"), "one\n1 8 8 8\n2 4 4 4\n"));
  CHECK(contains(read_text(folder / "figures/timed.gp"), "median of its runs"));
}

TEST_CASE("lines: on a logarithmic axis a band is cut at a tenth of its mean, and the caption says so") {
  const ScratchFolder folder;
  write_csvs(folder.path, {}, 1);
  LineTable lines;
  for (const bool log_y : {true, false}) {
    lines.figure({log_y ? "logarithmic" : "linear", "loss", ""});
    lines.panel({.title = "p", .xname = "step", .yname = "Loss", .log_y = log_y});
    lines.add("one", 0, 1, 1), lines.add("one", 1, 1, 99);
  }
  lines.write(folder.path);
  write_figures(read_results(folder.path));
  CHECK(contains(read_text(folder / "figures/logarithmic.dat"), "\n1 50 5 99\n"));
  CHECK(contains(read_text(folder / "figures/logarithmic.gp"), "cut at a tenth"));
  CHECK(contains(read_text(folder / "figures/linear.dat"), "\n1 50 1 99\n"));
  CHECK_FALSE(contains(read_text(folder / "figures/linear.gp"), "cut at a tenth"));
}

TEST_CASE("lines: a logarithmic axis without ends reaches from the lowest band to the highest") {
  const ScratchFolder folder;
  write_csvs(folder.path, {}, 1);
  LineTable lines;
  lines.figure({"ranges", "loss", ""});
  lines.panel({.title = "own", .xname = "step", .yname = "Loss", .log_y = true});
  lines.add("one", 0, 1, 2), lines.add("one", 0, 2, 0.5);
  lines.add("one", 1, 1, 4), lines.add("one", 1, 2, 0.25);
  lines.panel(
      {.title = "given", .xname = "step", .yname = "Loss", .log_y = true, .y_low = 0.1, .y_high = 10});
  lines.add("one", 0, 1, 2);
  lines.panel({.title = "linear", .xname = "step", .yname = "Loss"});
  lines.add("one", 0, 1, 2);
  lines.write(folder.path);
  write_figures(read_results(folder.path));
  const std::string script = read_text(folder / "figures/ranges.gp");
  const double margin = std::pow(16, 0.05);
  CHECK(contains(script, fmt::format("y_low[3] = [{:.8g},0.1,1.9]", 0.25 / margin)));
  CHECK(contains(script, fmt::format("y_high[3] = [{:.8g},10,2.1]", 4 * margin)));
  CHECK(contains(script, "yname[1] = 'Loss, logarithmic axis'"));
  CHECK(contains(script, "yname[3] = 'Loss'"));
}

TEST_CASE("lines: whole numbers begin at the first, which has a tick, and have none between") {
  const ScratchFolder folder;
  write_csvs(folder.path, {}, 1);
  LineTable lines;
  lines.figure({"axes", "loss", ""});
  for (const double step : {1.0, 10.0, 0.25}) {
    lines.panel({.title = "one", .xname = "x", .yname = "Loss"});
    for (int i = 1; i <= 5; ++i) lines.add("one", 0, i * step, 2);
  }
  lines.write(folder.path);
  write_figures(read_results(folder.path));
  const std::string script = read_text(folder / "figures/axes.gp");
  CHECK(contains(script, "x_low[3] = [0.92,9.2,0.23]"));
  CHECK(contains(script, "x_high[3] = [5.08,50.8,1.27]"));
  CHECK(contains(script, "xticks[1] = '(\"1\" 1, \"2\" 2, \"3\" 3, \"4\" 4, \"5\" 5)'"));
  CHECK(contains(script, "xticks[2] = '(\"10\" 10, \"15\" 15, \"20\" 20,"));
}

TEST_CASE("lines: a place is marked, an optimizer has its own style, and lines that coincide are said") {
  const ScratchFolder folder;
  write_csvs(folder.path, {}, 1);
  LineTable lines;
  lines.figure({"marks", "Loss", ""});
  lines.panel({.title = "Both", .xname = "Step", .yname = "Loss"});
  for (const char* const name : {"un, λ = 1", "other", "sgd"})
    for (int i = 0; i < 3; ++i) lines.add(name, 0, i, name == std::string("sgd") ? 2 : 1.0 + i);
  lines.add("Minimum", 0, 1, 1, Mark::point);
  lines.write(folder.path);
  CHECK(read_lines(folder.path)[0].panels[0].points.back().mark == Mark::point);
  write_figures(read_results(folder.path));
  const std::string script = read_text(folder / "figures/marks.gp");
  CHECK(contains(script, "points_of[1] = [4]"));
  Styles styles({"other", "sgd", "un"});
  CHECK(contains(script, fmt::format("style[4] = [3,{},1,1]", styles.of("other"))));
  CHECK(contains(script, "cover[4] = [24,12,0,0]"));
  CHECK(contains(script, "dashed over each other: in “Both” un, λ = 1 and other."));
}

TEST_CASE("lines: the key has room for the widest names") {
  const ScratchFolder folder;
  write_csvs(folder.path, {}, 1);
  LineTable lines;
  lines.figure({"wide", "loss", ""});
  lines.panel({.title = "one", .xname = "step", .yname = "Loss"});
  for (const std::string name : {"momentum:momentum=0.9", "mmmmmmmmmmmmmmmmmmmmmmmmmmmm", "WWWWWWWW θ ‖∇L‖²"})
    lines.add(name, 0, 1, 2);
  lines.write(folder.path);
  const std::filesystem::path file = write_figures(read_results(folder.path)).at(0).picture;
  if (file.empty()) {
    WARN("gnuplot is not installed: not tested");
    return;
  }
  // The longest name ends before the edge: a margin of white.
  const Picture picture = read_png(file, 3);
  REQUIRE(picture.width > 6);
  const auto row = static_cast<std::ptrdiff_t>(picture.width) * 3;
  for (std::ptrdiff_t y = 1; y <= picture.height; ++y) {
    const auto end = picture.pixels.begin() + y * row;
    REQUIRE(std::all_of(end - 18, end, [](std::uint8_t value) { return value == 255; }));
  }
}

TEST_CASE("lines: a figure's name names files, so it has no path") {
  for (const std::string name : {"../first", "a/b", "", ".hidden", "two\nlines"}) {
    const ScratchFolder folder;
    LineTable lines;
    lines.figure({name, "a title", ""});
    lines.panel({.title = "p"});
    lines.write(folder.path);
    CHECK(contains(error_of([&] { read_lines(folder.path); }), "column figure: expected letters, digits"));
  }
}

TEST_CASE("lines: no name of a panel or a series adds rows to a data file") {
  const ScratchFolder folder;
  write_csvs(folder.path, {}, 1);
  LineTable lines;
  lines.figure({"names", "a title", ""});
  lines.panel({.title = "p\n7 7 7 7", .xname = "x", .yname = "y"});
  lines.add("s\n8 8 8 8", 0, 1, 2);
  lines.write(folder.path);
  write_figures(read_results(folder.path));
  CHECK(contains(read_text(folder / "figures/names.dat"), "# p 7 7 7 7: s 8 8 8 8\n1 2 2 2\n"));
}

TEST_CASE("studies: a line of a figure is of one trial, whatever the networks and settings", "[slow]") {
  const auto data = noisy_classes();
  const std::map<std::string, std::string> asked = {
      {"teleport", "sgd:lr=0.1,sgd:lr=0.2,teleport+sgd:lr=0.1"},
      {"parameterizations", "sgd:lr=0.1,sgd:lr=0.2,un:retraction=exp,un"},
      {"natural", "sgd:lr=0.1:bn-momentum=0.2,sgd:lr=0.1"},
      {"unbalanced", "sgd:lr=0.1,sm:lr=0.1"}};
  for (const ExperimentEntry& experiment : experiment_registry()) {
    if (experiment.name == "paper") continue;  // has no figures of its own
    INFO(experiment.name);
    const auto own = asked.find(experiment.name);
    const std::string optimizers = own == asked.end() ? "sgd:lr=0.1,sgd:lr=0.2" : own->second;
    Request request;
    request.networks = "mlp:8-5-3,mlp:8-6-3/sigmoid", request.optimizers = optimizers;
    request.trials = 2, request.start = "he";
    request.protocol = small_trial(data, "mlp:8-5-3", "sgd").protocol;
    request.protocol.search = false;
    std::vector<TrialRecord> records;
    for (const TrialSpec& spec : expand(request, data)) {
      records.push_back(make_record(spec, 3));
      for (const EpochPoint& p : records.back().curve)
        for (const char* set : {"train", "validation"})
          records.back().class_metrics.push_back({p.epoch, set, p.cost, 0.5, 0.4, 0.3});
    }
    const ScratchFolder folder;
    experiment.conclude(request, records, data, folder.path);
    std::size_t lines = 0;
    for (const StudyFigure& figure : read_lines(folder.path))
      for (const auto& panel : figure.panels) {
        if (!panel.info.band) continue;  // x need not rise
        INFO(figure.info.name << ": " << panel.info.title);
        std::map<std::pair<std::string, int>, double> last;
        for (const LinePoint& p : panel.points) {
          const auto [place, is_new] = last.emplace(std::pair(p.series, p.run), p.x);
          INFO(p.series << ", run " << p.run << ", x = " << p.x);
          CHECK((is_new || p.x > std::exchange(place->second, p.x)));
        }
        lines += last.size();
      }
    if (experiment.name != "unbalanced") CHECK(lines > 0);  // whose panels have one trial each
  }
}

TEST_CASE("expand: a learning rate of an optimizer's own") {
  const Dataset data = noisy_classes();
  Request request;
  request.networks = "mlp:8-5-3";
  request.optimizers = "sgd:lr=0.25,un:lr=0.5:retraction=exp,sm";
  request.trials = 1;
  request.protocol.learning_rate = 0.125;
  const auto specs = expand(request, data);
  REQUIRE(specs.size() == 3);
  CHECK(specs[0].protocol.learning_rate == 0.25);
  CHECK(specs[0].settings.empty());
  CHECK(specs[1].protocol.learning_rate == 0.5);
  CHECK(specs[1].settings == "retraction=exp");
  CHECK(specs[2].protocol.learning_rate == 0.125);
  // A rate takes the place of the search, for those that have one.
  CHECK_FALSE(specs[0].protocol.search);
  CHECK_FALSE(specs[1].protocol.search);
  CHECK(specs[2].protocol.search);
  for (const std::string bad : {"sgd:lr=-1", "sgd:lr=x", "sgd:lr=0.1:lr=0.2"}) {
    request.optimizers = bad;
    CHECK(contains(error_of([&] { expand(request, data); }), bad.ends_with("2") ? "lr" : "learning-rate"));
  }
  request.optimizers = "sgd:lr=0.1,sgd:lr=0.2";
  CHECK(expand(request, data).size() == 2);
  request.optimizers = "sgd:lr=0.1,sgd:lr=0.10";
  CHECK(contains(error_of([&] { expand(request, data); }),
                 "expected each setting once, found 'sgd:lr=0.1' and 'sgd:lr=0.10', which are the same"));
}

TEST_CASE("level-set functions: gradient and Hessian are differences, and L = u² + v²") {
  for (const LevelSetFunction& f : level_set_functions()) {
    PlaneSurface surface(f);
    for (const Pair at : {f.start, Pair{0.3, -0.7}, f.minimum}) {
      Pair grad, ignored;
      const double h = 1e-5;
      const double loss = surface.compute(at, Pair{}, grad, ignored);
      const Pair uv = f.to_uv(at), back = f.to_xy(uv);
      CHECK(loss == Approx(uv[0] * uv[0] + uv[1] * uv[1]).epsilon(1e-15));  // one fused rounding or two
      for (size_t i = 0; i < 2; ++i) {
        CHECK(back[i] == Approx(at[i]).margin(1e-12));
        Pair high = at, low = at, unit{}, product, high_grad, low_grad;
        high[i] += h, low[i] -= h, unit[i] = 1;
        const double above = surface.compute(high, Pair{}, high_grad, ignored),
                     below = surface.compute(low, Pair{}, low_grad, ignored);
        surface.compute(at, unit, ignored, product);
        INFO(f.name << " coordinate " << i);
        // Rounding of L, up to 400, over h; the third derivative is up to 2400.
        CHECK((above - below) / (2 * h) == Approx(grad[i]).margin(1e-6));
        for (size_t k = 0; k < 2; ++k)
          CHECK((high_grad[k] - low_grad[k]) / (2 * h) == Approx(product[k]).margin(1e-5));
      }
    }
  }
}

TEST_CASE("level-set functions: the published formulas") {
  const auto& f = level_set_functions();
  Pair grad, ignored;
  const double x = 0.4, y = -1.1;
  CHECK(PlaneSurface(f[0]).compute(Pair{x, y}, Pair{}, grad, ignored) ==
        Approx(std::pow(x + 2 * y - 7, 2) + std::pow(2 * x + y - 5, 2)));
  CHECK(PlaneSurface(f[1]).compute(Pair{x, y}, Pair{}, grad, ignored) ==
        Approx(100 * std::pow(x * x - y, 2) + std::pow(x - 1, 2)));
}

TEST_CASE("level-set functions: a rotation keeps the loss, and the search raises ‖∇L‖²") {
  for (const LevelSetFunction& f : level_set_functions()) {
    PlaneSurface surface(f);
    RotationOrbit orbit(f);
    Pair theta = f.start, grad, ignored;
    const double loss = surface.compute(theta, Pair{}, grad, ignored);
    const double angle = 0.7;
    orbit.act(std::span(&angle, 1), theta);
    CHECK(surface.compute(theta, Pair{}, grad, ignored) == Approx(loss).epsilon(1e-12));
    // The derivative by the angle.
    double D = 0, square[2];
    Pair product, at = theta;
    surface.compute(at, grad, ignored, product);
    orbit.pull_back(at, product, std::span(&D, 1));
    for (const int side : {0, 1}) {
      const double step = side ? 1e-6 : -1e-6;
      Pair moved = at;
      orbit.act(std::span(&step, 1), moved);
      surface.compute(moved, Pair{}, ignored, product);
      square[side] = ignored[0] * ignored[0] + ignored[1] * ignored[1];
    }
    INFO(f.name);
    CHECK((square[1] - square[0]) / 2e-6 == Approx(2 * D).epsilon(1e-5));
    Teleporter teleporter(2, 1);
    // A rate far below the published one for Rosenbrock, which leaps over many turns.
    const Teleport t = teleporter.move({.steps = 10, .rate = 1e-9}, surface, orbit, theta);
    CHECK(t.gradient_after > t.gradient_before);
    CHECK(t.loss_after == Approx(t.loss_before).epsilon(1e-12));
  }
}

TEST_CASE("regression: runs of one seed start alike, and a teleport raises ‖∇L‖² on nearly the same level") {
  const RegressionSettings plain{"sgd", 1e-4, 20, {}, {}};
  RegressionSettings teleporting = plain;
  teleporting.teleport = 6;
  teleporting.ascent = {.steps = 8, .rate = 1e-7};
  const RegressionRun a = run_regression(plain, 3), b = run_regression(teleporting, 3);
  REQUIRE((a.loss.size() == 20 && b.loss.size() == 20));
  for (size_t i = 0; i < 5; ++i) CHECK(a.loss[i] == b.loss[i]);
  for (size_t i = 0; i + 1 < a.loss.size(); ++i) CHECK(a.loss[i + 1] < a.loss[i]);
  REQUIRE(b.teleports.size() == 1);
  CHECK(b.teleports[0].step == 5);
  CHECK(b.teleports[0].gradient_after > b.teleports[0].gradient_before);
  CHECK(b.teleports[0].gradient_after == Approx(b.gradient[5]));
  CHECK(run_regression(plain, 4).loss[0] != a.loss[0]);
}

TEST_CASE("feature orbit: to first order it keeps the function, and its derivative is the difference") {
  const NetworkSpec spec = parse_network("mlp:5-6-7-8/leaky-relu", 0, 0);
  Stream stream(7, 0);
  Matrix<double> X(4, 5);
  for (double& x : X.reshaped()) x = stream.uniform();
  Network<double> network(spec, 4);
  FeatureOrbit orbit(spec, X);
  REQUIRE(orbit.size() == 6 * 6 + 7 * 7);
  std::vector<double> theta(static_cast<size_t>(network.layout().size)), zero(85, 0.0);
  // Signs that differ, so that the activation bends.
  for (double& w : theta) w = stream.normal();
  orbit.act(zero, theta);  // the weights' projection on the features

  const auto outputs = [&](const std::vector<double>& at) -> Eigen::MatrixXd {
    return network.forward(at, {X.data(), 4, 5}, Mode::train);
  };
  std::vector<double> c(theta.size()), D(85);
  for (double& x : c) x = stream.normal();
  orbit.pull_back(theta, c, D);
  const Eigen::MatrixXd before = outputs(theta);
  double largest = 0;
  for (size_t i = 0; i < 85; ++i) {
    double along = 0, change[2];
    for (const int side : {0, 1}) {
      std::vector<double> T(85, 0.0), moved = theta;
      T[i] = side ? 1e-6 : -1e-6;
      orbit.act(T, moved);
      for (size_t p = 0; p < theta.size(); ++p) along += (side ? 1 : -1) * c[p] * moved[p] / 2e-6;
      change[side] = (outputs(moved) - before).norm();
    }
    INFO("T[" << i << "]");
    CHECK(along == Approx(D[i]).epsilon(1e-5).margin(1e-5));
    CHECK(std::max(change[0], change[1]) < 1e-8 * before.norm());
    largest = std::max(largest, std::abs(D[i]));
  }
  CHECK(largest > 0.1);
}

TEST_CASE("regression: the published teleport is the public code's") {
  // What its teleport_MLP, run in double precision on the same weights, X and Y, leaves: ‖∇L‖² and L.
  struct Known {
    bool mixed_signs;
    std::uint64_t seed;
    int steps;
    double rate, gradient, loss;
  };
  const NetworkSpec spec = parse_network("mlp:5-6-7-8/leaky-relu", 0, 0);
  for (const Known& known : {
           Known{false, 1, 1, 1e-7, 5845701.210282905, 1349.3050901233428},
           Known{false, 1, 2, 1e-7, 1620071.2316268184, 152.98343611577232},
           Known{false, 1, 8, 1e-7, 68301.00098836167, 4.894033326657042},
           Known{false, 2, 2, 1e-7, 5490193.690537328, 597.0726411346968},
           Known{true, 7, 1, 1e-9, 591339.3969410378, 448.1276536145497},
           Known{true, 7, 3, 1e-9, 592320.4764835534, 448.12739327916705},
           Known{true, 8, 3, 1e-9, 8513539.134452244, 1813.3022567753565},
       }) {
    Stream stream(known.seed, 0);
    std::vector<double> theta(6 * 5 + 7 * 6 + 8 * 7);
    for (double& w : theta) w = known.mixed_signs ? stream.normal() : stream.uniform();
    Matrix<double> X(4, 5), Y(4, 8);
    for (Matrix<double>* const A : {&X, &Y})
      for (double& a : A->reshaped<Eigen::RowMajor>()) a = stream.uniform();
    const Teleport t = PublishedTeleport(spec, X, Y).move({.steps = known.steps, .rate = known.rate}, theta);
    INFO("seed " << known.seed << ", " << known.steps << " steps");
    CHECK(t.ascents == known.steps);
    CHECK(t.gradient_after == Approx(known.gradient).epsilon(1e-9));
    CHECK(t.loss_after == Approx(known.loss).epsilon(1e-9));
    if (known.mixed_signs) continue;
    const RegressionRun run = run_regression(
        {"sgd", 1e-4, 1, 1, {.steps = known.steps, .rate = known.rate}, TeleportAction::published},
        known.seed);
    CHECK(run.gradient[0] == Approx(known.gradient).epsilon(1e-9));
    CHECK(run.loss[0] == Approx(known.loss).epsilon(1e-9));
  }
  // Five samples and a layer of three: h⁺ h is no identity.
  CHECK(contains(error_of([] {
                   PublishedTeleport(parse_network("mlp:5-3-8/leaky-relu", 0, 0), Matrix<double>::Ones(5, 5),
                                     Matrix<double>::Ones(5, 8));
                 }),
                 "expected 5 features or more, one a sample, found 3"));
}

TEST_CASE("unbalanced: sm and path-sgd do not see a rescaled start, sgd does") {
  const Dataset data = noisy_classes();
  TrialSpec spec = small_trial(data, "mlp:8-6-5-3", "sgd");
  spec.precision = "double";
  spec.protocol.learning_rate = 1e-3;
  const auto largest = [&](const std::string& optimizer) {
    spec.optimizer = optimizer;
    std::vector<double> losses[2];
    for (const int k : {0, 1}) {
      spec.start = k ? "unbalanced" : "he";
      losses[k] = run_steps(spec, data, 30).loss;
    }
    REQUIRE((losses[0].size() == 30 && losses[1].size() == 30));
    // One function to begin with.
    CHECK(losses[0][0] == Approx(losses[1][0]).epsilon(1e-12));
    double most = 0;
    for (size_t i = 0; i < 30; ++i) most = std::max(most, std::abs(losses[0][i] - losses[1][i]));
    return most;
  };
  CHECK(largest("sm") < 1e-9);
  CHECK(largest("path-sgd") < 1e-9);
  CHECK(largest("sgd") > 1e-3);
}
