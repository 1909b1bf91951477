// tuning.hpp — what a user asks of a tuning: a request, and how its settings are chosen.
#pragma once
#include "experiments/plan/tune.hpp"
#include "experiments/session/session.hpp"

namespace symopt {

struct Tuning {
  Request request;
  TuneSettings settings;
  bool asked = false;  ///< whether the file or the command line has any of a tuning's options
  /// Of the tuning's folder: the request's options, then the tuning's own.
  Configuration configuration() const;
};

/// defaults < file < --rule < command line. UsageError naming `command`, as make_request().
Tuning read_tuning(const std::string& command, const boost::program_options::variables_map& given,
                   const std::vector<std::string>& arguments);

/// Reads the data and plans the trials of the search, and completes the request by what was found. UsageError
/// where there is nothing to tune.
Session prepare_tuning(const std::string& command, Tuning& tuning, const RunOptions& options);

}  // namespace symopt
