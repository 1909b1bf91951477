// session.hpp — from a command line to a concluded results folder, in the steps that commands share: what is
// asked for, its data and its plan, the folder, the trials that it lacks, its tables and figures.
#pragma once
#include "experiments/plan/request.hpp"
#include "experiments/session/run_options.hpp"
#include "protocols/runner.hpp"

namespace symopt {

/// A file's values over the defaults of the experiment that it names. Values of tune_options() go to
/// `tuning`; without it, and for what is unknown or out of range: UsageError naming file and option.
Request read_request(const std::filesystem::path& path, Assignments* tuning = nullptr);

/// defaults < the experiment's < --quick < the file's < the command line's. `arguments`: one experiment or
/// configuration file. UsageError, naming `command`, where they are not, or a value is out of range.
Request make_request(const std::string& command, const boost::program_options::variables_map& given,
                     const std::vector<std::string>& arguments, Assignments* tuning = nullptr);

/// Of an experiment whose trials are large: their parameters are kept, and where nobody said otherwise there
/// is one at a time, with all cores.
void adapt(RunOptions& options, const Request& request);

/// A data set of a session, and the request as it is for that one alone.
struct SessionPart {
  Request request;  ///< with a split that fits the data
  std::shared_ptr<const Dataset> data;
  bool substitute = false;  ///< the data set stands in for one that was not found
  std::string found = {};   ///< where an automatic data set was found, " (in parentheses)"; else empty
};

/// A request with its data sets resolved and read, and its trials planned and checked. Each data set's trials
/// are those of a session of that one alone, with the same hashes.
struct Session {
  Request request;
  std::vector<SessionPart> parts;  ///< one a data set, in the order asked for
  std::vector<TrialSpec> specs;
  std::vector<std::string> left_out;  ///< a line for each optimizer that `all` leaves out
  std::vector<std::string> cautions;  ///< of its data's size and its trials, each line once
  /// Both, in that order.
  std::vector<std::string> remarks() const {
    std::vector<std::string> lines = left_out;
    lines.insert(lines.end(), cautions.begin(), cautions.end());
    return lines;
  }
  bool several() const { return parts.size() > 1; }
  /// Of a session of one data set.
  const std::shared_ptr<const Dataset>& data() const { return parts.front().data; }
  DatasetTable table() const;  ///< by name
  /// "mnist (found in /data), synth-shapes"
  std::string data_text() const;
  /// The settings of all data sets, in the order of the plan. Of experiments whose plan is expand().
  std::vector<Contestant> contestants() const;
};
/// UsageError where there are several data sets and the experiment takes one.
Session prepare(Request request, const RunOptions& options);
/// The same on a data set that is there.
Session prepare(Request request, std::shared_ptr<const Dataset> data);

/// --out or the default, out/EXPERIMENT-DATASET and `kind`; made fresh where that was asked for.
std::filesystem::path results_folder(const Request& request, const RunOptions& options,
                                     const std::string& kind = "");
/// Tells where a data set takes the place of one that was not found.
void tell_substitute(const Session& session);
/// Where a configuration `file` names no folder by --out: UserError where the default one has another
/// configuration, so that no folder grows that nobody named; that of the file itself may. Experiments pass.
void check_asked_for(const std::string& file, const Session& session, const std::filesystem::path& folder,
                     const RunOptions& options);
/// Opens or creates it, tells what was set aside as damaged and which options make its plan longer, and
/// writes environment.csv.
std::unique_ptr<Store> open_store(const Session& session, const std::filesystem::path& folder,
                                  const std::optional<Shard>& shard = {});
/// Whether open_store() would go on in `folder`: it is new, or differs in what makes the plan longer, and
/// holds no finished trial that is not planned.
bool goes_on(const Session& session, const std::filesystem::path& folder);
/// Trains what the store lacks, of the options' shard if there is one, with progress. False where it was
/// interrupted: the tables, which shards leave alone, then hold what is finished. UserError where --fail-fast
/// ended it, with the tables as after an interruption.
bool run_missing(const Session& session, Store& store, const RunOptions& options);
/// Trials that failed or ran out of time, of how many.
struct Failures {
  size_t trials = 0, failed = 0, timed_out = 0;
  std::string first;  ///< which the first one is, and its message
  void add(const std::vector<TrialRecord>& records);
  /// UserError where one failed, or all ran out of time; `more` ends the first one's line.
  void check(const std::string& more = "") const;
};
/// Tables, the report of the sweep or else the experiment's, figures.
void conclude(const Session& session, const Store& store, const RunOptions& options);
/// All of it, from the folder on: the exit status of `run` and `sweep`.
int run_to_end(const Session& session, const std::filesystem::path& folder, const RunOptions& options);

}  // namespace symopt
