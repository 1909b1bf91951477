// request.hpp — what a user asks for: the effective configuration (defaults < file < command line) and how to
// run it.
#pragma once
#include "core/network_spec.hpp"
#include "optimizers/optimizer.hpp"
#include "results/store.hpp"

namespace symopt {

/// All that determines the trials. Written to config.ini, and read back from it.
struct Request {
  std::string experiment = "paper";
  std::string dataset = "auto";
  std::string networks = "archbn-2,archbn-4";  ///< comma-separated
  std::string optimizers =
      "sgd,b-sgd,un,sm";       ///< comma-separated; NAME or NAME:option=value:option=value, or all
  std::string start = "auto";  ///< auto: the optimizer's own
  std::string precision = "float";
  int trials = 10;
  std::uint64_t seed = 1;
  ProtocolSettings protocol;

  void set(const std::string& name, const std::string& value);
  /// Every option with its value, in a fixed order.
  Configuration configuration() const;
};
/// The options of Request, the protocol's included.
std::vector<OptionInfo> request_options();

/// datasets × networks × optimizers × trials in this order. UsageError on anything unknown or out of range.
std::vector<TrialSpec> expand(const Request& request, const Dataset& data);

/// Comma-separated names, blanks trimmed; UsageError naming `what` where it is empty or has an empty part.
std::vector<std::string> split_list(const std::string& what, const std::string& text);

}  // namespace symopt
