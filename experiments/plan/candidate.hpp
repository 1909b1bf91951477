// candidate.hpp — an optimizer with all that is its own, as a list of optimizers has it:
// NAME:option=value:option=value.
#pragma once
#include "optimizers/optimizer.hpp"
#include "results/trial.hpp"

namespace symopt {

/// Options may be the optimizer's; or `lr` (learning-rate), which takes the place of the search, `start`,
/// `precision` or one of the protocol's, of this optimizer's trials; or `on`, the only network it is for.
struct Candidate {
  const OptimizerEntry* entry = nullptr;
  Assignments own;       ///< the optimizer's options, in the order given
  Assignments of_trial;  ///< start, precision and the protocol's, by their full names
  int on = 0;            ///< place in the list of networks, from 1; 0: every network

  /// Once more sets what is set: UsageError. Names as parse_candidate reads them.
  void set(const std::string& name, const std::string& value);
  /// What it says of an option, by its short or full name; nothing where it says nothing.
  std::optional<std::string> value(const std::string& name) const;
  /// The same as a number; nothing where it is a word.
  std::optional<double> number(const std::string& name) const;
  /// "un:retraction=exp:lr=0.1", which parses back to the same.
  std::string text() const;
  /// The same without `on`, where the network stands beside it.
  std::string setting() const;
  /// `spec` with the optimizer and all that this candidate says. UsageError on a value out of range.
  TrialSpec applied_to(TrialSpec spec) const;
};

/// UsageError naming the optimizer and what is unknown, malformed or there twice.
Candidate parse_candidate(const std::string& text);

/// What an option's name means for an optimizer. A name that both the optimizer and the protocol have is the
/// optimizer's; `protocol.NAME` is the protocol's.
enum class Scope { own, of_trial, on, unknown };
Scope scope_of(const OptimizerEntry& entry, const std::string& name);
/// "lr" → "learning-rate", "protocol.decay" → "decay"; else the name itself.
std::string full_name(const std::string& name);
/// Of start, precision and the protocol: has it an option of this name, in short or in full?
bool is_of_trial(const std::string& name);

}  // namespace symopt
