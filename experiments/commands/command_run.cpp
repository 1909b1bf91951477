// command_run.cpp — `symopt run EXPERIMENT|FILE.ini`: plan, train what is missing, merge, conclude, draw.
#include "experiments/commands/command.hpp"
#include "experiments/session/session.hpp"

namespace symopt {

namespace {

int run_run(const boost::program_options::variables_map& given, const std::vector<std::string>& arguments) {
  RunOptions options = read_run_options(given);
  Request request = make_request("run", given, arguments);
  adapt(options, request);
  const Session session = prepare(std::move(request), options);
  const auto folder = results_folder(session.request, options);
  check_asked_for(arguments[0], session, folder, options);
  return run_to_end(session, folder, options);
}

}  // namespace

Command run_command() {
  return {
      "run",
      "runs an experiment, or repeats the one of a configuration file; goes on where an earlier run ended",
      "run EXPERIMENT|FILE.ini [OPTIONS]",
      "  symopt run paper --quick\n"
      "  symopt run paper --trials 20 --networks archbn-4,arch1-2 --optimizers sgd,un:retraction=exp\n"
      "  symopt run paper --dataset synth-digits --annealing cosine --jobs 2 --out out/cosine\n"
      "  symopt run out/paper-mnist/config.ini --out out/again\n",
      run_options,
      run_run};
}

}  // namespace symopt
