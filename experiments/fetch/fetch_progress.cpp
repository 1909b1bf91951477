// fetch_progress.cpp — bytes, rate and time to go.
#include "experiments/fetch/fetch_progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "experiments/terminal/interrupt.hpp"
#include "experiments/terminal/progress.hpp"
#include "experiments/terminal/standard_error.hpp"

namespace symopt::fetch {

std::string size_text(std::uint64_t bytes) {
  return bytes < 1000000 ? fmt::format("{:.1f} kB", static_cast<double>(bytes) / 1e3)
                         : fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
}

FetchProgress::FetchProgress(std::string set, bool quiet)
    : set_(std::move(set)), quiet_(quiet), terminal_(!quiet && isatty(STDERR_FILENO)) {}
FetchProgress::~FetchProgress() { erase(); }

bool FetchProgress::cancelled() const { return InterruptGuard::interrupted(); }

void FetchProgress::started(const std::string& name) { name_ = name, start_ = Clock::now(), first_ = none; }

void FetchProgress::bytes(std::uint64_t done, std::uint64_t total) {
  if (!terminal_) return;
  const Clock::time_point now = Clock::now();
  if (first_ == none) first_ = done, start_ = now;
  if (now - drawn_ < std::chrono::milliseconds(200)) return;
  drawn_ = now;
  const double seconds = std::chrono::duration<double>(now - start_).count();
  const double rate = seconds > 0 ? static_cast<double>(done - std::min(done, first_)) / seconds : 0;
  std::string line = fmt::format("{}  {}  {}", set_, name_, size_text(done));
  if (total > 0) line += fmt::format(" of {}", size_text(total));
  if (rate > 0) line += fmt::format("  {}/s", size_text(static_cast<std::uint64_t>(rate)));
  if (rate > 0 && total > done)
    line += fmt::format("  {} to go", clock_text(static_cast<double>(total - done) / rate));
  draw_error("\r\033[K" + first_characters(plain_lines(line), 79));
}

void FetchProgress::finished(const std::string& name, std::uint64_t size, const std::string& url) {
  if (quiet_) return;
  erase();
  // Of a set of many pictures every hundredth is enough.
  constexpr int often = 100;
  if (name.find('/') == std::string::npos)
    print_error("{}  {}  {}  from {}\n", set_, name, size_text(size), url);
  else if (++pictures_ % often == 0)
    print_error("{}  {} pictures\n", set_, pictures_);
}

void FetchProgress::failed(const std::string& url, const std::string& reason) {
  erase();
  if (!quiet_) print_error("{}  {}: {}\n", set_, url, reason);
}

void FetchProgress::erase() const {
  if (terminal_) draw_error("\r\033[K");
}

}  // namespace symopt::fetch
