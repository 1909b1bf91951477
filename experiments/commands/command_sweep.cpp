// command_sweep.cpp — `symopt sweep EXPERIMENT|FILE.ini --set AXIS …`: an experiment at every point of its
// axes.
#include "experiments/commands/command.hpp"
#include "experiments/session/session.hpp"

namespace symopt {

namespace {

int run_sweep(const boost::program_options::variables_map& given, const std::vector<std::string>& arguments) {
  RunOptions options = read_run_options(given);
  Request request = make_request("sweep", given, arguments);
  adapt(options, request);
  if (request.sweep.empty())
    throw UsageError("sweep: expected axes, as in --set lr=1e-4:1:log:9, found none");
  const Session session = prepare(std::move(request), options);
  const auto folder = results_folder(session.request, options, "-sweep");
  check_asked_for(arguments[0], session, folder, options);
  return run_to_end(session, folder, options);
}

}  // namespace

Command sweep_command() {
  return {"sweep",
          "runs an experiment at every point of axes of options; goes on where an earlier run ended",
          "sweep EXPERIMENT|FILE.ini --set AXIS … [OPTIONS]",
          "  symopt sweep paper --set lr=1e-4:1:log:9 --trials 3\n"
          "  symopt sweep paper --optimizers sgd,momentum --set lr=0.01,0.1 --set momentum.momentum=0.5,0.9\n"
          "  symopt sweep paper --zip lr=0.1,0.01 --zip batch=100,10\n"
          "  symopt sweep paper --set lr=1e-4:1:log --set batch=10:200:lin --sampler halton --budget 20\n"
          "  symopt run out/paper-mnist-sweep/config.ini --out out/again\n",
          run_options,
          run_sweep};
}

}  // namespace symopt
