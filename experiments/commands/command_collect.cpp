// command_collect.cpp — `symopt collect FOLDER`: merges what the shards of a plan left in a folder.
#include "experiments/commands/command.hpp"
#include "experiments/session/session.hpp"
#include "experiments/terminal/standard_error.hpp"
#include "results/tables.hpp"

namespace symopt {

namespace {

namespace po = boost::program_options;

po::options_description describe_collect() {
  po::options_description options("options");
  options.add_options()("data", po::value<std::string>()->default_value("")->value_name("text"),
                        "folder of the data sets; empty: $SYMOPT_DATA, then the user's cache folder");
  options.add_options()("no-plots", po::bool_switch(), "draw no figures");
  return options;
}

// Names the trials of the plan that the store lacks, one a line; how many they are.
size_t tell_missing(const Session& session, const Store& store) {
  constexpr size_t kLines = 20;
  size_t missing = 0;
  for (const PlanRow& row : plan_rows(session.specs))
    if (store.find(row.hash) == nullptr && ++missing <= kLines) print_error("missing: {}\n", row.text());
  if (missing > kLines) print_error("missing: and {} more\n", missing - kLines);
  return missing;
}

int run_collect(const po::variables_map& given, const std::vector<std::string>& arguments) {
  if (arguments.size() != 1)
    throw UsageError(fmt::format("collect: expected one results folder, found {}", arguments.size()));
  const std::filesystem::path folder = arguments[0];
  RunOptions options;
  options.data = given["data"].as<std::string>();
  options.out = folder.string();
  options.plots = !given["no-plots"].as<bool>();
  const Session session = prepare(read_request(folder / "config.ini"), options);
  const auto store = open_store(session, folder);
  if (const size_t missing = tell_missing(session, *store)) {
    const std::vector<TrialRecord> records = store->records(session.specs);
    write_csvs(folder, records, session.request.intervals());
    throw UserError(fmt::format("{}: {} of {} trials are missing; the tables hold the others; go on with: {}",
                                folder.string(), missing, session.specs.size(),
                                resume_command("run", folder, options)));
  }
  conclude(session, *store, options);
  Failures failures;
  failures.add(store->records(session.specs));
  failures.check();
  return 0;
}

}  // namespace

Command collect_command() {
  return {"collect",
          "merges the results of shards in one folder; says which trials are missing",
          "collect FOLDER [OPTIONS]",
          "  symopt run paper --out out/shared --shard 1/2 &\n"
          "  symopt run paper --out out/shared --shard 2/2\n"
          "  wait && symopt collect out/shared\n",
          describe_collect,
          run_collect};
}

}  // namespace symopt
