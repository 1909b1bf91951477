// command_tune.cpp — `symopt tune EXPERIMENT|FILE.ini --set AXIS …`: chooses each optimizer's settings on
// validation data and runs the chosen ones.
#include <cmath>

#include "experiments/commands/command.hpp"
#include "experiments/plan/tune_report.hpp"
#include "experiments/session/tuning.hpp"
#include "experiments/terminal/standard_error.hpp"
#include "experiments/terminal/standard_output.hpp"
#include "plots/figures/figures.hpp"
#include "plots/page/report.hpp"
#include "results/tables.hpp"

namespace symopt {

namespace po = boost::program_options;
namespace fs = std::filesystem;

namespace {

po::options_description describe_tune() {
  po::options_description options("options");
  add_options(options, tune_options().infos());
  options.add(run_options());
  return options;
}

// One study: rungs, then the chosen settings. False where it was interrupted.
class Study {
 public:
  Study(const Tuning& asked, const Session& session, const RunOptions& options, fs::path folder, int number)
      : asked_(asked), session_(session), options_(options), folder_(std::move(folder)), number_(number) {}

  bool run(TuneReport& report, Failures& failures) {
    const std::vector<Entrant> all =
        study_entrants(asked_.request, asked_.settings, *session_.data(), number_);
    const bool searched = asked_.settings.rule != kSelfTuning;
    const auto winners = searched ? choose(all, report, failures) : std::optional(all);
    if (!winners) return false;
    Request final = final_request(asked_.request, asked_.settings, number_, *winners);
    write_atomically(
        folder_ / "winner.ini",
        to_ini(final.configuration(), "The settings that tuning chose. To run them: symopt run winner.ini"));
    say("the chosen settings");
    keep_more_trials(final);
    const Session last = prepare(final, session_.data());
    const auto store = open_part(last, "final");
    if (!run_missing(last, *store, with_earlier("final"))) return false;
    const std::vector<TrialRecord> records = store->records(last.specs);
    failures.add(records);
    const std::vector<Judged> judged =
        judge_entrants(final, *winners, records, *session_.data(), asked_.settings.selection());
    if (!searched)
      for (size_t i = 0; i < judged.size(); ++i) report.add_winner(number_, judged[i], (*winners)[i], all);
    report.add_final(number_, judged, records);
    write_atomically(folder_ / "final/tuning.txt", report.choices(number_));
    conclude(last, *store, options_);
    return true;
  }

 private:
  // A part that does not go on in its folder, as after a wider axis has moved the rungs or chosen another
  // setting: what stands there moves to earlier/, and its trials are taken from there.
  std::unique_ptr<Store> open_part(const Session& part, const std::string& name) const {
    const fs::path folder = folder_ / name;
    if (!goes_on(part, folder)) {
      { const FolderLock nobody_is_in_it(folder); }
      make_folder(folder_ / "earlier");
      const fs::path target = fresh_folder(folder_ / "earlier" / name);
      std::error_code error;
      fs::rename(folder, target, error);
      if (error)
        throw UserError("tuning", folder.string(), fmt::format("to move it to {}", target.string()),
                        error.message());
      print_error("symopt: {} is of other settings, and is now {}\n", folder.string(), target.string());
    }
    return open_store(part, folder);
  }

  // The options of a part's run: with what earlier parts, and the others of now, have finished.
  RunOptions with_earlier(const std::string& name) const {
    RunOptions options = options_;
    std::error_code ignored;
    if (!fs::exists(folder_ / "earlier", ignored) || options.control.keep_parameters) return options;
    for (const fs::path& place : {folder_ / "earlier", folder_})
      for (const fs::path& part : list_folder(place))
        if (part != folder_ / name && fs::exists(part / "config.ini", ignored) &&
            fs::exists(part / "plan.csv", ignored))
          options.reuse.push_back(part);
    return options;
  }

  // The chosen settings may have been run further by `symopt run winner.ini --out final --trials N`.
  void keep_more_trials(Request& final) const {
    const fs::path file = folder_ / "final/config.ini";
    std::error_code ignored;
    if (!fs::exists(file, ignored)) return;
    const auto list = differences(final.configuration(), read_configuration(file));
    if (list.size() != 1 || list[0].key != "trials") return;
    const int there = read_request(file).trials;
    if (there <= final.trials) return;
    print_error("symopt: {} has {} trials, more than the {} asked for: all of them count\n",
                (folder_ / "final").string(), there, final.trials);
    final.trials = there;
  }

