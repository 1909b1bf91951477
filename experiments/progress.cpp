// progress.cpp — progress on stderr, so that stdout holds results only.
#include "experiments/progress.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>

namespace symopt {

namespace {

constexpr double kRedrawSeconds = 0.2;
// The search's share of a trial's steps under the paper's protocol is about a quarter; only the bar uses it.
constexpr double kSearchShare = 0.25;

size_t terminal_width() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 10 ? size.ws_col : 80;
}

std::string trial_name(const TrialSpec& spec) {
  return fmt::format("{} {} trial {}", spec.network, spec.optimizer_label(), spec.trial);
}

}  // namespace

std::string clock_text(double seconds) {
  const long s = std::lround(seconds);
  if (s >= 3600) return fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
  return fmt::format("{}:{:02}", s / 60, s % 60);
}

Progress::Progress(int total, int left, int jobs, Verbosity verbosity, const std::atomic<bool>& interrupted)
    : total_(total),
      left_(left),
      jobs_(jobs),
      verbosity_(verbosity),
      interrupted_(interrupted),
      terminal_(isatty(STDERR_FILENO) != 0 && verbosity != Verbosity::quiet) {}

Progress::~Progress() { erase(); }

double Progress::fraction(const Running& r) const {
  const double part = r.total > 0 ? static_cast<double>(r.done) / r.total : 0;
  if (!r.spec->protocol.search) return part;
  return r.phase == "search" ? kSearchShare * part : kSearchShare + (1 - kSearchShare) * part;
}

std::string Progress::total_line() const {
  const double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
  double done = ended_;
  for (const Running& r : running_) done += fraction(r);
  std::string line =
      fmt::format("{}/{} trials, {} elapsed", total_ - left_ + ended_, total_, clock_text(seconds));
  if (ended_ > 0)
    line += fmt::format(", {:.1f} trials/min, ETA {}", 60 * ended_ / seconds,
                        clock_text(seconds / done * (left_ - done)));
  return line;
}

void Progress::started(const TrialSpec& spec) {
  const std::lock_guard lock(mutex_);
  running_.push_back({&spec, "search", 0, 0});
  if (terminal_)
    redraw();
  else if (verbosity_ == Verbosity::verbose)
    fmt::print(stderr, "started {}\n", trial_name(spec));
}

void Progress::epoch(const TrialSpec& spec, const char* phase, int done, int total) {
  if (!terminal_ && verbosity_ != Verbosity::verbose) return;
  const std::lock_guard lock(mutex_);
  for (Running& r : running_)
    if (r.spec == &spec) r.phase = phase, r.done = done, r.total = total;
  if (terminal_) {
    if (std::chrono::duration<double>(Clock::now() - last_).count() > kRedrawSeconds) redraw();
  } else if (std::string_view(phase) == "train") {
    fmt::print(stderr, "{}: epoch {}\n", trial_name(spec), done);
  }
}

void Progress::finished(const TrialRecord& record) {
  const std::lock_guard lock(mutex_);
  running_.remove_if([&](const Running& r) { return *r.spec == record.spec; });
  ++ended_;
  if (verbosity_ == Verbosity::quiet) return;
  std::string line = fmt::format("[{}/{}] {}: {}", total_ - left_ + ended_, total_, trial_name(record.spec),
                                 to_text(record.status));
  if (record.status == Status::completed)
    line +=
        fmt::format(", test error {:.2f} %, {} epochs ({}), rate {:.3g}", 100 * outcome(record).test_error,
                    record.curve.size(), record.stop, record.learning_rate);
  else
    line += fmt::format(" ({})", record.message);
  if (record.edge != "none") line += fmt::format(", rate at the {} edge of the grid", record.edge);
  erase();
  fmt::print(stderr, "{}{}\n", line, terminal_ ? "" : "; " + total_line());
  if (terminal_) redraw();
  std::fflush(stderr);
}

void Progress::erase() {
  if (drawn_ > 0) fmt::print(stderr, "\033[{}A\033[J", drawn_);
  drawn_ = 0;
}

void Progress::redraw() {
  last_ = Clock::now();
  erase();
  const size_t width = terminal_width() - 1;
  std::string text;
  const auto add = [&](std::string line) {
    if (line.size() > width) line.resize(width);
    text += line + "\n";
    ++drawn_;
  };
  for (const Running& r : running_) {
    const int cells = 20, full = static_cast<int>(std::lround(cells * fraction(r)));
    add(fmt::format("  [{}{}] {} {} {}/{}", std::string(static_cast<size_t>(full), '#'),
                    std::string(static_cast<size_t>(cells - full), '.'), trial_name(*r.spec), r.phase, r.done,
                    r.total));
  }
  add("  " + total_line());
  fmt::print(stderr, "{}", text);
  std::fflush(stderr);
}

}  // namespace symopt
