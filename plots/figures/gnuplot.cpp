// gnuplot.cpp — scripts as text, and gnuplot as a child process.
#include "plots/figures/gnuplot.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>

#include "core/error.hpp"
#include "core/text.hpp"

namespace symopt {

// A quote stands by itself, between strings that are joined: doubled within one, as gnuplot's manual has it,
// it is misread at the beginning and beside another.
std::string gnuplot_quote(std::string_view text) {
  std::string quoted = "'";
  for (const char c : printable(text))
    if (c == '\'')
      quoted += R"('."\047".')";
    else
      quoted += c;
  return quoted + "'";
}

int text_width(std::string_view text) {
  // Advances of DejaVu Sans from U+0020 to U+007E, hundredths of an em; no other sign here is wider than one.
  static constexpr int kAdvance[] = {
      32, 41, 46, 84, 64, 96, 78, 28, 40,  40, 50, 84, 32, 37, 32, 34, 64, 64, 64, 64, 64, 64, 64, 64,
      64, 64, 34, 34, 84, 84, 84, 54, 100, 69, 69, 70, 78, 64, 58, 78, 76, 30, 30, 66, 56, 87, 75, 79,
      61, 79, 70, 64, 62, 74, 69, 99, 69,  62, 69, 40, 34, 40, 84, 50, 50, 62, 64, 55, 64, 62, 36, 64,
      64, 28, 28, 58, 28, 98, 64, 62, 64,  64, 42, 53, 40, 64, 60, 82, 60, 60, 53, 64, 34, 64, 84};
  constexpr double kEm = 11 * 96 / 72.;  // pixels
  // ¹ ² ³ and U+2070 to U+207F, superscripts: less than half an em.
  const auto is_superscript = [](std::string_view c) {
    return (c.starts_with("\xE2\x81") && c.size() > 2 && static_cast<unsigned char>(c[2]) >= 0xB0) ||
           c.starts_with("\xC2\xB9") || c.starts_with("\xC2\xB2") || c.starts_with("\xC2\xB3");
  };
  int hundredths = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] >= 32 && text[i] < 127)
      hundredths += kAdvance[text[i] - 32];
    else if (is_code_point_start(text[i]))
      hundredths += is_superscript(text.substr(i)) ? 45 : 100;
  }
  return static_cast<int>(std::ceil(kEm * hundredths / 100));
}

void ScriptVariables::set(const std::string& name, std::string_view value) {
  text_ += fmt::format("{} = {}\n", name, gnuplot_quote(value));
}

void ScriptVariables::set(const std::string& name, double value) {
  text_ += fmt::format("{} = {:.8g}\n", name, value);
}

void ScriptVariables::set(const std::string& name, const std::vector<std::string>& values) {
  text_ += fmt::format("array {}[{}]\n", name, values.size());
  for (size_t i = 0; i < values.size(); ++i)
    text_ += fmt::format("{}[{}] = {}\n", name, i + 1, gnuplot_quote(values[i]));
}

void ScriptVariables::set(const std::string& name, const std::vector<int>& values) {
  text_ += fmt::format("array {}[{}] = [{}]\n", name, values.size(), fmt::join(values, ","));
}

void ScriptVariables::set(const std::string& name, const std::vector<double>& values) {
  text_ += fmt::format("array {}[{}] = [{:.8g}]\n", name, values.size(), fmt::join(values, ","));
}

void ScriptVariables::set_list(const std::string& name, const std::vector<int>& values) {
  set(name + "_count", static_cast<double>(values.size()));
  set(name, values.empty() ? std::vector<int>{1} : values);
}

void DataBlocks::begin(const std::string& comment) {
  end();
  text_ += "# " + printable(comment) + '\n';
  open_ = empty_ = true;
  gap_ = false;
}

void DataBlocks::row(const std::vector<double>& values) {
  // Written only between rows: gnuplot takes two empty lines for the end of the block.
  if (gap_) text_ += '\n';
  gap_ = false;
  for (size_t i = 0; i < values.size(); ++i) {
    if (i) text_ += ' ';
    text_ += std::isfinite(values[i]) ? fmt::format("{:.10g}", values[i]) : "nan";
  }
  text_ += '\n';
  empty_ = false;
}

void DataBlocks::end() {
  if (!open_) return;
  if (empty_) row(std::vector<double>(4, std::nan("")));
  text_ += "\n\n";
}

std::string DataBlocks::text() {
  end();
  open_ = false;
  return text_;
}

namespace {

// The read end of a pipe until its end; more than 64 KiB is read and dropped.
std::string read_all(int descriptor) {
  std::string text;
  char buffer[4096];
  for (;;) {
    const ssize_t n = read(descriptor, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return text;
    if (text.size() < 65536) text.append(buffer, static_cast<size_t>(n));
  }
}

// This process's environment with LC_ALL=C.UTF-8: scripts are UTF-8, and gnuplot 6 warns where its locale has
// no degree sign. Numbers keep their points there, whatever the user's language. Pointers into `environ`.
std::vector<char*> utf8_environment() {
  static char locale[] = "LC_ALL=C.UTF-8";
  std::vector<char*> variables;
  for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable)
    if (!std::string_view(*variable).starts_with("LC_ALL=")) variables.push_back(*variable);
  variables.push_back(locale);
  variables.push_back(nullptr);
  return variables;
}

// gnuplot shows the script's line, a caret, and then the message, which starts with `"FILE" line N:` and may
// have a second line: the system's reason. On one line.
std::string message_of(const std::string& text) {
  std::size_t begin = text.rfind("\" line ");
  begin = begin == std::string::npos ? 0 : text.rfind('\n', begin) + 1;  // npos + 1 is the start
  std::string message;
  for (const char c : std::string_view(text).substr(begin)) {
    const bool blank = c == '\n' || c == '\r' || c == '\t' || c == ' ';
    if (!blank)
      message += c;
    else if (!message.empty() && message.back() != ' ')
      message += ' ';
  }
  while (message.ends_with(' ')) message.pop_back();
  return message.empty() ? "no message" : message;
}

}  // namespace

bool run_gnuplot(const std::filesystem::path& folder, const std::string& script, const std::string& picture) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw UserError(fmt::format("gnuplot: no pipe: {}", std::strerror(errno)));
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
  posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
  // -d: the user's own start-up file must not change a figure. ./: whatever the name begins with, it is a
  // file's.
  std::vector<std::string> words = {"gnuplot", "-d"};
  if (!picture.empty()) words.insert(words.end(), {"-e", "picture = " + gnuplot_quote(picture)});
  words.push_back("./" + script);
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t child = 0;
  const int failure =
      posix_spawnp(&child, "gnuplot", &actions, nullptr, arguments.data(), utf8_environment().data());
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  if (failure != 0) {
    close(ends[0]);
    if (failure == ENOENT || failure == EACCES) return false;
    throw UserError(fmt::format("gnuplot: could not be started: {}", std::strerror(failure)));
  }
  const std::string message = read_all(ends[0]);
  close(ends[0]);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return true;
  if (WIFEXITED(status) && WEXITSTATUS(status) == 127 && message.empty()) return false;
  const std::string ended = WIFSIGNALED(status) ? fmt::format("ended by signal {}", WTERMSIG(status)) : "";
  throw UserError(fmt::format("gnuplot: {}: {}", (folder / script).string(),
                              ended.empty() ? message_of(message) : ended));
}

}  // namespace symopt
