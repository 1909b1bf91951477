// completion.hpp — what can stand where on the command line, for the shells: read from the commands' usage
// lines and options, so that it cannot fall behind them.
#pragma once
#include <string>
#include <vector>

#include "experiments/commands/command.hpp"

namespace symopt {

/// What one word may be.
struct Candidates {
  std::vector<std::string> words;
  bool files = false, folders = false;
  bool list = false;  ///< several of the words, comma-separated
};

struct OptionCandidates {
  std::string name, help;  ///< without dashes; one line
  bool takes_value = false;
  Candidates value;
};

struct CommandCandidates {
  std::string name, summary;
  std::vector<Candidates> places;  ///< of the arguments, in order
  bool repeats = false;            ///< the last place again and again
  std::vector<OptionCandidates> options;
};

/// Every command in the order of the registry. A usage line's words are taken as they are
/// (`list|fetch|verify`); one in capitals stands for what placeholder() knows.
std::vector<CommandCandidates> command_candidates();

/// EXPERIMENT, FILE (also with an ending), FOLDER, KIND, DATASET, COMMAND; for another one nothing is known.
Candidates placeholder(const std::string& name);

/// The scripts: to be evaluated, or kept where the shell looks for completions.
std::string bash_completion(const std::vector<CommandCandidates>& commands);
std::string zsh_completion(const std::vector<CommandCandidates>& commands);
std::string fish_completion(const std::vector<CommandCandidates>& commands);

}  // namespace symopt
