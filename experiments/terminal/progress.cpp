// progress.cpp — progress on stderr, so that stdout holds results only.
#include "experiments/terminal/progress.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "experiments/terminal/standard_error.hpp"

namespace symopt {

namespace {

constexpr double kRedrawSeconds = 0.2;
// The search's share of a trial's steps under the paper's protocol is about a quarter; only the bar uses it.
constexpr double kSearchShare = 0.25;

struct Terminal {
  size_t columns = 80, rows = 24;
};
Terminal terminal_size() {
  winsize size{};
  Terminal terminal;
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0) return terminal;
  if (size.ws_col > 0) terminal.columns = size.ws_col;
  if (size.ws_row > 0) terminal.rows = size.ws_row;
  return terminal;
}

// A terminal that can go up and erase.
bool can_redraw() {
  const char* type = std::getenv("TERM");
  return isatty(STDERR_FILENO) != 0 && type != nullptr && std::string_view(type) != "dumb";
}

// Where the window has no room for it, the words are worth more.
constexpr size_t kBarColumns = 70;
std::string bar(double fraction) {
  const long cells = 20, full = std::lround(cells * fraction);
  return fmt::format("[{:.<{}}] ", std::string(static_cast<size_t>(full), '#'), cells);
}

}  // namespace

std::string clock_text(double seconds) {
  const long s = std::lround(seconds);
  if (s >= 3600) return fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
  return fmt::format("{}:{:02}", s / 60, s % 60);
}

std::string first_characters(const std::string& text, size_t count) {
  size_t bytes = 0;
  for (; bytes < text.size(); ++bytes) {
    const bool starts_character = (static_cast<unsigned char>(text[bytes]) & 0xC0) != 0x80;
    if (starts_character && count-- == 0) break;
  }
  return text.substr(0, bytes);
}

Progress::Progress(int total, int left, Verbosity verbosity, const std::atomic<bool>& interrupted,
                   bool several_datasets)
    : total_(total),
      left_(left),
      verbosity_(verbosity),
      interrupted_(interrupted),
      several_datasets_(several_datasets),
      terminal_(can_redraw() && verbosity != Verbosity::quiet) {}

Progress::~Progress() { erase(); }

std::string Progress::trial_name(const TrialSpec& spec) const {
  return fmt::format("{}{} {} trial {}", several_datasets_ ? spec.dataset + " " : "", spec.network,
                     spec.optimizer_label(), spec.trial);
}

double Progress::fraction(const Running& r) const {
  const double part = r.total > 0 ? static_cast<double>(r.done) / r.total : 0;
  if (!r.spec->protocol.search) return part;
  return r.phase == "search" ? kSearchShare * part : kSearchShare + (1 - kSearchShare) * part;
}

std::string Progress::pace() const {
  const double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
  double done = ended_;
  for (const Running& r : running_) done += fraction(r);
  std::string line = clock_text(seconds) + " elapsed";
  if (ended_ > 0)
    line += fmt::format(", {:.1f} trials/min, ETA {}", 60 * ended_ / seconds,
                        clock_text(seconds / done * (left_ - done)));
  return line;
}

void Progress::started(const TrialSpec& spec) {
  const std::lock_guard lock(mutex_);
  running_.push_back({&spec, spec.protocol.search ? "search" : "train", 0, 0});
  if (terminal_)
    redraw();
  else if (verbosity_ == Verbosity::verbose)
    print_error("started {}\n", trial_name(spec));
}

void Progress::epoch(const TrialSpec& spec, const char* phase, int done, int total) {
  if (!terminal_ && verbosity_ != Verbosity::verbose) return;
  const std::lock_guard lock(mutex_);
  for (Running& r : running_)
    if (r.spec == &spec) r.phase = phase, r.done = done, r.total = total;
  if (terminal_) {
    if (std::chrono::duration<double>(Clock::now() - last_).count() > kRedrawSeconds) redraw();
  } else if (std::string_view(phase) == "train") {
    print_error("{}: epoch {}\n", trial_name(spec), done);
  }
}

void Progress::finished(const TrialRecord& record) {
  const std::lock_guard lock(mutex_);
  running_.remove_if([&](const Running& r) { return *r.spec == record.spec; });
  ++ended_;
  if (verbosity_ == Verbosity::quiet) return;
  const Outcome o = outcome(record);
  const bool tested = record.spec.protocol.test;
  std::string line = fmt::format("[{}/{}] {}: ", total_ - left_ + ended_, total_, trial_name(record.spec));
  if (record.status == Status::completed)
    line += fmt::format("{} error {:.2f} %, {} epochs ({}), rate {:.3g}", tested ? "test" : "validation",
                        100 * (tested ? o.test_error : o.validation_error), record.curve.size(), record.stop,
                        record.learning_rate);
  else
    line += fmt::format("{} ({})", to_text(record.status), record.message);
  if (record.status == Status::completed && !record.message.empty())
    line += fmt::format(" ({})", record.message);
  if (record.edge != "none") line += fmt::format(" ({} edge)", record.edge);
  erase();
  print_error("{}{}\n", line, terminal_ ? "" : "; " + pace());
  if (terminal_) redraw();
}

// Said even where no progress is.
void Progress::note(const std::string& line) {
  const std::lock_guard lock(mutex_);
  erase();
  print_error("symopt: {}\n", line);
  if (terminal_) redraw();
}

void Progress::count_interruption() {
  if (!interrupted_ || interruption_counted_) return;
  interruption_counted_ = true;
  if (drawn_ > 0) ++drawn_;
}

void Progress::erase() {
  count_interruption();
  // From the first column: a ^C that the terminal echoed stands where the cursor was.
  if (drawn_ > 0) draw_error(fmt::format("\r\033[{}A\033[J", drawn_));
  drawn_ = 0;
}

void Progress::redraw() {
  last_ = Clock::now();
  count_interruption();
  const Terminal terminal = terminal_size();
  // Line over line: erased first, the whole would flicker, and a full window would move to the scroll-back.
  std::string text = drawn_ > 0 ? fmt::format("\r\033[{}A", drawn_) : "";
  drawn_ = 0;
  const auto add = [&](const std::string& line) {
    text += first_characters(plain_lines(line), terminal.columns - 1) + "\033[K\n";
    ++drawn_;
  };
  // What scrolls out of the window cannot be drawn over: two lines are for the totals, one for the cursor,
  // one for what stands above.
  const size_t room = std::max<size_t>(terminal.rows, 5) - 4;
  size_t shown = 0;
  for (const Running& r : running_) {
    if (shown == room) break;
    ++shown;
    add(fmt::format("  {}{} {}{}", terminal.columns < kBarColumns ? "" : bar(fraction(r)),
                    trial_name(*r.spec), r.phase,
                    r.total > 0 ? fmt::format(" {}/{}", r.done, r.total) : " begins"));
  }
  if (shown < running_.size()) add(fmt::format("  and {} more at work", running_.size() - shown));
  add(fmt::format("  {}/{} trials, {}", total_ - left_ + ended_, total_, pace()));
  draw_error(text + "\033[J");
}

}  // namespace symopt
