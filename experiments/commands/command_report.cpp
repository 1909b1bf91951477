// command_report.cpp — `symopt report [FOLDER]`: everything that a results folder can say, from what it
// holds.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>
#include <optional>
#include <set>

#include "experiments/commands/command.hpp"
#include "experiments/plan/request.hpp"
#include "experiments/session/results_folder.hpp"
#include "experiments/terminal/standard_output.hpp"
#include "experiments/terminal/tables.hpp"
#include "plots/figures/figures.hpp"
#include "plots/page/report.hpp"
#include "results/combination.hpp"
#include "results/store.hpp"
#include "results/tables.hpp"
#include "results/targets.hpp"

namespace symopt {

namespace po = boost::program_options;
namespace fs = std::filesystem;

namespace {

po::options_description describe_report() {
  po::options_description options("options");
  options.add_options()(
      "target", po::value<std::string>()->default_value("best", "")->value_name("text"),
      "validation error that the effort is measured to: best (what the best optimizer's median "
      "trial reaches in three quarters of the epochs), common (what every optimizer that trains "
      "at all reaches there), an error (0.02), or NETWORK=ERROR,… (default best)");
  options.add_options()(
      "interval", po::value<std::string>()->default_value("", "")->value_name("text"),
      fmt::format("{} ({}; default: what the run asked for)", kIntervalHelp, fmt::join(interval_names(), "|"))
          .c_str());
  options.add_options()("format", po::value<std::string>()->default_value("png", "")->value_name("text"),
                        "kind of pictures; report.html shows png and svg (png|svg|pdf; default png)");
  options.add_options()("no-plots", po::bool_switch(), "draw no figures");
  options.add_options()("out", po::value<std::string>()->default_value("", "")->value_name("text"),
                        "where tables, figures and page go; the folders of the trials then stay untouched. "
                        "Needed for several folders, and for a part of the trials");
  for (const auto& [name, help] :
       {std::pair("datasets", "only these data sets, comma-separated"),
        std::pair("networks", "only these networks, comma-separated"),
        std::pair("optimizers",
                  "only these optimizers, comma-separated: names, or names with settings as the "
                  "table has them"),
        std::pair("trials", "only the trials of these numbers, as 0-4,7")})
    options.add_options()(name, po::value<std::string>()->default_value("", "")->value_name("text"), help);
  return options;
}

bool is_results_folder(const fs::path& folder) {
  std::error_code ignored;
  return fs::exists(folder / "config.ini", ignored);
}

// The one that is meant where none is named: this folder, or the only one in out/.
fs::path only_folder() {
  if (is_results_folder(".")) return ".";
  std::vector<fs::path> found;
  for (const fs::path& folder : list_folder("out"))
    if (is_results_folder(folder)) found.push_back(folder);
  if (found.size() == 1) return found[0];
  std::string names;
  for (const fs::path& folder : found) names += (names.empty() ? ": " : ", ") + folder.string();
  throw UsageError(fmt::format("report: expected a results folder, found none named and {} in out/{}",
                               found.size(), names));
}

// What the folder's configuration says, of which `kind` may be another; as by default where it says nothing.
IntervalRule intervals_of(const fs::path& folder, const std::optional<IntervalKind>& kind) {
  IntervalRule rule;
  for (const auto& [name, value] : read_configuration(folder / "config.ini"))
    if (name == "seed")
      rule.seed = to_unsigned(name, value);
    else if (name == "interval")
      rule.kind = parse_interval(value);
  if (kind) rule.kind = *kind;
  return rule;
}

std::string claims_text(const Results& results) {
  std::string text;
  for (const ClaimRow& c : results.claims)
    text += fmt::format("  {}. {}: {}\n     {}\n", c.claim, c.statement, c.verdict, c.numbers);
  return text.empty() ? "" : fmt::format("The paper's claims\n{}\n", text);
}

// Where the finished trials of a tuning are that did not put them into `folder` itself: "; …" or "".
std::string tuning_advice(const fs::path& folder) {
  std::string names;
  for (const fs::path& part : list_folder(folder))
    for (const fs::path& final : {part, part / "final"})
      if (final.filename() == "final" && is_results_folder(final))
        names += (names.empty() ? "" : ", ") + final.string();
  return names.empty() ? "" : fmt::format("; those of a tuning are in {}", names);
}

// A study that runs by itself leaves lines and no trials; elsewhere there is nothing to report without them.
void check_filled(const fs::path& folder, const std::vector<TrialRecord>& records) {
  const std::string advice = records.empty() ? tuning_advice(folder) : "";
  if (records.empty() && (!fs::exists(folder / "panels.csv") || !advice.empty()))
    throw UserError("results folder", folder.string(), "finished trials", "none" + advice);
}

// Writes the CSVs into `folder`; what the terminal shows.
std::string tables(const fs::path& folder, const std::vector<TrialRecord>& records, const TargetRule& rule,
                   const IntervalRule& intervals) {
  const std::vector<TargetGroup> efforts = group_efforts(records, rule);  // refuses a wrong target first
  write_csvs(folder, records, intervals, rule);
  if (records.empty()) return "";
  const std::vector<Group> groups = group_records(records);
  std::string text;
  std::set<std::string> datasets;
  for (const TrialRecord& record : records)
    if (datasets.insert(record.spec.dataset).second) text += data_set_line(record.spec.dataset);
  text += "\n" + error_table(groups, intervals) + "\n" + effort_table(efforts) + "\n";
  if (const std::string ranks = ranking_table(rank(groups)); !ranks.empty()) text += ranks + "\n";
  if (const std::string rates = rate_table(records); !rates.empty()) text += rates + "\n";
  if (const std::string teleports = teleport_table(records); !teleports.empty()) text += teleports + "\n";
  if (const std::vector<Comparison> comparisons = compare_all(groups, intervals); !comparisons.empty())
    text += comparison_table(comparisons) + "\n";
  return text;
}

// The folder that tables of other folders' trials go to: a new one, or one that has had such tables.
void open_target(const fs::path& out, const std::vector<fs::path>& folders) {
  std::error_code ignored;
  for (const fs::path& folder : folders)
    if (fs::equivalent(out, folder, ignored))
      throw UsageError(fmt::format(
          "option '--out': expected another folder than those of the trials, found {}", out.string()));
  if (fs::exists(out, ignored) && !fs::exists(out / "sources.csv", ignored) && !list_folder(out).empty())
    throw UserError("option '--out'", out.string(), "a new folder, or one that report --out has made",
                    "another one");
  make_folder(out);
}

// What the sources are, and where their trials differ.
std::string sources_text(const Combination& all) {
  std::vector<std::vector<std::string>> rows = {{"folder", "finished", "taken", "repeated"}};
  for (const SourceRow& row : all.sources)
    rows.push_back({row.folder, fmt::format("{}", row.trials), fmt::format("{}", row.taken),
                    fmt::format("{}", row.repeated)});
  std::string text = "Trials from\n" + align(rows, 1);
  for (const std::string& line : all.cautions) text += fmt::format("  {}\n", line);
  return text + "\n";
}

std::vector<std::string> list_option(const po::variables_map& given, const char* name) {
  const std::string text = given[name].as<std::string>();
  return text.empty() ? std::vector<std::string>{} : split_list(name, text);
}

TrialSelection selection_of(const po::variables_map& given) {
  TrialSelection selection;
  selection.datasets = list_option(given, "datasets");
  selection.networks = list_option(given, "networks");
  selection.optimizers = list_option(given, "optimizers");
  if (const std::string trials = given["trials"].as<std::string>(); !trials.empty())
    selection.trials = parse_trial_numbers(trials);
  return selection;
}

void finish(const fs::path& folder, const std::string& text, const std::string& format, bool plots) {
  const Results results = read_results(folder);
  print_output("{}{}", text, claims_text(results));
  std::vector<Figure> figures;
  if (plots) figures = write_figures(results, format);
  const Report report = write_report(results, figures);
  for (const fs::path& file : {report.html, report.markdown, report.latex})
    print_output("{}\n", file.string());
}

int run_report(const po::variables_map& given, const std::vector<std::string>& arguments) {
  const TargetRule rule = parse_targets(given["target"].as<std::string>());
  const std::string format = given["format"].as<std::string>();
  if (format != "png" && format != "svg" && format != "pdf")
    throw unknown_value("format", format, {"png", "svg", "pdf"});
  const std::string interval = given["interval"].as<std::string>();
  std::optional<IntervalKind> kind;
  if (!interval.empty()) kind = parse_interval(interval);
  const bool plots = !given["no-plots"].as<bool>();
  std::vector<fs::path> folders(arguments.begin(), arguments.end());
  if (folders.empty()) folders.push_back(only_folder());
  const TrialSelection selection = selection_of(given);
  const fs::path out = given["out"].as<std::string>();
  if (out.empty()) {
    if (folders.size() > 1 || !selection.everything())
      throw UsageError(
          fmt::format("report: expected --out FOLDER for {}, found none",
                      folders.size() > 1 ? "the tables of several folders" : "a part of the trials"));
    tell_altered(folders[0]);
    const std::vector<TrialRecord> records = read_records(folders[0]);
    check_filled(folders[0], records);
    finish(folders[0], tables(folders[0], records, rule, intervals_of(folders[0], kind)), format, plots);
    return 0;
  }
  const Combination all = combine(folders, selection);
  const IntervalRule intervals = intervals_of(folders[0], kind);
  group_efforts(all.records, rule);  // refuses a wrong target before anything is written
  open_target(out, folders);
  write_table(out / "sources.csv", all.sources);
  const std::string text = sources_text(all) + tables(out, all.records, rule, intervals);
  write_atomically(out / "report.txt", text);
  finish(out, text, format, plots);
  return 0;
}

}  // namespace

Command report_command() {
  return {"report",
          "writes tables, figures and one page (report.html) of a results folder again; trains nothing",
          "report [FOLDER] … [OPTIONS]",
          "  symopt report out/paper-mnist\n"
          "  symopt report out/paper-mnist --target common\n"
          "  symopt report out/paper-mnist --interval bootstrap-t\n"
          "  symopt report out/paper-mnist out/paper-fashion-mnist --out out/both\n"
          "  symopt report out/paper-mnist --optimizers sgd,un --trials 0-4 --out out/part\n"
          "  symopt report out/paper-mnist --target archbn-2=0.02,archbn-4=0.018 --format svg\n",
          describe_report,
          run_report};
}

}  // namespace symopt
