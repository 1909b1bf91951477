// orbits.cpp — one function, twenty points of its orbit: who trains from all of them alike, and what
// sharpness is worth that changes along the way.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "core/network/start.hpp"
#include "core/parallel.hpp"
#include "core/symmetry/group.hpp"
#include "experiments/certificates/invariance.hpp"
#include "experiments/plan/experiment.hpp"
#include "experiments/studies/sharpness.hpp"
#include "experiments/studies/side_by_side.hpp"
#include "experiments/terminal/tables.hpp"
#include "protocols/first_steps.hpp"
#include "results/lines.hpp"
#include "results/table.hpp"

namespace symopt {

// A row of orbits.csv.
struct OrbitRow {
  std::string network, group, optimizer, settings;
  double learning_rate = 0;
  int trial = 0, point = 0;
  double strength = 0;
  std::int64_t steps = 0;
  double first_loss = 0, last_loss = 0, distance = 0;
  std::string certificate, message;
};

// A row of orbit_sharpness.csv.
struct SharpnessRow {
  std::string network, group;
  int trial = 0, point = 0;
  double strength = 0, hessian = 0, hessian_residual = 0, adaptive = 0, adaptive_residual = 0;
};

template <>
const Columns<OrbitRow>& columns_of() {
  using R = OrbitRow;
  using C = Column<R>;
  static const Columns<R> columns({
      C{"network", &R::network, "the network"},
      C{"group", &R::group, "`node-rescale`, or `filter-rescale` where the network is normalized"},
      C{"optimizer", &R::optimizer, "the optimizer"},
      C{"settings", &R::settings, "its settings"},
      C{"learning_rate", &R::learning_rate, "of all steps"},
      C{"trial", &R::trial, "the trial's number, from 0"},
      C{"point", &R::point, "of the orbit, from 0, the start itself"},
      C{"strength", &R::strength, "s: 95 % of the factors are between 1/s and s"},
      C{"steps", &R::steps, "that were taken"},
      C{"first_loss", &R::first_loss, "of the batch, before the first step (nats)"},
      C{"last_loss", &R::last_loss, "and before the last one"},
      C{"distance", &R::distance,
        "largest of the curve from that of point 0 (nats); infinite where only one of them went on"},
      C{"certificate", &R::certificate, "what `symopt invariance` says of the optimizer and the group"},
      C{"message", &R::message, "where the run left the finite numbers, or empty"},
  });
  return columns;
}

template <>
const Columns<SharpnessRow>& columns_of() {
  using R = SharpnessRow;
  using C = Column<R>;
  static const Columns<R> columns({
      C{"network", &R::network, "the network"},
      C{"group", &R::group, "as in orbits.csv"},
      C{"trial", &R::trial, "the trial's number, from 0"},
      C{"point", &R::point, "of the orbit, from 0"},
      C{"strength", &R::strength, "s: 95 % of the factors are between 1/s and s"},
      C{"hessian", &R::hessian,
        "largest eigenvalue of the Hessian H of the loss on up to 500 training samples"},
      C{"hessian_residual", &R::hessian_residual, "an eigenvalue is no farther away than this"},
      C{"adaptive", &R::adaptive, "largest eigenvalue of T H T, T = diag |w|"},
      C{"adaptive_residual", &R::adaptive_residual, "an eigenvalue is no farther away than this"},
  });
  return columns;
}

namespace {

constexpr int kPoints = 20;
constexpr double kStrongest = 100;
constexpr double kHighest = 4;  // first losses: the top of the picture
constexpr Index kSharpnessSamples = 500;
constexpr Index kSharpnessValues =
    4'000'000;  // of all layers' outputs for them: 64 MB as duals, several times

void orbits_defaults(Request& request) {
  request.networks = "mlp:784-32x2-10+bias,archbn:784-16x2-10/pool2";
  request.optimizers = "sgd:lr=0.05,adam:lr=0.002,muon:lr=0.01,un:lr=0.1,sm:lr=0.05,path-sgd:lr=0.1";
  request.precision = "double", request.start = "he";
  request.trials = 1;
  request.protocol.search = false;
  request.protocol.train = 8000, request.protocol.batch = 100, request.protocol.max_epochs = 1;
  request.protocol.bn_epsilon = 1e-12;  // which feels a filter's scale
}

void orbits_quick(Request& request) { request.protocol.train = 2000; }

// The group that the study moves along; empty: none of the two keeps this network's function.
std::string group_of(const NetworkSpec& spec) {
  for (const char* group : {"filter-rescale", "node-rescale"})
    if (find_group(group).holds_for(spec)) return group;
  return "";
}

// The points of the orbit: weights, and how strongly they were moved.
struct Point {
  double strength;
  std::vector<double> theta;
};
std::vector<Point> points_of(const TrialSpec& spec, const Dataset& data) {
  const NetworkSpec network = network_of(spec);
  const Site site(network);
  const Phase phase = full_training(spec, data);
  std::vector<double> start(static_cast<size_t>(site.layout.size));
  fill_start<double>(spec.start, site.layout, phase.init, start);
  const GroupEntry& group = find_group(group_of(network));
  std::vector<Point> points;
  for (int i = 0; i < kPoints; ++i) {
    Point point{std::pow(kStrongest, i / (kPoints - 1.)), start};
    // A normal number is within two standard deviations in 95 % of all draws.
    group
        .draw(site, phase.init.fork(Purpose::certificate, static_cast<std::uint64_t>(i)),
              std::log(point.strength) / 2)
        ->act(point.theta);
    points.push_back(std::move(point));
  }
  return points;
}

class LossCurve final : public StepObserver {
 public:
  void before_step(std::span<const std::uint32_t>, double, double loss) override { losses.push_back(loss); }
  std::vector<double> losses;
};

// What one optimizer makes of all points.
struct Fan {
  TrialSpec spec;
  std::string group, certificate;
  std::vector<double> strengths;
  std::vector<std::vector<double>> curves;
  std::vector<std::string> messages;
  double distance(size_t i) const {
    if (curves[i].size() != curves[0].size()) return std::numeric_limits<double>::infinity();
    double d = 0;
    for (size_t t = 0; t < curves[0].size(); ++t) {
      const double apart = std::abs(curves[i][t] - curves[0][t]);
      if (std::isnan(apart)) return std::numeric_limits<double>::infinity();
      d = std::max(d, apart);
    }
    return d;
  }
};

Fan train_from_all(const TrialSpec& asked, const Dataset& data, std::int64_t steps) {
  Fan fan{asked, group_of(network_of(asked)), "", {}, {}, {}};
  fan.spec.protocol.annealing = "constant";
  FirstSteps<double> first(fan.spec, data);
  for (const Point& point : points_of(fan.spec, data)) {
    LossCurve curve;
    first.start_at(point.theta);
    fan.messages.push_back(first.run(steps, curve));
    fan.strengths.push_back(point.strength);
    fan.curves.push_back(std::move(curve.losses));
  }
  return fan;
}

// As many samples as memory is set aside for.
Index sharpness_samples(const TrialSpec& spec) {
  Index values = 0;
  for (const PictureShape& shape : network_of(spec).shapes()) values += shape.size();
  return std::clamp<Index>(kSharpnessValues / values, 1,
                           std::min<Index>(kSharpnessSamples, spec.protocol.train));
}

// On a small network of the same kind.
std::string certificate_of(const TrialSpec& spec, const std::string& group) {
  std::string contender = spec.optimizer + (spec.settings.empty() ? "" : ":") + spec.settings;
  std::ranges::replace(contender, ' ', ':');
  InvarianceRequest request;
  request.optimizers = {contender}, request.groups = {group}, request.jobs = 1;
  request.networks = {group == "filter-rescale" ? "archbn:8-4x2-3/pool2" : "mlp:8-6x2-3/leaky-relu+bias"};
  const Certificate c = certify(request).at(0);
  // A certificate may be of options under which an optimizer promises it.
  return to_text(c.verdict) + (c.settings == spec.settings ? "" : fmt::format(" with {}", c.settings));
}

// A panel an optimizer: the loss by step from every point, a line each.
void draw_fans(const std::vector<Fan>& fans, LineTable& lines) {
  std::vector<std::string> networks;
  for (const Fan& fan : fans)
    if (std::ranges::find(networks, fan.spec.network) == networks.end()) networks.push_back(fan.spec.network);
  for (size_t n = 0; n < networks.size(); ++n) {
    lines.figure({networks.size() == 1 ? "orbits" : fmt::format("orbits_{}", n + 1),
                  fmt::format("One function, {} points of its orbit: {}", kPoints, networks[n]), ""});
    double low = std::numeric_limits<double>::infinity(), first = 0;
    for (const Fan& fan : fans)
      if (fan.spec.network == networks[n] && fan.spec.trial == 0)
        for (const auto& curve : fan.curves) {
          first = std::max(first, curve.empty() ? 0 : curve.front());
          for (const double loss : curve) low = std::min(low, loss);
        }
    std::string group;
    for (const Fan& fan : fans) {
      if (fan.spec.network != networks[n] || fan.spec.trial != 0) continue;
      group = fan.group;
      lines.panel(
          {.title = fmt::format("{}: {}", fan.spec.optimizer_label(),
                                fan.certificate.starts_with("not") ? "not equivariant" : fan.certificate),
           .xname = "Step",
           .yname = "Loss of the batch (nats)",
           .log_y = true,
           .band = false,
           .y_low = low / 1.1,
           .y_high = kHighest * first});
      for (size_t i = 0; i < fan.curves.size(); ++i)
        for (size_t t = 0; t < fan.curves[i].size(); ++t)
          if (fan.curves[i][t] <= kHighest * first)
            lines.add(i == 0 ? "From the start" : "From its orbit", static_cast<int>(i),
                      static_cast<double>(t + 1), fan.curves[i][t], i == 0 ? Mark::line : Mark::level);
    }
    lines.set_caption(
        fmt::format("{}, 95 % of the factors between 1/s and s, s from 1 to {}; same batches. What "
                    "is above {} times the highest first loss has left the picture. In the titles: what the "
                    "certificate says.",
                    group, kStrongest, kHighest));
  }
}

std::string measure_sharpness(const std::vector<TrialSpec>& specs, const Dataset& data,
                              const std::filesystem::path& folder, LineTable& lines) {
  lines.figure(
      {"orbits_sharpness", "Sharpness along the orbit of one function",
       "Largest eigenvalue of the Hessian of the loss on up to 500 training samples, by Lanczos with "
       "exact products, and "
       "of T H T with T = diag |w|, which no scale of weights changes (Kwon et al. 2021). The "
       "function, its loss "
       "and its errors are the same at every point."});
  TableWriter<SharpnessRow> table(folder / "orbit_sharpness.csv");
  std::vector<std::vector<std::string>> rows = {
      {"network", "group", "largest eigenvalue of H", "at most", "of T H T", "spread of it"}};
  std::vector<std::string> done;
  for (const TrialSpec& spec : specs) {
    if (std::ranges::find(done, spec.network) != done.end()) continue;
    done.push_back(spec.network);
    const std::vector<Point> points = points_of(spec, data);
    const Phase phase = full_training(spec, data);
    const auto count = static_cast<size_t>(sharpness_samples(spec));
    BatchBuffer<double> buffer(static_cast<Index>(count), data.inputs(),
                               static_cast<Index>(data.train.labels_each));
    const Batch<double> batch = buffer.gather(data.train, phase.batches.samples().first(count));
    const Matrix<double> X = ConstMatrixView<double>(batch.X);
    std::vector<Sharpness> sharp(points.size());
    parallel_for(points.size(), usable_cores(), [&](size_t i) {
      sharp[i] =
          sharpness_of(network_of(spec), points[i].theta, {X.data(), X.rows(), X.cols()}, batch.targets);
    });
    lines.panel({.title = fmt::format("{}, {}", spec.network, group_of(network_of(spec))),
                 .xname = "Strength s of the rescaling",
                 .yname = "Largest eigenvalue",
                 .log_x = true,
                 .log_y = true});
    double low = std::numeric_limits<double>::infinity(), high = 0, least = low, most = 0;
    for (size_t i = 0; i < points.size(); ++i) {
      const auto& [hessian, adaptive] = sharp[i];
      table.add({spec.network, group_of(network_of(spec)), spec.trial, static_cast<int>(i),
                 points[i].strength, hessian.value, hessian.residual, adaptive.value, adaptive.residual});
      lines.add("Hessian", 0, points[i].strength, hessian.value);
      lines.add("Adaptive", 0, points[i].strength, adaptive.value);
      low = std::min(low, hessian.value), high = std::max(high, hessian.value);
      least = std::min(least, adaptive.value), most = std::max(most, adaptive.value);
    }
    rows.push_back({spec.network, group_of(network_of(spec)), fmt::format("{:.4g}", low),
                    fmt::format("{:.4g}", high), fmt::format("{:.6g}", least),
                    fmt::format("{:.0e}", most / least - 1)});
  }
  table.commit();
  return "Sharpness along the orbit\n" + align(rows, 2);
}

std::string orbits_conclusion(const Request& request, const std::vector<TrialRecord>&, const Dataset& data,
                              const std::filesystem::path& folder) {
  std::vector<TrialSpec> specs = expand(request, data);
  std::vector<std::string> skipped;
  std::erase_if(specs, [&](const TrialSpec& spec) {
    if (!group_of(network_of(spec)).empty()) return false;
    if (std::ranges::find(skipped, spec.network) == skipped.end()) skipped.push_back(spec.network);
    return true;
  });
  std::vector<Fan> fans(specs.size());
  std::map<std::string, std::string> verdicts;
  for (const TrialSpec& spec : specs) {
    std::string& verdict = verdicts[spec.optimizer_label() + group_of(network_of(spec))];
    if (verdict.empty()) verdict = certificate_of(spec, group_of(network_of(spec)));
  }
  parallel_for(specs.size(), usable_cores(), [&](size_t i) {
    fans[i] = train_from_all(specs[i], data, steps_of(request.protocol));
    fans[i].certificate = verdicts.at(specs[i].optimizer_label() + fans[i].group);
  });

  TableWriter<OrbitRow> table(folder / "orbits.csv");
  std::vector<std::vector<std::string>> rows = {{"network", "group", "optimizer", "trial", "certificate",
                                                 "largest distance", "last losses", "ended early"}};
  for (const Fan& fan : fans) {
    double largest = 0, low = std::numeric_limits<double>::infinity(), high = 0;
    int ended = 0;
    for (size_t i = 0; i < fan.curves.size(); ++i) {
      const auto& curve = fan.curves[i];
      const double nan = std::numeric_limits<double>::quiet_NaN(), last = curve.empty() ? nan : curve.back();
      table.add({fan.spec.network, fan.group, fan.spec.optimizer, fan.spec.settings,
                 fan.spec.protocol.learning_rate, fan.spec.trial, static_cast<int>(i), fan.strengths[i],
                 static_cast<std::int64_t>(curve.size()), curve.empty() ? nan : curve.front(), last,
                 fan.distance(i), fan.certificate, fan.messages[i]});
      largest = std::max(largest, fan.distance(i));
      if (!fan.messages[i].empty()) ++ended;
      if (fan.messages[i].empty()) low = std::min(low, last), high = std::max(high, last);
    }
    rows.push_back({fan.spec.network, fan.group, fan.spec.optimizer_label(),
                    fmt::format("{}", fan.spec.trial), fan.certificate, fmt::format("{:.1e}", largest),
                    ended == kPoints ? "–" : fmt::format("{:.3g} to {:.3g}", low, high),
                    ended == 0 ? "–" : fmt::format("{} of {}", ended, kPoints)});
  }
  table.commit();
  LineTable lines;
  draw_fans(fans, lines);
  std::string text =
      fmt::format("{} points of one function's orbit: curves of the loss, in nats\n", kPoints) +
      align(rows, 3) + "\n";
  if (data.labels_pixels())
    text += "Sharpness: not measured, as the classes are those of pixels\n";
  else if (!specs.empty())
    text += measure_sharpness(specs, data, folder, lines);
  lines.write(folder);
  for (const std::string& network : skipped)
    text +=
        fmt::format("not moved: {}, whose function neither node-rescale nor filter-rescale keeps\n", network);
  return text;
}

}  // namespace

ExperimentEntry orbits_experiment() {
  return {"orbits",
          "one function from many points of its orbit: which optimizers see a difference, and what sharpness "
          "does",
          orbits_defaults,
          orbits_quick,
          orbits_conclusion,
          no_trials,
          {table_info<OrbitRow>("orbits.csv", "an optimizer, trial and point", "Of `orbits`."),
           table_info<SharpnessRow>("orbit_sharpness.csv", "a network and point", "Of `orbits`.")}};
}

}  // namespace symopt
