// fish_completion.cpp — the script for fish: one `complete` a word that may stand somewhere.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "experiments/commands/completion.hpp"

namespace symopt {

namespace {

// A text between fish's single quotes.
std::string in_fish_quotes(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "'";
}

// -a with the words that are offered, and whether files are, too.
std::string offers(const Candidates& c) {
  std::string text = c.files || c.folders ? "" : " -f";
  if (!c.words.empty() && c.list)
    text += fmt::format(" -a '(__symopt_listed {})'", fmt::join(c.words, " "));
  else if (!c.words.empty())
    text += fmt::format(" -a {}", in_fish_quotes(fmt::format("{}", fmt::join(c.words, " "))));
  if (c.folders) text += " -a '(__fish_complete_directories (commandline -ct))'";
  return text;
}

}  // namespace

std::string fish_completion(const std::vector<CommandCandidates>& commands) {
  std::string text =
      "# symopt completion for fish: symopt completion fish | source, or as symopt.fish in a folder of\n"
      "# fish_complete_path\n"
      "function __symopt_place # COMMAND PLACE…: whether the word at the cursor is that argument of COMMAND\n"
      "  set -l words (commandline -opc)\n"
      "  test (count $words) -ge 2; and test $words[2] = $argv[1]; or return 1\n"
      "  set -l place 1\n"
      "  for word in $words[3..]\n"
      "    string match -q -- '-*' $word; or set place (math $place + 1)\n"
      "  end\n"
      "  test $place = $argv[2]; or begin; test \"$argv[3]\" = on; and test $place -ge $argv[2]; end\n"
      "end\n"
      "function __symopt_listed # WORD…: each behind what is typed up to the last comma\n"
      "  set -l typed (string replace -r '[^,]*$' '' -- (commandline -ct))\n"
      "  printf '%s\\n' $typed$argv\n"
      "end\n"
      "complete -c symopt -f\n";
  for (const CommandCandidates& command : commands) {
    text += fmt::format("complete -c symopt -n __fish_use_subcommand -f -a {} -d {}\n", command.name,
                        in_fish_quotes(command.summary));
    const std::string seen = fmt::format("-n '__fish_seen_subcommand_from {}'", command.name);
    for (const OptionCandidates& option : command.options)
      text += fmt::format("complete -c symopt {} -l {}{} -d {}\n", seen, option.name,
                          option.takes_value ? fmt::format(" -r{}", offers(option.value)) : "",
                          in_fish_quotes(option.help));
    for (size_t i = 0; i < command.places.size(); ++i)
      text += fmt::format(
          "complete -c symopt -n '__symopt_place {} {}{}'{}\n", command.name, i + 1,
          command.repeats && i + 1 == command.places.size() ? " on" : "",
          command.places[i].files ? " -F" + offers(command.places[i]) : offers(command.places[i]));
  }
  return text;
}

}  // namespace symopt
