// zsh_completion.cpp — the script for zsh: one _arguments specification a command.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "experiments/commands/completion.hpp"

namespace symopt {

namespace {

// Inside an _arguments specification in single quotes: brackets and colons are its own, a quote is the
// shell's.
std::string escaped_help(const std::string& help) {
  std::string text;
  for (const char c : help) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') text += '\\';
    if (c == '\'')
      text += "'\\''";
    else
      text += c;
  }
  return text;
}

// The action behind a message: what is offered. A colon would end it.
std::string action(const std::string& what, const Candidates& c) {
  std::string offered, words;
  for (const std::string& word : c.words) {
    offered += offered.empty() ? "" : " ";
    for (const char letter : word) offered += letter == ':' ? std::string("\\:") : std::string(1, letter);
  }
  if (!c.words.empty())
    words = c.list ? fmt::format("_values -s , {} {}", what, offered) : fmt::format("compadd -- {}", offered);
  const char* paths = c.files ? "_files" : c.folders ? "_files -/" : "";
  if (words.empty()) return fmt::format(":{}:{}", what, *paths ? paths : " ");
  if (*paths == '\0') return fmt::format(":{}:{}", what, c.list ? words : fmt::format("({})", offered));
  return fmt::format(":{}:{{ {}; {} }}", what, words, paths);
}

}  // namespace

std::string zsh_completion(const std::vector<CommandCandidates>& commands) {
  std::string described, cases;
  for (const CommandCandidates& command : commands) {
    described += fmt::format("    '{}:{}'\n", command.name, escaped_help(command.summary));
    cases += fmt::format("    {})\n      _arguments -s", command.name);
    for (const OptionCandidates& option : command.options)
      cases +=
          fmt::format(" \\\n        '--{}{}[{}]{}'", option.name, option.takes_value ? "=" : "",
                      escaped_help(option.help), option.takes_value ? action(option.name, option.value) : "");
    for (size_t i = 0; i < command.places.size(); ++i) {
      const bool on = command.repeats && i + 1 == command.places.size();
      cases += fmt::format(" \\\n        '{}{}'", on ? "*" : std::to_string(i + 1),
                           action("argument", command.places[i]));
    }
    cases += " ;;\n";
  }
  return fmt::format(
      "#compdef symopt\n"
      "# symopt completion for zsh: eval \"$(symopt completion zsh)\", or as _symopt in a "
      "folder of "
      "fpath\n"
      "_symopt() {{\n"
      "  local -a commands=(\n{}  )\n"
      "  if (( CURRENT == 2 )); then\n    _describe command commands\n    return\n  fi\n"
      "  local command=${{words[2]}}\n"
      "  shift words\n  (( CURRENT-- ))\n"
      "  case $command in\n{}  esac\n"
      "}}\n"
      "if [ \"${{funcstack[1]}}\" = _symopt ]; then _symopt \"$@\"; else\n"
      "  if ! (( $+functions[compdef] )); then autoload -Uz compinit && compinit; fi\n"
      "  compdef _symopt symopt\n"
      "fi\n",
      described, cases);
}

}  // namespace symopt
