// command_trace.cpp — `symopt trace`: a trial's first steps as arrays, to repeat them elsewhere.
#include <fmt/format.h>

#include "experiments/certificates/trace_folder.hpp"
#include "experiments/commands/command.hpp"
#include "experiments/plan/request.hpp"
#include "experiments/session/results_folder.hpp"
#include "experiments/terminal/standard_output.hpp"
#include "protocols/spec_check.hpp"

namespace symopt {

namespace po = boost::program_options;

namespace {

struct TraceFlags {
  std::string network = "archbn-2", optimizer = "un", dataset = "auto", data, out;
  std::string start = "auto", precision = "double";
  int steps = 20, trial = 0;
  std::uint64_t seed = 1;
};
const Options<TraceFlags>& trace_flags() {
  using F = TraceFlags;
  using O = Option<F>;
  static const Options<F> options({
      O{.name = "network", .field = &F::network, .help = "see `symopt list networks`, or a shape"},
      O{.name = "optimizer",
        .field = &F::optimizer,
        .help = "with its options after colons, as `symopt run` takes it: kfac:t-cov=2:lr=0.01"},
      O{.name = "dataset",
        .field = &F::dataset,
        .help = "auto: mnist where it is found, else synth-digits; folder:PATH: your own data; see `symopt "
                "list datasets`"},
      O{.name = "data",
        .field = &F::data,
        .help = "folder of the data sets; empty: $SYMOPT_DATA, then the user's cache folder"},
      O{.name = "steps",
        .field = &F::steps,
        .low = 1,
        .high = 1e9,
        .help = "of the full training, from its start"},
      O{.name = "trial", .field = &F::trial, .low = 0, .high = 99999, .help = "its number, from 0"},
      O{.name = "seed", .field = &F::seed, .low = 0, .high = 9e15, .help = "of the experiment"},
      O{.name = "start",
        .field = &F::start,
        .choices = {"auto", "gaussian", "balanced", "he", "glorot", "uniform", "unbalanced"},
        .help = "starting values; auto: the optimizer's own"},
      O{.name = "precision",
        .field = &F::precision,
        .choices = {"float", "double"},
        .help = "arithmetic of the training"},
      O{.name = "out", .field = &F::out, .help = "new folder for the arrays and index.json"},
  });
  return options;
}

// What a trace depends on: it has no search, evaluates nothing and never stops early.
std::vector<OptionInfo> traced_protocol() {
  std::vector<OptionInfo> infos = protocol_options().infos();
  std::erase_if(infos, [](const OptionInfo& info) {
    return info.name.starts_with("search") || info.name.starts_with("stop") || info.name == "test" ||
           info.name == "min-epochs";
  });
  return infos;
}

po::options_description describe_trace() {
  po::options_description options("options");
  add_options(options, trace_flags().infos());
  add_options(options, traced_protocol());
  return options;
}

// The one trial that is asked for, as `symopt run` would plan it without a search.
TrialSpec traced_spec(const TraceFlags& flags, const Assignments& protocol, const Dataset& data) {
  Request request;
  request.networks = flags.network, request.optimizers = flags.optimizer;
  request.start = flags.start, request.precision = flags.precision, request.seed = flags.seed;
  request.protocol.search = false;
  for (const auto& [name, value] : protocol) request.set(name, value);
  fit_split(request, data);
  const std::vector<Contestant> all = contestants(request, data);
  if (all.size() != 1)
    throw UsageError(
        fmt::format("trace: expected one network and one optimizer, found {} pairs of '{}' and '{}'",
                    all.size(), flags.network, flags.optimizer));
  TrialSpec spec = all[0].spec;
  spec.trial = flags.trial;
  return spec;
}

int run_trace(const po::variables_map& given, const std::vector<std::string>& arguments) {
  if (!arguments.empty())
    throw UsageError(fmt::format("trace: expected options only, found '{}'", arguments[0]));
  TraceFlags flags;
  trace_flags().set(flags, given_options(given, trace_flags().infos()));
  if (flags.out.empty()) throw UsageError("option 'out': expected a folder, found none");
  const auto folder = needs_data_folder(flags.dataset) ? data_folder(flags.data) : std::filesystem::path();
  const auto data = load_dataset(resolve_dataset(flags.dataset, folder), folder);
  const TrialSpec spec = traced_spec(flags, given_options(given, traced_protocol()), *data);
  check_spec(spec, *data);
  if (const std::int64_t most = most_trace_steps(spec); flags.steps > most)
    throw UsageError(fmt::format("option 'steps': expected at most {} for {} in {}, found {}", most,
                                 spec.shape, spec.precision, flags.steps));
  make_new_folder(flags.out);
  const Trace trace = trace_training(spec, *data, flags.steps);
  write_trace(flags.out, spec, *data, trace);
  print_output("{} steps of {} on {} ({}, {}), {} arrays: {}\n", trace.steps, spec.optimizer_label(),
               spec.network, data->name, spec.precision, trace.arrays.size(),
               (std::filesystem::path(flags.out) / "index.json").string());
  if (!trace.divergence.empty()) print_output("diverged: {}\n", trace.divergence);
  return 0;
}

}  // namespace

Command trace_command() {
  return {
      "trace",
      "writes a trial's first steps as .npy arrays, so that anybody can repeat them by other means",
      "trace --out FOLDER [--network N] [--optimizer O] [--dataset D] [--steps K] [OPTIONS]",
      "  symopt trace --network archbn-2 --optimizer un --steps 20 --out out/trace\n"
      "  symopt trace --network mlp:784-8-10+bias --optimizer kfac:fisher=exact:lr=0.01 --out out/kfac\n"
      "  symopt trace --optimizer adam --trial 3 --learning-rate 0.001 --precision float --out out/adam\n",
      describe_trace,
      run_trace};
}

}  // namespace symopt
