// request.hpp — what a user asks for: the effective configuration (defaults < file < command line) and how to
// run it.
#pragma once
#include "core/network/network_spec.hpp"
#include "experiments/plan/sweep.hpp"
#include "results/intervals.hpp"
#include "results/store.hpp"

namespace symopt {

/// All that determines the trials, and how their tables are made. Written to config.ini, and read back from
/// it.
struct Request {
  std::string experiment = "paper";
  std::string dataset = "auto";                ///< comma-separated
  std::string networks = "archbn-2,archbn-4";  ///< comma-separated
  std::string optimizers =
      "sgd,b-sgd,un,sm";       ///< comma-separated; NAME or NAME:option=value:option=value, or all
  SweepSettings sweep;         ///< what each optimizer becomes
  std::string start = "auto";  ///< auto: the optimizer's own
  std::string precision = "float";
  int trials = 10;
  std::uint64_t seed = 1;
  std::string interval = "t";     ///< of the tables: no trial depends on it
  std::string pictures = "auto";  ///< which test samples' predictions are drawn: nor on this
  ProtocolSettings protocol;
  bool split_given = false;  ///< set() was told how many samples to train or to validate on

  void set(const std::string& name, const std::string& value);
  IntervalRule intervals() const { return {seed, parse_interval(interval)}; }
  /// Every option with its value, in a fixed order.
  Configuration configuration() const;
};
/// The data sets of the option `dataset`, one or several. A comma within folder:PATH is the path's where no
/// name of a data set follows it. UsageError where a name is empty or there twice.
std::vector<std::string> listed_datasets(const std::string& text);

/// Where nobody said how many samples to train and to validate on, and there are fewer than the defaults:
/// four fifths and one fifth of them. A line that says so, or "".
std::string fit_split(Request& request, const Dataset& data);
/// The options of Request, the protocol's included.
std::vector<OptionInfo> request_options();

/// One setting of one optimizer on one network.
struct Contestant {
  Candidate candidate;
  size_t place;    ///< in the list of optimizers
  TrialSpec spec;  ///< of its trial 0
};
/// Networks × optimizers × their points in this order, on one data set. UsageError on anything unknown or out
/// of range, or there twice. `all` optimizers are those that can serve the network.
std::vector<Contestant> contestants(const Request& request, const Dataset& data);
/// No plan has more: its list alone would fill the memory.
inline constexpr size_t kMostTrials = 500'000;
/// Every contestant's trials 0, 1, …: the same numbers, so that all are paired.
std::vector<TrialSpec> expand(const Request& request, const Dataset& data);
/// Whom `all` leaves out: a line an optimizer, with networks and reasons.
std::vector<std::string> left_out(const Request& request, const Dataset& data);

/// The optimizers of the list, or of `all`, before the sweep.
std::vector<Candidate> listed_optimizers(const Request& request);
/// UsageError where a network, an optimizer or one of its options is unknown, whatever the data set: so that
/// this can be said before one is read.
void check_names(const Request& request);

/// Comma-separated names, blanks trimmed; UsageError naming `what` where it is empty, has an empty part
/// or a name twice.
std::vector<std::string> split_list(const std::string& what, const std::string& text);

}  // namespace symopt
