// session.cpp — the steps from a command line to a concluded results folder.
#include "experiments/session/session.hpp"

#include <fmt/ranges.h>
#include <omp.h>
#include <sys/resource.h>

#include <algorithm>
#include <map>
#include <set>

#include "experiments/plan/experiment.hpp"
#include "experiments/plan/sensitivity.hpp"
#include "experiments/plan/sweep_report.hpp"
#include "experiments/plan/tune.hpp"
#include "experiments/session/conclusion.hpp"
#include "experiments/session/environment.hpp"
#include "experiments/session/estimate.hpp"
#include "experiments/terminal/answer.hpp"
#include "experiments/terminal/interrupt.hpp"
#include "experiments/terminal/standard_error.hpp"
#include "experiments/terminal/standard_output.hpp"
#include "experiments/terminal/tables.hpp"
#include "plots/figures/figures.hpp"
#include "plots/page/report.hpp"
#include "protocols/memory.hpp"
#include "protocols/spec_check.hpp"
#include "results/tables.hpp"

namespace symopt {

namespace po = boost::program_options;
namespace fs = std::filesystem;

namespace {

// What the run will take, where there are convolutions: small networks take no more than their data.
std::string memory_line(const std::vector<TrialSpec>& specs, const DatasetTable& data, int jobs,
                        int threads) {
  struct rusage usage {};
  getrusage(RUSAGE_SELF, &usage);
  const std::size_t now = static_cast<std::size_t>(usage.ru_maxrss) * 1024;  // with the data
  std::set<std::string> seen;
  std::size_t most = 0;
  std::string name;
  for (const TrialSpec& spec : specs) {
    if (!seen.insert(spec.dataset + " " + spec.shape + " " + spec.optimizer).second ||
        parse_network(spec.shape, 0, 0).dense())
      continue;
    const std::size_t bytes = trial_bytes(spec, *data.at(spec.dataset), threads);
    if (bytes > most) most = bytes, name = spec.network + " " + spec.optimizer;
  }
  if (most == 0) return "";
  const auto megabytes = [](std::size_t bytes) { return (bytes + 999999) / 1000000; };
  return fmt::format("memory: at most {} MB: {} before the first trial, {} for each trial ({})\n",
                     megabytes(now) + static_cast<std::size_t>(jobs) * megabytes(most), megabytes(now),
                     megabytes(most), name);
}

// How long what is left will take.
std::string time_line(const Session& session, const Store& store, const RunOptions& options, int jobs) {
  PlanEstimate estimate = count_plan(session, store.folder());
  StepTimings timings;
  estimate_time(estimate, session, store.folder(), timings, options.control.threads);
  return fmt::format("estimated time: {} for {} trials{}, {} at a time\n",
                     clock_text(estimate.seconds / jobs), estimate.trials - estimate.finished,
                     options.shard ? " of all shards" : "", jobs);
}

// Trials of one setting stand together: what can run of one can of all.
void check_specs(const std::vector<TrialSpec>& specs, const Dataset& data) {
  TrialSpec before;
  for (const TrialSpec& spec : specs) {
    before.trial = spec.trial, before.seed = spec.seed;
    if (spec == before) continue;
    check_spec(spec, data);
    before = spec;
  }
}

std::vector<std::string> cautions_of(const std::vector<TrialSpec>& specs) {
  std::vector<std::string> lines;
  TrialSpec before;
  for (const TrialSpec& spec : specs) {
    if (spec.shape == before.shape && spec.protocol == before.protocol) continue;
    for (std::string& line : cautions(spec))
      if (std::find(lines.begin(), lines.end(), line) == lines.end()) lines.push_back(std::move(line));
    before = spec;
  }
  return lines;
}

bool is_request_option(const std::string& name) {
  const auto infos = request_options();
  return std::any_of(infos.begin(), infos.end(), [&](const OptionInfo& info) { return info.name == name; });
}

bool is_experiment(const std::string& name) {
  const auto& entries = experiment_registry();
  return std::any_of(entries.begin(), entries.end(), [&](const auto& entry) { return entry.name == name; });
}

const Preset& find_preset(const ExperimentEntry& experiment, const std::string& name) {
  std::vector<std::string> names;
  for (const Preset& preset : experiment.presets) {
    if (preset.name == name) return preset;
    names.push_back(preset.name);
  }
  if (names.empty())
    throw UsageError(
        fmt::format("option '--preset': expected an experiment that has some, found {}", experiment.name));
  throw unknown_name("preset", name, names);
}

}  // namespace

Request read_request(const fs::path& path, Assignments* tuning) {
  const Configuration file = read_configuration(path);
  Request request;
  try {
    // Cut short, or another file: without a word of it, all would be the defaults'.
    if (file.empty()) throw UsageError("expected options, found none");
    std::set<std::string> seen;
    for (const auto& [name, value] : file) {
      if (!seen.insert(name).second)
        throw UsageError(fmt::format("option '{}': expected once, found twice", name));
      if (name == "experiment") request.experiment = value;
    }
    find_experiment(request.experiment).defaults(request);
    TuneSettings checked;
    for (const auto& [name, value] : file) {
      if (is_request_option(name) || !tune_options().has(name)) {
        request.set(name, value);
        continue;
      }
      if (tuning == nullptr)
        throw UsageError(
            fmt::format("option '{}': expected a configuration of trials, found one of a tuning, "
                        "which is for `symopt tune` and `symopt plan`",
                        name));
      tune_options().set(checked, name, value);
      tuning->emplace_back(name, value);
    }
  } catch (const UsageError& e) {
    throw UsageError(fmt::format("configuration: {}: {}", path.string(), e.what()));
  }
  return request;
}

Request make_request(const std::string& command, const po::variables_map& given,
                     const std::vector<std::string>& arguments, Assignments* tuning) {
  if (arguments.size() != 1)
    throw UsageError(
        fmt::format("{}: expected one experiment or configuration file, found {}; see `symopt "
                    "list experiments`",
                    command, arguments.size()));
  const std::string& what = arguments[0];
  const bool quick = given["quick"].as<bool>();
  const std::string preset = given.count("preset") > 0 ? given["preset"].as<std::string>() : "";
  Request request;
  std::error_code ignored;  // what cannot be looked at is not a file
  // A name is the experiment's even where a file has it too: that one can be written as ./NAME.
  if (!is_experiment(what) && (fs::exists(what, ignored) || what.ends_with(".ini"))) {
    if (fs::is_directory(what, ignored))
      throw UsageError(
          fmt::format("{}: {}: expected an experiment or a configuration file, found a folder; "
                      "is it {} that you mean?",
                      command, what, (fs::path(what) / "config.ini").string()));
    for (const auto& [option, there] : {std::pair("quick", quick), std::pair("preset", !preset.empty())})
      if (there)
        throw UsageError(
            fmt::format("option '--{}': not with a configuration file, which has its own values", option));
    request = read_request(what, tuning);
  } else {
    const ExperimentEntry& experiment = find_experiment(what);
    request.experiment = experiment.name;
    experiment.defaults(request);
    if (!preset.empty()) find_preset(experiment, preset).apply(request);
    if (quick) experiment.quick(request);
  }
  for (const OptionInfo& info : request_options()) {
    if (given.count(info.name) == 0) continue;
    if (is_axes(info.name))
      request.set(info.name,
                  fmt::format("{}", fmt::join(given[info.name].as<std::vector<std::string>>(), " ")));
    else
      request.set(info.name, given[info.name].as<std::string>());
  }
  return request;
}

void adapt(RunOptions& options, const Request& request) {
  if (!find_experiment(request.experiment).large) return;
  options.control.keep_parameters = true;
  if (options.threads_given || options.jobs > 0) return;
  options.control.threads = std::max(1, omp_get_num_procs());
  options.jobs = 1;
}

DatasetTable Session::table() const {
  DatasetTable table;
  for (const SessionPart& part : parts) table.emplace(part.data->name, part.data);
  return table;
}

std::string Session::data_text() const {
  std::string text;
  for (const SessionPart& part : parts)
    text += fmt::format("{}{}{}", text.empty() ? "" : ", ", part.data->name, part.found);
  return text;
}

std::vector<Contestant> Session::contestants() const {
  std::vector<Contestant> all;
  for (const SessionPart& part : parts)
    for (Contestant& one : symopt::contestants(part.request, *part.data)) all.push_back(std::move(one));
  return all;
}

namespace {

// What a name stands for, and its data.
SessionPart load_part(const Request& request, const std::string& asked, const fs::path& folder) {
  SessionPart part{request, nullptr};
  part.request.dataset = resolve_dataset(asked, folder);
  part.data = load_dataset(part.request.dataset, folder);
  if (asked == "auto" || asked.find('|') != std::string::npos) {
    const std::string first = asked == "auto" ? "mnist" : asked.substr(0, asked.find('|'));
    part.substitute = part.request.dataset != first;
    part.found =
        fmt::format(" ({} in {})", part.substitute ? first + " was not found" : "found", folder.string());
  }
  return part;
}

void add_new(std::vector<std::string>& lines, std::vector<std::string> more) {
  for (std::string& line : more)
    if (std::ranges::find(lines, line) == lines.end()) lines.push_back(std::move(line));
}

// Plans and checks the trials of each part.
Session planned(Request request, std::vector<SessionPart> parts) {
  Session session;
  for (SessionPart& part : parts) {
    const std::string fitted = fit_split(part.request, *part.data);
    std::vector<TrialSpec> specs = find_experiment(request.experiment).plan(part.request, *part.data);
    check_specs(specs, *part.data);
    add_new(session.left_out, left_out(part.request, *part.data));
    if (!fitted.empty()) session.cautions.push_back(fitted);
    // A study that runs by itself trains on the same batches.
    add_new(session.cautions, cautions_of(specs.empty() ? expand(part.request, *part.data) : specs));
    if (session.specs.size() + specs.size() > kMostTrials)
      throw UsageError(fmt::format("expected at most {} trials in a plan, found more on {} data sets",
                                   kMostTrials, parts.size()));
    session.specs.insert(session.specs.end(), specs.begin(), specs.end());
  }
  session.request = parts.size() == 1 ? parts[0].request : std::move(request);
  session.parts = std::move(parts);
  return session;
}

// Each has a name of its own in the tables.
void check_several(const Request& request, const std::vector<std::string>& resolved) {
  std::vector<std::string> names;
  for (const std::string& dataset : resolved) {
    names.push_back(dataset_name(dataset));
    if (std::count(names.begin(), names.end(), names.back()) > 1)
      throw UsageError(fmt::format("option 'dataset': expected data sets of different names, found {}",
                                   twice(names.back(), names.back())));
  }
  if (find_experiment(request.experiment).conclude_several == nullptr)
    throw UsageError(fmt::format("option 'dataset': expected one for {}, found {}: {}", request.experiment,
                                 names.size(), fmt::join(names, ", ")));
}

}  // namespace

Session prepare(Request request, const RunOptions& options) {
  const std::vector<std::string> asked = listed_datasets(request.dataset);
  // Where nothing is read from the data folder there may be none.
  const bool needed = std::ranges::any_of(asked, needs_data_folder);
  const fs::path folder = needed ? data_folder(options.data) : fs::path();
  std::vector<std::string> resolved;
  for (const std::string& name : asked) resolved.push_back(resolve_dataset(name, folder));
  request.dataset = fmt::format("{}", fmt::join(resolved, ","));
  check_names(request);
  if (asked.size() > 1) {
    check_several(request, resolved);
    request.split_given = false;  // each data set has what fits it
  }
  std::vector<SessionPart> parts;
  for (const std::string& name : asked) parts.push_back(load_part(request, name, folder));
  return planned(std::move(request), std::move(parts));
}

Session prepare(Request request, std::shared_ptr<const Dataset> data) {
  std::vector<SessionPart> parts{{request, std::move(data)}};
  return planned(std::move(request), std::move(parts));
}

void tell_substitute(const Session& session) {
  for (const SessionPart& part : session.parts)
    if (part.substitute) print_error("symopt: data set {}{}\n", part.data->name, part.found);
}

fs::path results_folder(const Request& request, const RunOptions& options, const std::string& kind) {
  fs::path folder = options.out;
  if (folder.empty()) {
    std::string data;
    for (const std::string& name : listed_datasets(request.dataset))
      data += (data.empty() ? "" : "+") + dataset_name(name);
    std::replace(data.begin(), data.end(), ':', '-');
    folder = fs::path("out") / (request.experiment + "-" + data + kind + (options.quick ? "-quick" : ""));
  }
  return options.fresh ? fresh_folder(folder) : folder;
}

void check_asked_for(const std::string& file, const Session& session, const fs::path& folder,
                     const RunOptions& options) {
  const fs::path there = folder / "config.ini", own = fs::path(file).parent_path();
  std::error_code ignored;
  if (is_experiment(file) || !options.out.empty() || !read_file(there)) return;
  if (fs::equivalent(there, fs::path(file), ignored)) return;
  const auto list = differences(session.request.configuration(), read_configuration(there));
  if (list.empty()) return;
  const bool has_own = fs::path(file).filename() == "config.ini";
  throw UserError(fmt::format(
      "output folder: {}: key {}: expected {} as in {}, found {} in the folder; say which folder by --out: "
      "{}a "
      "new one for another run of it",
      there.string(), list[0].key, list[0].expected, file, list[0].found,
      has_own ? fmt::format("{} to go on there, ", shell_word(own.empty() ? "." : own.string())) : ""));
}

namespace {

// The same data sets, by the names in the tables, or more of them. A folder of data may move: finished trials
// hold that it is the same data, theirs is the checksum.
bool may_take_data_of(const Session& session, const fs::path& folder) {
  const fs::path file = folder / "config.ini";
  std::error_code ignored;
  if (!fs::exists(file, ignored)) return false;
  for (const auto& [key, value] : read_configuration(file)) {
    if (key != "dataset") continue;
    const auto is_part = [&](const std::string& name) {
      return std::ranges::any_of(
          session.parts, [&](const SessionPart& part) { return part.data->name == dataset_name(name); });
    };
    return std::ranges::all_of(listed_datasets(value), is_part);
  }
  return false;
}

// What makes the plan longer, and what only the tables depend on.
std::vector<std::string> extendable_keys(const Session& session, const fs::path& folder) {
  std::vector<std::string> keys = {"trials", "optimizers", "networks", "set",
                                   "zip",    "budget",     "interval", "pictures"};
  if (may_take_data_of(session, folder)) keys.push_back("dataset");
  return keys;
}

}  // namespace

bool goes_on(const Session& session, const fs::path& folder) {
  std::error_code ignored;
  if (!fs::exists(folder / "config.ini", ignored)) return true;
  const std::vector<std::string> keys = extendable_keys(session, folder);
  for (const ConfigurationDifference& d :
       differences(session.request.configuration(), read_configuration(folder / "config.ini")))
    if (std::ranges::find(keys, d.key) == keys.end()) return false;
  std::set<std::string> hashes;
  for (const TrialSpec& spec : session.specs) hashes.insert(spec.hash());
  return std::ranges::all_of(list_folder(folder / "trials"), [&](const fs::path& file) {
    return file.extension() != ".trial" || hashes.contains(file.stem());
  });
}

std::unique_ptr<Store> open_store(const Session& session, const fs::path& folder,
                                  const std::optional<Shard>& shard) {
  auto store = std::make_unique<Store>(folder, session.request.configuration(), session.specs,
                                       extendable_keys(session, folder), shard);
  for (const std::string& line : store->damaged()) print_error("symopt: {}\n", line);
  for (const ConfigurationDifference& d : store->grown())
    print_error("symopt: {}: key {}: {} becomes {}\n", folder.string(), d.key, d.found, d.expected);
  std::vector<const Dataset*> data;
  for (const SessionPart& part : session.parts) data.push_back(part.data.get());
  for (const std::string& line : record_environment(store->folder(), data)) print_error("symopt: {}\n", line);
  return store;
}

namespace {

bool has_result(const TrialRecord* record) {
  return record != nullptr && (record->status == Status::completed || record->status == Status::diverged);
}

// Takes what other folders have finished of these trials. A trial's hash is that of all that its result
// depends on, the data's bytes included.
void take_finished(const std::vector<TrialSpec>& part, Store& store, const RunOptions& options) {
  if (!options.reuse.empty() && options.control.keep_parameters)
    throw UsageError(
        "option '--reuse': expected trials whose parameters are not kept (--export, and experiments that "
        "draw "
        "predictions), found one that keeps them");
  for (const fs::path& folder : options.reuse) {
    std::map<std::string, TrialRecord> there;
    for (TrialRecord& record : read_records(folder, true)) {
      const std::string hash = record.spec.hash();
      if (has_result(&record)) there.emplace(hash, std::move(record));
    }
    size_t taken = 0;
    for (const TrialSpec& spec : part)
      if (const auto found = there.find(spec.hash()); found != there.end() && !has_result(store.find(spec)))
        store.put(found->second), ++taken;
    if (options.verbosity != Verbosity::quiet)
      print_error("symopt: {} of {} trials are taken from {}\n", taken, part.size(), folder.string());
  }
}

}  // namespace

bool run_missing(const Session& session, Store& store, const RunOptions& options) {
  const std::vector<TrialSpec> part = options.shard ? part_of(session.specs, *options.shard) : session.specs;
  take_finished(part, store, options);
  int left = 0;
  for (const TrialSpec& spec : part) left += is_left(spec, store, options.control);
  const int jobs = options.jobs_at_most();
  if (options.verbosity != Verbosity::quiet)
    print_error("{}: {}{} trials, {} to run, {} at a time; data set{} {}; results in {}\n",
                session.request.experiment,
                options.shard ? fmt::format("shard {} with ", options.shard->text()) : "", part.size(), left,
                std::min(jobs, std::max(left, 1)), session.several() ? "s" : "", session.data_text(),
                store.folder().string());
  else
    tell_substitute(session);

  if (options.verbosity != Verbosity::quiet && left > 0)
    print_error(
        "{}{}", memory_line(part, session.table(), std::min(jobs, left), options.control.threads),
        find_experiment(session.request.experiment).large ? time_line(session, store, options, jobs) : "");

  bool whole = false;
  {
    const InterruptGuard guard("symopt: ending after the epochs in progress; Ctrl-C again ends it at once\n");
    Progress progress(static_cast<int>(part.size()), left, options.verbosity, InterruptGuard::interrupted(),
                      session.several());
    whole = run_trials(part, session.table(), store, jobs, progress, options.control);
  }
  if (whole) return true;
  const std::vector<TrialRecord> records = store.records(part);
  if (!options.shard) write_csvs(store.folder(), records, session.request.intervals());
  if (!InterruptGuard::interrupted()) {
    Failures failures;
    failures.add(records);  // one at least
    failures.check(
        fmt::format("; --fail-fast leaves {} of {} undone", part.size() - records.size(), part.size()));
  }
  return false;
}

void Failures::add(const std::vector<TrialRecord>& records) {
  trials += records.size();
  const bool several = std::ranges::any_of(
      records, [&](const TrialRecord& r) { return r.spec.dataset != records.front().spec.dataset; });
  for (const TrialRecord& record : records) {
    timed_out += record.status == Status::timed_out;
    if (record.status == Status::failed && failed++ == 0)
      first =
          fmt::format("{}{} {} trial {}: {}", several ? record.spec.dataset + " " : "", record.spec.network,
                      record.spec.optimizer_label(), record.spec.trial, record.message);
  }
}

void Failures::check(const std::string& more) const {
  if (failed > 0)
    throw UserError(fmt::format("{} of {} trials failed, the first: {}{}", failed, trials, first, more));
  if (trials > 0 && timed_out == trials)
    throw UserError(
        fmt::format("all {} trials timed out, so there is no result; --retry-failed and a longer --timeout "
                    "run them again",
                    trials));
}

namespace {

void check_none_failed(const std::vector<TrialRecord>& records) {
  Failures failures;
  failures.add(records);
  failures.check();
}

// Last, as it is read first.
void print_answer(const std::vector<TrialRecord>& records, const IntervalRule& rule) {
  if (const std::string lines = answer(group_records(records), rule); !lines.empty())
    print_output("\n{}", lines);
}

// The text that ends a run.
std::string experiment_report(const Session& session, const std::vector<TrialRecord>& records,
                              const fs::path& folder) {
  const ExperimentEntry& experiment = find_experiment(session.request.experiment);
  return session.several() ? experiment.conclude_several(session.request, records, session.table(), folder)
                           : experiment.conclude(session.request, records, *session.data(), folder);
}

}  // namespace

void conclude(const Session& session, const Store& store, const RunOptions& options) {
  const fs::path& folder = store.folder();
  const std::vector<TrialRecord> records = store.records(session.specs);
  const std::string conclusion = conclusion_of(session, store);
  const ConclusionState state = state_of(folder, conclusion, options.plots);
  const bool again = state.holds;
  if (!state.altered.empty())
    print_error("symopt: {}: changed or removed since they were written, and made again: {}\n",
                folder.string(), some_of(state.altered));
  if (!again) {
    write_csvs(folder, records, session.request.intervals());
    const bool swept = !session.request.sweep.empty() && !session.specs.empty();
    if (swept) write_sensitivity(session.request, records, session.contestants(), folder);
    std::string head;
    for (const SessionPart& part : session.parts) head += data_set_line(part.data->name);
    write_atomically(folder / "report.txt",
                     head + error_line(session.request.protocol.metric) + "\n" +
                         (swept ? sweep_report(session.request, records, session.contestants())
                                : experiment_report(session, records, folder)));
  }
  print_output("\n{}\nresults: {}\n", read_file(folder / "report.txt").value_or(""), folder.string());
  if (options.control.keep_parameters)
    print_output("parameters: {}\n", (folder / "parameters" / "index.csv").string());
  if (again) {
    if (options.plots) print_output("figures: {}\n", (folder / "figures").string());
    print_output("report: {}\n", (folder / "report.html").string());
    print_answer(records, session.request.intervals());
    return;
  }
  const Results results = read_results(folder);
  std::vector<Figure> figures;
  if (options.plots) {
    figures = write_figures(results);
    size_t pictures = 0;
    for (const Figure& figure : figures) pictures += !figure.picture.empty();
    print_output("figures: {} ({} pictures{})\n", (folder / "figures").string(), pictures,
                 pictures < figures.size() ? "; gnuplot is not installed, the scripts are there" : "");
  }
  write_report(results, figures);
  record_conclusion(folder, conclusion, options.plots);
  print_output("report: {}\n", (folder / "report.html").string());
  print_answer(records, session.request.intervals());
}

int run_to_end(const Session& session, const fs::path& folder, const RunOptions& options) {
  const auto store = open_store(session, folder, options.shard);
  for (const std::string& line : session.remarks()) print_error("symopt: {}\n", line);
  if (!run_missing(session, *store, options)) {
    print_error("symopt: interrupted; {} of {} trials are finished and kept; go on with: {}\n",
                store->records(session.specs).size(),
                options.shard ? part_of(session.specs, *options.shard).size() : session.specs.size(),
                resume_command("run", store->folder(), options));
    return 130;
  }
  if (options.shard) {
    check_none_failed(store->records(session.specs));
    if (options.verbosity != Verbosity::quiet)
      print_error("shard {} is finished; when all are: symopt collect {}\n", options.shard->text(),
                  shell_word(store->folder().string()));
    return 0;
  }
  conclude(session, *store, options);
  check_none_failed(store->records(session.specs));
  return 0;
}

}  // namespace symopt
