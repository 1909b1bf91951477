// command_invariance.cpp — `symopt invariance`: the certificates of every optimizer, network and group.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>

#include "experiments/certificates/invariance_report.hpp"
#include "experiments/commands/command.hpp"
#include "experiments/plan/request.hpp"
#include "experiments/session/results_folder.hpp"

namespace symopt {

namespace po = boost::program_options;

namespace {

struct InvarianceFlags {
  std::string optimizers = "all", networks, groups = "all", out;
  std::uint64_t seed = 1;
  int steps = 20, jobs = 0;
  double rate = 0.01;
};
const Options<InvarianceFlags>& invariance_flags() {
  using F = InvarianceFlags;
  using O = Option<F>;
  static const Options<F> options({
      O{.name = "optimizers",
        .field = &F::optimizers,
        .help = "comma-separated names, each with its options after colons (un:retraction=exp), or all"},
      O{.name = "networks",
        .field = &F::networks,
        .help = "comma-separated shapes; empty: a small one of each kind"},
      O{.name = "groups",
        .field = &F::groups,
        .help = "comma-separated names (`symopt list groups`), or all"},
      O{.name = "seed", .field = &F::seed, .low = 0, .high = 9e15, .help = "of weights, data and g"},
      O{.name = "steps", .field = &F::steps, .low = 1, .high = 100000, .help = "steps of the longer run"},
      O{.name = "rate", .field = &F::rate, .low = 1e-12, .high = 1e3, .help = "learning rate"},
      O{.name = "out", .field = &F::out, .help = "new folder for CSVs and heat map; empty: none is written"},
      O{.name = "jobs", .field = &F::jobs, .low = 0, .high = 4096, .help = "threads; 0: all cores"},
  });
  return options;
}

po::options_description describe_invariance() {
  po::options_description options("options");
  add_options(options, invariance_flags().infos());
  return options;
}

std::vector<std::string> list_or_all(const std::string& option, const std::string& text) {
  return text == "all" || text.empty() ? std::vector<std::string>() : split_list(option, text);
}

int run_invariance(const po::variables_map& given, const std::vector<std::string>& arguments) {
  if (!arguments.empty())
    throw UsageError(fmt::format("invariance: expected options only, found '{}'", arguments[0]));
  InvarianceFlags flags;
  invariance_flags().set(flags, given_options(given, invariance_flags().infos()));
  InvarianceRequest request;
  request.optimizers = list_or_all("optimizers", flags.optimizers);
  request.networks = list_or_all("networks", flags.networks);
  request.groups = list_or_all("groups", flags.groups);
  request.seed = flags.seed, request.steps = flags.steps;
  request.rate = flags.rate, request.jobs = flags.jobs;
  complete(request);
  if (!flags.out.empty()) make_new_folder(flags.out);

  const std::vector<Certificate> cells = certify(request);
  const std::vector<Orthogonality> cosines = measure_orthogonality(request);
  const bool colour = isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr;
  fmt::print("{}\n{}", certificate_table(cells, colour), orthogonality_table(cosines));
  if (flags.out.empty()) return 0;
  write_certificates(flags.out, cells, cosines);
  fmt::print("\n{}\n", flags.out);
  draw_and_list(flags.out);
  return 0;
}

}  // namespace

Command invariance_command() {
  return {"invariance",
          "certifies which optimizers follow which symmetries of which networks",
          "invariance [OPTIONS]",
          "  symopt invariance\n"
          "  symopt invariance --out out/invariance\n"
          "  symopt invariance --optimizers sm,un:theta=unit --networks arch1:8-4x3-3/pool2 --rate 0.001\n",
          describe_invariance,
          run_invariance};
}

}  // namespace symopt
