// command_run.cpp — `symopt run EXPERIMENT|FILE.ini`: plan, train what is missing, merge, conclude, draw.
#include <omp.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <set>

#include "experiments/build_info.hpp"
#include "experiments/command.hpp"
#include "experiments/experiment.hpp"
#include "experiments/progress.hpp"
#include "plots/figures.hpp"
#include "results/csv.hpp"

namespace symopt {

namespace po = boost::program_options;
namespace fs = std::filesystem;

namespace {

std::atomic<bool> interrupted{false};

// The first signal lets the training end in order; a second one ends the program at once: nothing finished is
// lost either way.
void on_signal(int) {
  if (interrupted.exchange(true)) _exit(130);
}

// While trials run, signals end the training; before and after, they do what they did.
class SignalGuard {
 public:
  SignalGuard() : interrupt_(std::signal(SIGINT, on_signal)), terminate_(std::signal(SIGTERM, on_signal)) {}
  ~SignalGuard() {
    std::signal(SIGINT, interrupt_);
    std::signal(SIGTERM, terminate_);
  }
  SignalGuard(const SignalGuard&) = delete;

 private:
  using Handler = void (*)(int);
  Handler interrupt_, terminate_;
};

struct RunFlags {
  std::string data, out;
  int jobs = 0;
};
const Options<RunFlags>& flag_options() {
  using O = Option<RunFlags>;
  static const Options<RunFlags> options({
      O{.name = "data",
        .field = &RunFlags::data,
        .help = "folder of the data sets; empty: $SYMOPT_DATA, then the user's cache folder"},
      O{.name = "out", .field = &RunFlags::out, .help = "results folder; empty: out/EXPERIMENT-DATASET"},
      O{.name = "jobs",
        .field = &RunFlags::jobs,
        .low = 0,
        .high = 4096,
        .help = "trials at a time, one thread each; 0: all cores"},
  });
  return options;
}

po::options_description options() {
  po::options_description options("options");
  options.add_options()("quick", po::bool_switch(),
                        "a first look: 2 trials, few epochs, under half a minute");
  options.add_options()("resume", po::bool_switch(),
                        "go on where an earlier run of the same folder ended (the default)");
  options.add_options()("fresh", po::bool_switch(), "start over in a new folder beside the old one");
  options.add_options()("no-plots", po::bool_switch(), "draw no figures");
  options.add_options()("quiet", po::bool_switch(), "no progress");
  options.add_options()("verbose", po::bool_switch(), "a line for every epoch where no terminal is attached");
  add_options(options, flag_options().infos());
  add_options(options, request_options());
  return options;
}

// A file's values over the defaults of the experiment that it names.
Request read_request(const fs::path& path) {
  const Configuration file = read_configuration(path);
  Request request;
  try {
    std::set<std::string> seen;
    for (const auto& [name, value] : file) {
      if (!seen.insert(name).second)
        throw UsageError(fmt::format("option '{}': expected once, found twice", name));
      if (name == "experiment") request.experiment = value;
    }
    find_experiment(request.experiment).defaults(request);
    for (const auto& [name, value] : file) request.set(name, value);
  } catch (const UsageError& e) {
    throw UsageError(fmt::format("configuration: {}: {}", path.string(), e.what()));
  }
  return request;
}

bool is_experiment(const std::string& name) {
  const auto& entries = experiment_registry();
  return std::any_of(entries.begin(), entries.end(), [&](const auto& entry) { return entry.name == name; });
}

// defaults < experiment's defaults < --quick < file < command line
Request make_request(const po::variables_map& given, const std::string& what) {
  Request request;
  std::error_code ignored;  // what cannot be looked at is not a file
  // A name is the experiment's even where a file has it too: that one can be written as ./NAME.
  if (!is_experiment(what) && (fs::exists(what, ignored) || what.ends_with(".ini"))) {
    if (fs::is_directory(what, ignored))
      throw UsageError(
          fmt::format("run: {}: expected an experiment or a configuration file, found a folder; "
                      "is it {} that you mean?",
                      what, (fs::path(what) / "config.ini").string()));
    if (given["quick"].as<bool>())
      throw UsageError("option '--quick': not with a configuration file, which has its own values");
    request = read_request(what);
  } else {
    const ExperimentEntry& experiment = find_experiment(what);
    request.experiment = experiment.name;
    experiment.defaults(request);
    if (given["quick"].as<bool>()) experiment.quick(request);
  }
  for (const auto& [name, value] : given_options(given, request_options())) request.set(name, value);
  return request;
}

fs::path results_folder(const po::variables_map& given, const RunFlags& flags, const Request& request) {
  fs::path folder = flags.out;
  if (folder.empty())
    folder = fs::path("out") /
             (request.experiment + "-" + request.dataset + (given["quick"].as<bool>() ? "-quick" : ""));
  return given["fresh"].as<bool>() ? fresh_folder(folder) : folder;
}

void write_environment(const fs::path& folder, const Dataset& data) {
  CsvWriter file(folder / "environment.csv", "name,value");
  for (const auto& [name, value] : build_info()) {
    file << name << value;
    file.end_row();
  }
  file << "data set" << data.name;
  file.end_row();
  file << "data checksum" << data.checksum;
  file.end_row();
  file.commit();
}

int conclude(const Request& request, const std::vector<TrialSpec>& specs, const Store& store, bool plots) {
  const std::vector<TrialRecord> records = store.records(specs);
  write_csvs(store.folder(), records, request.seed);
  const std::string text = find_experiment(request.experiment).conclude(request, records, store.folder());
  write_atomically(store.folder() / "report.txt", text);
  fmt::print("\n{}\nresults: {}\n", text, store.folder().string());
  if (plots) {
    const std::vector<Figure> figures = write_figures(store.folder());
    size_t pictures = 0;
    for (const Figure& figure : figures) pictures += !figure.picture.empty();
    fmt::print("figures: {} ({} pictures{})\n", (store.folder() / "figures").string(), pictures,
               pictures < figures.size() ? "; gnuplot is not installed, the scripts are there" : "");
  }
  const TrialRecord* first = nullptr;
  int failed = 0;
  for (const TrialRecord& record : records)
    if (record.status == Status::failed && failed++ == 0) first = &record;
  if (failed > 0)
    throw UserError(fmt::format("{} of {} trials failed, the first: {} {} trial {}: {}", failed,
                                records.size(), first->spec.network, first->spec.optimizer_label(),
                                first->spec.trial, first->message));
  return 0;
}

// As a shell reads it as one word.
std::string quoted(const std::string& text) {
  if (text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./+:=,@") ==
          std::string::npos &&
      !text.empty())
    return text;
  std::string word = "'";
  for (char c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return word + "'";
}

// The command that goes on where this run ends.
std::string resume_command(const fs::path& folder, const RunFlags& flags) {
  std::string command = fmt::format("symopt run {} --out {}", quoted((folder / "config.ini").string()),
                                    quoted(folder.string()));
  if (!flags.data.empty()) command += " --data " + quoted(flags.data);
  if (flags.jobs > 0) command += fmt::format(" --jobs {}", flags.jobs);
  return command;
}

int run(const po::variables_map& given, const std::vector<std::string>& arguments) {
  if (arguments.size() != 1)
    throw UsageError(
        fmt::format("run: expected one experiment or configuration file, found {}; see `symopt "
                    "list experiments`",
                    arguments.size()));
  if (given["fresh"].as<bool>() && given["resume"].as<bool>())
    throw UsageError("options '--fresh' and '--resume': expected one of them, found both");
  RunFlags flags;
  flag_options().set(flags, given_options(given, flag_options().infos()));
  Request request = make_request(given, arguments[0]);

  const fs::path data_path = data_folder(flags.data);
  const bool automatic = request.dataset == "auto";
  request.dataset = resolve_dataset(request.dataset, data_path);
  const auto data = load_dataset(request.dataset, data_path);
  const std::vector<TrialSpec> specs = expand(request, *data);
  for (const TrialSpec& spec : specs) check_spec(spec, *data);

  const int jobs = flags.jobs > 0 ? flags.jobs : omp_get_num_procs();
  const Verbosity verbosity = given["quiet"].as<bool>()     ? Verbosity::quiet
                              : given["verbose"].as<bool>() ? Verbosity::verbose
                                                            : Verbosity::normal;
  Store store(results_folder(given, flags, request), request.configuration(), specs,
              {"trials", "optimizers", "networks"});
  for (const std::string& line : store.damaged()) fmt::print(stderr, "symopt: {}\n", line);
  write_environment(store.folder(), *data);
  int left = 0;
  for (const TrialSpec& spec : specs) left += store.find(spec) == nullptr;
  if (verbosity != Verbosity::quiet)
    fmt::print(stderr, "{}: {} trials, {} to run, {} at a time; data set {}{}\n", request.experiment,
               specs.size(), left, std::min(jobs, std::max(left, 1)), data->name,
               automatic ? data->name == "mnist" ? " (found in " + data_path.string() + ")"
                                                 : " (mnist was not found in " + data_path.string() + ")"
                         : "");

  bool whole = false;
  {
    const SignalGuard guard;
    Progress progress(static_cast<int>(specs.size()), left, verbosity, interrupted);
    whole = run_trials(specs, {{data->name, data}}, store, jobs, progress);
  }
  if (!whole) {
    const std::vector<TrialRecord> records = store.records(specs);
    write_csvs(store.folder(), records, request.seed);
    fmt::print(stderr, "symopt: interrupted; {} of {} trials are finished and kept; go on with: {}\n",
               records.size(), specs.size(), resume_command(store.folder(), flags));
    return 130;
  }
  return conclude(request, specs, store, !given["no-plots"].as<bool>());
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
      options,
      run};
}

}  // namespace symopt