  std::optional<std::vector<Entrant>> choose(const std::vector<Entrant>& all, TuneReport& report,
                                             Failures& failures) {
    const TuneSettings& tune = asked_.settings;
    Race race(all, tune, asked_.request.protocol.max_epochs);
    while (race.next()) {
      const std::vector<Entrant>& entrants = race.entrants();
      const std::string name = race.folder();
      say(fmt::format("{}: {} settings, {} epochs", name, entrants.size(), race.epochs()));
      const Session rung =
          prepare(rung_request(asked_.request, tune, number_, entrants, race.epochs()), session_.data());
      const auto store = open_part(rung, name);
      if (!run_missing(rung, *store, with_earlier(name))) return std::nullopt;
      const std::vector<TrialRecord> records = store->records(rung.specs);
      failures.add(records);
      const std::vector<Judged> judged =
          judge_entrants(rung.request, entrants, records, *session_.data(), tune.selection());
      write_csvs(store->folder(), records, rung.request.intervals());
      write_atomically(store->folder() / "report.txt",
                       ranking_table(judged, records, tune.selection(), false));

      const Promotion promotion = promote(judged, tune, race.last());
      report.add_rung(number_, race.rung(), race.epochs(), judged, promotion);
      for (const size_t i : promotion.winners) report.add_winner(number_, judged[i], entrants[i], all);
      race.end_rung(promotion);
    }
    return race.winners();
  }

  void say(const std::string& what) const {
    if (options_.verbosity == Verbosity::quiet) return;
    const int studies = asked_.settings.studies;
    print_error("tune: {}{}\n", studies > 1 ? fmt::format("study {} of {}: ", number_ + 1, studies) : "",
                what);
  }

  const Tuning& asked_;
  const Session& session_;
  const RunOptions& options_;
  fs::path folder_;
  int number_;
};

int run_tune(const po::variables_map& given, const std::vector<std::string>& arguments) {
  RunOptions options = read_run_options(given);
  Tuning asked = read_tuning("tune", given, arguments);
  adapt(options, asked.request);
  const Session session = prepare_tuning("tune", asked, options);
  for (const std::string& line : session.remarks()) print_error("symopt: {}\n", line);
  tell_substitute(session);

  const fs::path folder = results_folder(asked.request, options, "-tuned");
  // What makes a tuning larger; what is finished is taken by the hashes of its trials.
  std::error_code ignored;
  const auto changed = fs::exists(folder / "config.ini", ignored)
                           ? differences(asked.configuration(), read_configuration(folder / "config.ini"))
                           : std::vector<ConfigurationDifference>{};
  claim_folder(
      folder, asked.configuration(),
      "The effective configuration of this folder. To repeat: symopt tune config.ini",
      {"interval", "pictures", "trials", "tune-trials", "optimizers", "networks", "set", "zip", "budget"});
  for (const ConfigurationDifference& d : changed)
    print_error("symopt: {}: key {}: {} becomes {}\n", folder.string(), d.key, d.found, d.expected);

  TuneReport report(asked.request, asked.settings);
  Failures failures;
  for (int number = 0; number < asked.settings.studies; ++number) {
    const fs::path own = folder / study_folder(asked.settings, number);
    make_folder(own);
    if (!Study(asked, session, options, own, number).run(report, failures)) {
      print_error("symopt: interrupted; what is finished is kept; go on with: {}\n",
                  resume_command("tune", folder, options));
      return 130;
    }
  }
  report.write(folder);
  print_output("\n{}\nresults: {}\n", report.text(), folder.string());
  const Results results = read_results(folder);
  const Report page = write_report(results, options.plots ? write_figures(results) : std::vector<Figure>{});
  print_output("report: {}\n", page.html.string());
  const std::string lost = report.without_result();
  if (failures.failed > 0 && !lost.empty()) print_error("symopt: {}\n", lost);
  failures.check();
  if (!lost.empty()) throw UserError(lost);
  return 0;
}

}  // namespace

Command tune_command() {
  return {"tune",
          "chooses each optimizer's settings on validation data, then runs the chosen ones with fresh seeds",
          "tune EXPERIMENT|FILE.ini --set AXIS … [OPTIONS]",
          "  symopt tune paper --set lr=1e-4:1:log:9 --tune-trials 3\n"
          "  symopt tune paper --optimizers sgd,momentum --set lr=1e-3:1:log --set "
          "momentum.momentum=0.5:0.99:lin\\\n"
          "    --sampler halton --budget 27 --halving 3\n"
          "  symopt tune paper --rule deepobs\n"
          "  symopt tune paper --rule algoperf --set lr=1e-4:1:log\n"
          "  symopt run out/paper-mnist-tuned/winner.ini --trials 30 --out out/more\n",
          describe_tune,
          run_tune};
}

}  // namespace symopt
