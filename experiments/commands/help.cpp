// help.cpp — help as text: names on the left, what they are on the right.
#include "experiments/commands/help.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <map>

#include "core/text.hpp"
#include "experiments/plan/request.hpp"
#include "experiments/terminal/tables.hpp"

namespace symopt {

namespace {

constexpr int kMostColumns = 100, kNameColumns = 26;

// A row of two columns; a name that does not fit has its own line.
std::string row(const std::string& name, const std::string& text, int left, int columns) {
  const std::string blank(static_cast<std::size_t>(left), ' ');
  if (text_length(name) + 2 > left)
    return fmt::format("{}\n{}\n", name, hanging(blank + text, left, columns));
  return fmt::format("{}\n", hanging(fmt::format("{:<{}}{}", name, left, text), left, columns));
}

// Of a command that runs an experiment: its own options, what the experiment consists of, and the protocol.
enum class Part { command, experiment, protocol };
const char* title(Part part) {
  return part == Part::command ? "options" : part == Part::experiment ? "what runs" : "its protocol";
}
Part part_of(const std::string& option) {
  if (protocol_options().has(option)) return Part::protocol;
  const std::vector<OptionInfo> infos = request_options();
  const bool found =
      std::any_of(infos.begin(), infos.end(), [&](const OptionInfo& info) { return info.name == option; });
  return found ? Part::experiment : Part::command;
}

}  // namespace

int terminal_columns() {
  winsize size{};
  if (isatty(STDOUT_FILENO) == 0 || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return 0;
  return std::min<int>(size.ws_col, kMostColumns);
}

std::string hanging(std::string_view text, int indent, int columns) {
  if (columns <= 0) return std::string(text);
  const std::string blank(static_cast<std::size_t>(indent), ' ');
  std::string lines, line;
  std::size_t begin = std::min(text.find_first_not_of(' '), text.size());
  line = text.substr(0, begin);
  bool words = false;  // on this line
  while (begin < text.size()) {
    std::size_t end = std::min(text.find(' ', begin), text.size());
    std::string_view word = text.substr(begin, end - begin);
    const int room = columns - text_length(line);
    // Choices, a|b|c, that no line holds go on behind one of them.
    if (room > 0 && indent + text_length(word) > columns)
      if (const std::size_t bar = word.substr(0, static_cast<std::size_t>(room)).rfind('|');
          bar != std::string_view::npos)
        word = word.substr(0, bar + 1), end = begin + bar + 1;
    const std::size_t next = std::min(text.find_first_not_of(' ', end), text.size());
    if (words && text_length(word) > room) {
      lines += fmt::format("{}\n", line.substr(0, line.find_last_not_of(' ') + 1));
      line = blank;
      words = false;
      continue;
    }
    line += word;
    line += text.substr(end, next - end);
    words = true;
    begin = next;
  }
  return lines + line.substr(0, line.find_last_not_of(' ') + 1);
}

std::string hanging_rows(const std::vector<std::vector<std::string>>& rows, int columns) {
  if (rows.empty()) return "";
  const std::string table = align(rows, rows[0].size());
  std::string text;
  std::size_t begin = 0;
  for (const auto& row : rows) {
    const std::size_t end = table.find('\n', begin);
    const std::string line = table.substr(begin, end - begin);
    text += fmt::format("{}\n", hanging(line, text_length(line) - text_length(row.back()), columns));
    begin = end + 1;
  }
  return text;
}

std::string overview(int columns) {
  std::string text = fmt::format(
      "{}\n\nusage: symopt COMMAND [ARGUMENTS] [OPTIONS]\n\n",
      hanging("symopt — compares the optimizers of neural networks under the symmetries of their weights", 0,
              columns));
  for (const Command& command : command_registry())
    text += row(fmt::format("  {}", command.name), command.summary, 14, columns);
  text +=
      "\nexamples:\n"
      "  symopt run paper --quick      a first look, under half a minute\n"
      "  symopt run paper              the paper's table\n"
      "  symopt list optimizers        what there is; all of one: list optimizers un\n\n"
      "`symopt COMMAND --help` shows a command's options.\n";
  return text;
}

std::string help_text(const Command& command, int columns) {
  std::string text =
      fmt::format("{}\n\n{}\n", hanging(fmt::format("usage: symopt {}", command.usage), 7, columns),
                  hanging(command.summary, 0, columns));
  const boost::program_options::options_description options = command.options();
  const bool grouped = options.find_nothrow("trials", false) != nullptr;
  std::map<Part, std::string> parts;
  for (const auto& option : options.options()) {
    const std::string& name = option->long_name();
    const std::string value = option->semantic()->max_tokens() > 0 ? option->semantic()->name() : "";
    parts[grouped ? part_of(name) : Part::command] +=
        row(fmt::format("  --{}{}{}", name, value.empty() ? "" : " ", value), option->description(),
            kNameColumns, columns);
  }
  parts[Part::command] += row("  -h, --help", "this text", kNameColumns, columns);
  for (const auto& [part, rows] : parts) text += fmt::format("\n{}:\n{}", title(part), rows);
  return fmt::format("{}\nexamples:\n{}", text, command.examples);
}

}  // namespace symopt
