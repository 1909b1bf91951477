// command_bench.cpp — `symopt bench`: the machine's matrix-product rate, training epochs against the
// arithmetic limit, two trials at a time against one, and, side by side, another program. Nothing here is a
// test: it prints.
#include <fmt/format.h>
#include <omp.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <functional>

#include "core/data/dataset.hpp"
#include "core/parallel.hpp"
#include "experiments/commands/bench_steps.hpp"
#include "experiments/commands/command.hpp"
#include "experiments/plan/request.hpp"
#include "experiments/terminal/standard_error.hpp"
#include "experiments/terminal/tables.hpp"
#include "protocols/timed_training.hpp"
#include "results/statistics.hpp"

namespace symopt {

namespace po = boost::program_options;

namespace {

using Clock = std::chrono::steady_clock;

double seconds(const std::function<void()>& work) {
  const auto start = Clock::now();
  work();
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// Median rate of a 1024³ single-precision product on one core, in FLOP/s.
double gemm_rate() {
  constexpr Index n = 1024;
  Matrix<float> A = Matrix<float>::Random(n, n), B = Matrix<float>::Random(n, n), C(n, n);
  Scratch<float> scratch;
  std::vector<double> times;
  for (int i = 0; i < 30; ++i)
    times.push_back(seconds([&] { multiply_nn<float>(n, n, n, A.data(), B.data(), C.data(), scratch); }));
  return 2.0 * n * n * n / median(times);
}

// A network and an optimizer as a trial has them: 50,000 samples, batches of 100, the optimizer's own start.
TrialSpec bench_spec(const std::string& network, const std::string& optimizer, const Dataset& data,
                     std::uint64_t seed) {
  TrialSpec spec;
  spec.network = network, spec.shape = parse_network(network, data.picture(), data.classes).text();
  spec.optimizer = optimizer, spec.start = find_optimizer(optimizer).start;
  spec.seed = seed;
  return spec;
}

class Epochs {
 public:
  Epochs(const std::string& network, const std::string& optimizer, const Dataset& data, std::uint64_t seed)
      : spec_(bench_spec(network, optimizer, data, seed)), training_(spec_, data, kSamples) {}
  /// Seconds of one training epoch.
  double run() { return training_.run_epoch(0.1); }
  int steps() const { return training_.steps(); }
  double flop() const { return step_flop(parse_network(spec_.shape, 0, 0), spec_.protocol.batch) * steps(); }

 private:
  static constexpr size_t kSamples = 50000;
  TrialSpec spec_;
  TimedTraining<float> training_;
};

// Runs `command --depth D --epochs 1 --update U` and reads the third field of its line: its epoch seconds.
double rival_epoch(const std::string& command, int depth, const std::string& update) {
  const std::string line = fmt::format("{} --depth {} --epochs 1 --update {}", command, depth, update);
  return rival_number(line, 2);
}

po::options_description describe_bench() {
  po::options_description options("options");
  const auto text = [](const char* value) {
    return po::value<std::string>()->default_value(value, "")->value_name("text");
  };
  options.add_options()("data", text(""),
                        "folder of the data sets; empty: $SYMOPT_DATA, then the user's cache folder");
  options.add_options()(
      "dataset", text("auto"),
      "auto: mnist where it is found, else synth-digits; folder:PATH: your own data (default auto)");
  options.add_options()("networks", text("archbn-2,archbn-4"),
                        "networks to time (default archbn-2,archbn-4)");
  options.add_options()("optimizers", text("sgd,un"), "names of optimizers to time, or all (default sgd,un)");
  options.add_options()("epochs", po::value<std::string>()->default_value("7", "")->value_name("integer"),
                        "timed epochs of each, after one that is not counted (1 to 1000; default 7)");
  options.add_options()(
      "against", text(""),
      "another program to time in turns: COMMAND --depth D --epochs 1 --update sgd|un, which prints "
      "depth,update,seconds (archbn-2 and archbn-4 only); with --shapes a COMMAND whose line has the seconds "
      "of a step as sixth field");
  const auto integer = [](const char* value) {
    return po::value<std::string>()->default_value(value, "")->value_name("integer");
  };
  options.add_options()("shapes", text(""),
                        "networks that say their sizes, e.g. conv:32x32x3-64c5-p2s2-10: only single steps of "
                        "these are timed, on random samples");
  options.add_options()("batch", integer("100"), "samples of a step of --shapes (1 to 100000; default 100)");
  options.add_options()("threads", integer("1"), "threads of a step of --shapes (1 to 4096; default 1)");
  return options;
}

// Why an optimizer cannot serve one of the networks, if so.
std::optional<std::string> refusal(const OptimizerEntry& entry, const std::vector<std::string>& networks,
                                   const Dataset& data) {
  for (const std::string& network : networks)
    if (const auto why = entry.refuses(parse_network(network, data.picture(), data.classes)))
      return fmt::format("{}: {}", network, *why);
  return {};
}

int run_bench(const po::variables_map& given, const std::vector<std::string>& arguments) {
  if (!arguments.empty())
    throw UsageError(fmt::format("bench: expected options only, found '{}'", arguments[0]));
  const std::int64_t epochs = to_integer("epochs", given["epochs"].as<std::string>());
  if (epochs < 1 || epochs > 1000)
    throw UsageError(fmt::format("option 'epochs': expected 1 to 1000, found {}", epochs));
  const auto positive = [&](const char* name, std::int64_t most) {
    const std::int64_t value = to_integer(name, given[name].as<std::string>());
    if (value < 1 || value > most)
      throw UsageError(fmt::format("option '{}': expected 1 to {}, found {}", name, most, value));
    return value;
  };
  if (const std::string shapes = given["shapes"].as<std::string>(); !shapes.empty()) {
    StepBench bench;
    for (const std::string& text : split_list("shapes", shapes))
      bench.networks.push_back(parse_sized_network(text));
    bench.batch = positive("batch", 100000), bench.threads = static_cast<int>(positive("threads", 4096));
    bench.turns = static_cast<int>(epochs), bench.against = given["against"].as<std::string>();
    bench.gemm_rate = gemm_rate();
    fmt::print(
        "one core multiplies 1024³ floats at {:.0f} GFLOP/s; steps in batches of {}, {} thread{}, medians of "
        "{} "
        "turns of {} steps\n\n{}",
        bench.gemm_rate / 1e9, bench.batch, bench.threads, bench.threads == 1 ? "" : "s", bench.turns,
        bench.steps, time_steps(bench));
    return 0;
  }
  const std::string asked = given["dataset"].as<std::string>();
  const auto folder =
      needs_data_folder(asked) ? data_folder(given["data"].as<std::string>()) : std::filesystem::path();
  const auto data = load_dataset(resolve_dataset(asked, folder), folder);
  if (data->train.count() < 50000)
    throw UserError("bench", data->name, "at least 50000 training samples",
                    fmt::format("{}", data->train.count()));
  const std::vector<std::string> networks = split_list("networks", given["networks"].as<std::string>());
  std::string optimizers = given["optimizers"].as<std::string>();
  if (optimizers == "all") {
    optimizers.clear();
    for (const OptimizerEntry& entry : optimizer_registry())
      if (const auto why = refusal(entry, networks, *data))
        print_error("symopt: {} is left out: {}\n", entry.name, *why);
      else
        optimizers += (optimizers.empty() ? "" : ",") + entry.name;
  } else {
    for (const std::string& name : split_list("optimizers", optimizers))
      if (const auto why = refusal(find_optimizer(name), networks, *data))
        throw UsageError(fmt::format("optimizer {}: {}", name, *why));
  }
  const std::string against = given["against"].as<std::string>();

  const double rate = gemm_rate();
  fmt::print("data set {}; one core multiplies 1024³ floats at {:.0f} GFLOP/s\n\n", data->name, rate / 1e9);

  // Every pair of lines is measured in turns, so that a drift of the machine's speed falls on both.
  std::vector<std::vector<std::string>> rows = {
      {"network", "optimizer", "epoch s", "µs/step", "limit s", "epoch/limit", "step/first"}};
  if (!against.empty()) rows[0].insert(rows[0].end(), {"other s", "times as fast"});
  for (const std::string& network : networks) {
    std::vector<std::string> names = split_list("optimizers", optimizers);
    std::vector<std::unique_ptr<Epochs>> work;
    for (const std::string& name : names) work.push_back(std::make_unique<Epochs>(network, name, *data, 1));
    std::vector<std::vector<double>> times(names.size()), ratios(names.size()), rival(names.size()),
        speed(names.size());
    for (auto& w : work) w->run();
    for (int e = 0; e < epochs; ++e)
      for (size_t i = 0; i < names.size(); ++i) {
        times[i].push_back(work[i]->run());
        ratios[i].push_back(times[i].back() / times[0].back());
        if (against.empty() || (names[i] != "sgd" && names[i] != "un")) continue;
        rival[i].push_back(rival_epoch(against, network == "archbn-2" ? 2 : 4, names[i]));
        speed[i].push_back(rival[i].back() / times[i].back());
      }
    for (size_t i = 0; i < names.size(); ++i) {
      const double t = median(times[i]), limit = work[i]->flop() / rate;
      rows.push_back({network, names[i], fmt::format("{:.4f}", t),
                      fmt::format("{:.1f}", 1e6 * t / work[i]->steps()), fmt::format("{:.4f}", limit),
                      fmt::format("{:.2f}", t / limit), fmt::format("{:.3f}", median(ratios[i]))});
      if (!rival[i].empty())
        rows.back().insert(rows.back().end(), {fmt::format("{:.4f}", median(rival[i])),
                                               fmt::format("{:.2f}", median(speed[i]))});
    }
  }
  fmt::print(
      "Training epochs of 50,000 samples in batches of 100, one thread, median of {}\n"
      "(limit: the arithmetic of the products with all inputs at that rate; those zero in a whole batch are "
      "left out)"
      "\n{}\n",
      epochs, align(rows, 2));

  // Two at a time: twice the work in the time of both, against one alone.
  std::vector<double> gains;
  Epochs alone("archbn-4", "sgd", *data, 1), first("archbn-4", "sgd", *data, 2),
      second("archbn-4", "sgd", *data, 3);
  for (int e = 0; e <= epochs; ++e) {
    const double one = alone.run();
    const double two =
        seconds([&] { parallel_for(2, 2, [&](std::size_t i) { (i == 0 ? first : second).run(); }); });
    if (e > 0) gains.push_back(2 * one / two);
  }
  fmt::print("two trials at a time do {:.2f} times the work of one (median of {})\n", median(gains), epochs);

  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  fmt::print("peak memory of this program: {:.0f} MB\n", static_cast<double>(usage.ru_maxrss) / 1024);
  return 0;
}

}  // namespace

Command bench_command() {
  return {
      "bench",
      "measures speed: matrix products, training epochs against the arithmetic limit, two trials at a time",
      "bench [OPTIONS]",
      "  symopt bench\n"
      "  symopt bench --optimizers all --networks archbn-4\n"
      "  symopt bench --against 'python3 tests/bench/torch_baseline.py'\n"
      "  symopt bench --shapes conv:32x32x3-64c5-p2s2-10 --batch 128 --threads 2\n",
      describe_bench,
      run_bench};
}

}  // namespace symopt
