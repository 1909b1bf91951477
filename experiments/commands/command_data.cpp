// command_data.cpp — `symopt data list|fetch|verify`: the public data sets, from their mirrors and on the
// disk.
#include <algorithm>

#include "core/data/dataset.hpp"
#include "experiments/commands/command.hpp"
#include "experiments/commands/help.hpp"
#include "experiments/fetch/data_source.hpp"
#include "experiments/fetch/fetch_progress.hpp"
#include "experiments/terminal/interrupt.hpp"
#include "experiments/terminal/standard_error.hpp"
#include "experiments/terminal/standard_output.hpp"
#include "experiments/terminal/tables.hpp"

namespace symopt {

namespace po = boost::program_options;
namespace fs = std::filesystem;

namespace {

struct DataFlags {
  std::string data, mirror;
  int timeout = 30;
};
const Options<DataFlags>& data_flags() {
  using O = Option<DataFlags>;
  static const Options<DataFlags> options({
      O{.name = "data",
        .field = &DataFlags::data,
        .help = "folder of the data sets; empty: $SYMOPT_DATA, then the user's cache folder"},
      O{.name = "mirror",
        .field = &DataFlags::mirror,
        .help = "address (http, https) below which the files lie by their published names; tried first"},
      O{.name = "timeout",
        .field = &DataFlags::timeout,
        .low = 1,
        .high = 3600,
        .help = "seconds of silence after which a server is given up"},
  });
  return options;
}

po::options_description describe_data() {
  po::options_description options("options");
  options.add_options()("only-mirror", po::bool_switch(), "try no other address than --mirror");
  options.add_options()("quiet", po::bool_switch(), "no progress");
  add_options(options, data_flags().infos());
  return options;
}

void list(const fs::path& data, const std::vector<const fetch::DataSource*>& sources) {
  std::vector<std::vector<std::string>> rows = {{"data set", "is here", "about", "its bytes are checked by"}};
  for (const fetch::DataSource* source : sources)
    rows.push_back({source->name(), source->found(data) ? "yes" : "no",
                    fetch::size_text(source->download_bytes()), source->checked_by()});
  print_output("{}\n", hanging_rows(rows, terminal_columns()));
  for (const fetch::DataSource* source : sources) {
    print_output("{}\n", hanging("  " + source->title(), 4, terminal_columns()));
    for (const std::string& mirror : source->mirrors()) print_output("    {}\n", mirror);
  }
  print_output("\n  folder: {}\n", data.string());
}

int fetch_all(const po::variables_map& given, const DataFlags& flags, const fs::path& data,
              const std::vector<const fetch::DataSource*>& sources) {
  const InterruptGuard guard;
  const bool quiet = given["quiet"].as<bool>();
  std::string names;
  for (const fetch::DataSource* source : sources) names.append(1, ' ').append(source->name());
  for (const fetch::DataSource* source : sources) {
    fetch::FetchProgress progress(source->name(), quiet);
    fetch::Fetcher fetcher({.data = data,
                            .mirror = flags.mirror,
                            .only_mirror = given["only-mirror"].as<bool>(),
                            .stall_seconds = flags.timeout},
                           progress);
    const bool there = source->found(data);
    try {
      source->fetch(fetcher);
    } catch (const fetch::DownloadCancelled&) {
      print_error("symopt: interrupted; what was fetched is kept; go on with: symopt data fetch{}\n", names);
      return 130;
    }
    print_output("{}: {} in {}\n", source->name(), there ? "was already" : "is", data.string());
  }
  return 0;
}

int verify(const fs::path& data, const std::vector<const fetch::DataSource*>& sources, bool named) {
  std::vector<std::vector<std::string>> rows;
  std::string fault;
  for (const fetch::DataSource* source : sources) {
    if (!named && !source->found(data)) continue;
    for (const fetch::Verdict& v : source->verify(data)) {
      rows.push_back({source->name(), v.file.lexically_relative(data).string(), to_text(v.state), v.note});
      if (fault.empty() && (v.state == fetch::Verdict::wrong || v.state == fetch::Verdict::missing))
        fault =
            fmt::format("{}: {}{}", v.file.string(), to_text(v.state), v.note.empty() ? "" : ": " + v.note);
    }
  }
  if (rows.empty()) throw UserError("data folder", data.string(), "a data set to verify", "none");
  print_output("{}", align(rows, 4));
  std::fflush(stdout);
  if (!fault.empty()) throw UserError(fault);
  return 0;
}

int run_data(const po::variables_map& given, const std::vector<std::string>& arguments) {
  const std::vector<std::string> actions = {"list", "fetch", "verify"};
  if (arguments.empty()) throw UsageError("data: expected list, fetch or verify, found nothing");
  if (std::find(actions.begin(), actions.end(), arguments[0]) == actions.end())
    throw unknown_name("action", arguments[0], actions);
  DataFlags flags;
  data_flags().set(flags, given_options(given, data_flags().infos()));
  if (!flags.mirror.empty() && !flags.mirror.starts_with("http://") && !flags.mirror.starts_with("https://"))
    throw UsageError(
        fmt::format("option 'mirror': expected an address that starts with http:// or https://, found '{}'",
                    flags.mirror.find('@') == std::string::npos ? flags.mirror : "…@…"));
  if (given["only-mirror"].as<bool>() && flags.mirror.empty())
    throw UsageError("option 'only-mirror': expected --mirror with it, found none");
  std::vector<const fetch::DataSource*> sources;
  for (std::size_t i = 1; i < arguments.size(); ++i)
    sources.push_back(&fetch::find_data_source(arguments[i]));
  const bool named = !sources.empty();
  if (arguments[0] == "fetch" && !named)
    throw UsageError("data fetch: expected the names of data sets, found none; see `symopt data list`");
  if (!named)
    for (const auto& source : fetch::data_sources()) sources.push_back(source.get());
  const fs::path data = data_folder(flags.data);
  if (arguments[0] == "fetch") return fetch_all(given, flags, data, sources);
  if (arguments[0] == "verify") return verify(data, sources, named);
  list(data, sources);
  return 0;
}

}  // namespace

Command data_command() {
  return {"data",
          "lists, fetches and verifies the public data sets",
          "data list|fetch|verify [DATASET …] [OPTIONS]",
          "  symopt data list\n"
          "  symopt data fetch mnist fashion-mnist\n"
          "  symopt data fetch cifar-10 --data /data --mirror https://example.org/cifar\n"
          "  symopt data verify\n",
          describe_data,
          run_data};
}

}  // namespace symopt
