// bash_completion.cpp — the script for bash (4 or later), which needs nothing but bash's own compgen and
// compopt.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "experiments/commands/completion.hpp"

namespace symopt {

namespace {

// What does not depend on the commands. Words are cut at = and : too (COMP_WORDBREAKS), so `--name=value`
// comes as three words; a list is completed behind its last comma.
constexpr const char* kFunctions = R"bash(
_symopt_offer() {  # WORDS: those that start like the current word
  mapfile -t COMPREPLY < <(compgen -W "$1" -- "$current")
}

_symopt_offer_list() {  # WORDS, several with commas between; none twice
  local before='' word offered=''
  case $current in *,*) before=${current%,*}, ;; esac
  for word in $1; do
    case ,$before in *",$word,"*) ;; *) offered+=" $before$word" ;; esac
  done
  compopt -o nospace 2>/dev/null
  _symopt_offer "$offered"
}

_symopt_offer_paths() {  # -f files, -d folders, beside what is offered already
  compopt -o filenames 2>/dev/null
  mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen "$1" -- "$current")
}

_symopt() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]}
  local word words='' valued place=0 i
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    _symopt_offer "$_symopt_commands"
    return
  fi
  if [ "$current" = = ]; then
    current=
  elif [ "$previous" = = ]; then
    previous=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  _symopt_options "$command"
  case " $valued " in
    *" $previous "*)
      _symopt_value "$command" "$previous"
      return
      ;;
  esac
  for ((i = 2; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    case $word in
      -*)
        words=${words/ $word / }
        if [ "${COMP_WORDS[i + 1]}" = = ]; then
          ((i += 2))
        else
          case " $valued " in *" $word "*) ((i++)) ;; esac
        fi
        ;;
      *) ((place++)) ;;
    esac
  done
  case $current in
    -*) _symopt_offer "$words" ;;
    *) _symopt_argument "$command" "$place" ;;
  esac
}

complete -F _symopt symopt
)bash";

std::string offer(const Candidates& c) {
  std::string lines;
  if (!c.words.empty())
    lines +=
        fmt::format("{} '{}'; ", c.list ? "_symopt_offer_list" : "_symopt_offer", fmt::join(c.words, " "));
  if (c.files) lines += "_symopt_offer_paths -f; ";
  if (c.folders) lines += "_symopt_offer_paths -d; ";
  return lines.empty() ? ": ;; " : lines + ";; ";
}

}  // namespace

std::string bash_completion(const std::vector<CommandCandidates>& commands) {
  std::string names, options, values, arguments;
  for (const CommandCandidates& command : commands) {
    names.append(names.empty() ? 0 : 1, ' ').append(command.name);
    std::string all, valued;
    for (const OptionCandidates& option : command.options) {
      all += fmt::format(" --{} ", option.name);
      if (!option.takes_value) continue;
      valued += fmt::format(" --{}", option.name);
      values += fmt::format("    '{} --{}') {}\n", command.name, option.name, offer(option.value));
    }
    options += fmt::format("    {}) words='{}' valued='{}' ;;\n", command.name, all, valued);
    for (size_t i = 0; i < command.places.size(); ++i) {
      const bool on = command.repeats && i + 1 == command.places.size();
      arguments += fmt::format("    '{} '{}) {}\n", command.name, on ? "*" : std::to_string(i),
                               offer(command.places[i]));
    }
  }
  return fmt::format(
      "# symopt completion for bash: eval \"$(symopt completion bash)\"\n"
      "_symopt_commands='{}'\n\n"
      "_symopt_options() {{  # COMMAND: sets words and valued\n  case $1 in\n{}  esac\n}}\n\n"
      "_symopt_value() {{  # COMMAND OPTION\n  case \"$1 $2\" in\n{}  esac\n}}\n\n"
      "_symopt_argument() {{  # COMMAND PLACE\n  case \"$1 $2\" in\n{}  esac\n}}\n{}",
      names, options, values, arguments, kFunctions);
}

}  // namespace symopt
