// command_dof.cpp — `symopt dof`: the degrees of freedom of a network.
#include <fmt/format.h>

#include "experiments/certificates/degrees_of_freedom.hpp"
#include "experiments/commands/command.hpp"
#include "experiments/session/results_folder.hpp"
#include "experiments/terminal/standard_output.hpp"

namespace symopt {

namespace po = boost::program_options;

namespace {

struct DegreesFlags {
  std::string network = DegreesRequest().network, out;
  int samples = 0;
  std::uint64_t seed = 1;
};
const Options<DegreesFlags>& dof_flags() {
  using F = DegreesFlags;
  using O = Option<F>;
  static const Options<F> options({
      O{.name = "network",
        .field = &F::network,
        .help = fmt::format("a shape of at most {} parameters", kMostParameters)},
      O{.name = "samples",
        .field = &F::samples,
        .low = 0,
        .high = 1e7,
        .help = "random inputs; 0: enough for three rows of the Jacobian a parameter"},
      O{.name = "seed", .field = &F::seed, .low = 0, .high = 9e15, .help = "of weights and inputs"},
      O{.name = "out", .field = &F::out, .help = "new folder for CSVs and figure; empty: none is written"},
  });
  return options;
}

po::options_description describe_dof() {
  po::options_description options("options");
  add_options(options, dof_flags().infos());
  return options;
}

int run_dof(const po::variables_map& given, const std::vector<std::string>& arguments) {
  if (!arguments.empty())
    throw UsageError(fmt::format("dof: expected options only, found '{}'", arguments[0]));
  DegreesFlags flags;
  dof_flags().set(flags, given_options(given, dof_flags().infos()));
  measurable_network(flags.network);  // a wrong one leaves no folder
  if (!flags.out.empty()) make_new_folder(flags.out);
  const DegreesOfFreedom result = measure_degrees({flags.network, flags.samples, flags.seed});
  print_output("{}", degrees_table(result));
  if (flags.out.empty()) return 0;
  write_degrees(flags.out, result);
  print_output("\n{}\n", flags.out);
  draw_and_list(flags.out);
  return 0;
}

}  // namespace

Command dof_command() {
  return {"dof",
          "counts the degrees of freedom of a network: the rank of its outputs' Jacobian",
          "dof [--network SHAPE] [OPTIONS]",
          "  symopt dof --network mlp:64-32-32-10+bias\n"
          "  symopt dof --network archbn:16-6x2-5/pool2 --out out/dof-archbn\n"
          "  symopt dof --network mlp:16-8-8-4/sigmoid+bias --samples 500\n",
          describe_dof,
          run_dof};
}

}  // namespace symopt
