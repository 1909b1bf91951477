// command_completion.cpp — `symopt completion bash|zsh|fish`: the script that lets a shell complete symopt's
// words.
#include <fmt/format.h>

#include "experiments/commands/completion.hpp"

namespace symopt {

namespace {

boost::program_options::options_description describe_completion() {
  return boost::program_options::options_description("options");
}

int run_completion(const boost::program_options::variables_map&, const std::vector<std::string>& arguments) {
  if (arguments.size() != 1)
    throw UsageError(
        fmt::format("completion: expected bash, zsh or fish, found {} arguments", arguments.size()));
  if (arguments[0] == "bash")
    fmt::print("{}", bash_completion(command_candidates()));
  else if (arguments[0] == "zsh")
    fmt::print("{}", zsh_completion(command_candidates()));
  else if (arguments[0] == "fish")
    fmt::print("{}", fish_completion(command_candidates()));
  else
    throw unknown_name("shell", arguments[0], {"bash", "zsh", "fish"});
  return 0;
}

}  // namespace

Command completion_command() {
  return {"completion",
          "prints the completion script of a shell",
          "completion bash|zsh|fish",
          "  eval \"$(symopt completion bash)\"                            # in ~/.bashrc\n"
          "  eval \"$(symopt completion zsh)\"                             # in ~/.zshrc\n"
          "  symopt completion fish | source                             # in ~/.config/fish/config.fish\n"
          "  symopt completion bash > ~/.local/share/bash-completion/completions/symopt\n",
          describe_completion,
          run_completion};
}

}  // namespace symopt
