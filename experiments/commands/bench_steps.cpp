// bench_steps.cpp — a turn is some steps of ours, then a run of the other program: a drift of the machine's
// speed falls on both.
#include "experiments/commands/bench_steps.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <memory>

#include "core/error.hpp"
#include "core/network/layer_weights.hpp"
#include "core/network/network.hpp"
#include "core/network/start.hpp"
#include "core/text.hpp"
#include "experiments/terminal/tables.hpp"
#include "results/statistics.hpp"

namespace symopt {

namespace {

class Steps {
 public:
  Steps(const NetworkSpec& spec, Index batch, int threads)
      : network_(spec, batch, threads),
        theta_(static_cast<size_t>(network_.layout().size)),
        grad_(theta_.size()),
        X_(static_cast<size_t>(batch * spec.inputs())),
        labels_(static_cast<size_t>(batch * spec.shapes().back().pixels())),
        batch_{{X_.data(), batch, spec.inputs()}, labels_.data()} {
    Stream stream(1);
    fill_start<float>("he", network_.layout(), stream, theta_);
    for (float& x : X_) x = static_cast<float>(stream.uniform());
    for (std::uint8_t& y : labels_)
      y = static_cast<std::uint8_t>(stream.below(static_cast<std::uint64_t>(spec.classes())));
    step();
  }
  /// Its seconds.
  double step() {
    const auto start = std::chrono::steady_clock::now();
    network_.gradient(theta_, batch_, grad_);
    as_array(std::span<float>(theta_)) -= 0.01f * as_array(std::span<const float>(grad_));
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }

 private:
  Network<float> network_;
  Buffer<float> theta_, grad_, X_;
  std::vector<std::uint8_t> labels_;
  Batch<float> batch_;
};

}  // namespace

double step_flop(const NetworkSpec& spec, Index batch) {
  const std::vector<PictureShape> shapes = spec.shapes();
  const ParamLayout layout = layout_of(spec);
  double flop = 0;
  size_t l = 0;
  for (size_t i = 0; i < spec.layers.size(); ++i) {
    if (!spec.layers[i].has_filters()) continue;
    flop += (l == 0 ? 2 : 3) * 2.0 * static_cast<double>(batch * shapes[i + 1].pixels()) *
            static_cast<double>(layer_weights(layout, l).size());
    ++l;
  }
  return flop;
}

double rival_number(const std::string& command, int field) {
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) throw UserError("bench", command, "a command that runs", "none");
  char text[256] = "";
  const bool answered = std::fgets(text, sizeof text, pipe) != nullptr;
  const int status = pclose(pipe);
  const std::vector<std::string> fields = split(answered ? text : "", ',');
  double number = 0;
  const bool read = static_cast<size_t>(field) < fields.size() &&
                    std::sscanf(fields[static_cast<size_t>(field)].c_str(), "%lf", &number) == 1;
  if (!read || status != 0 || !(number > 0))
    throw UserError("bench", command, fmt::format("a line whose field {} is a number of seconds", field + 1),
                    status != 0 ? "an error" : "something else");
  return number;
}

std::string time_steps(const StepBench& bench) {
  std::vector<std::vector<std::string>> rows = {{"network", "GFLOP/step", "s/step", "of the limit"}};
  if (!bench.against.empty()) rows[0].insert(rows[0].end(), {"other s", "times as fast"});
  for (const NetworkSpec& spec : bench.networks) {
    Steps steps(spec, bench.batch, bench.threads);
    std::vector<double> ours, theirs;
    for (int turn = 0; turn < bench.turns; ++turn) {
      std::vector<double> times;
      for (int i = 0; i < bench.steps; ++i) times.push_back(steps.step());
      ours.push_back(median(times));
      if (!bench.against.empty()) theirs.push_back(rival_number(bench.against, 5));
    }
    const double t = median(ours), flop = step_flop(spec, bench.batch);
    rows.push_back({spec.text(), fmt::format("{:.2f}", flop / 1e9), fmt::format("{:.4f}", t),
                    fmt::format("{:.0f} %", 100 * flop / t / (bench.gemm_rate * bench.threads))});
    if (!theirs.empty())
      rows.back().insert(rows.back().end(),
                         {fmt::format("{:.4f}", median(theirs)), fmt::format("{:.2f}", median(theirs) / t)});
  }
  return align(rows, 1);
}

}  // namespace symopt
