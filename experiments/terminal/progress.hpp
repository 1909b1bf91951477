// progress.hpp — what a person sees of a run. On a terminal: one line per running trial and one for the
// whole, redrawn; elsewhere: a plain line per finished trial.
#pragma once
#include <atomic>
#include <chrono>
#include <list>
#include <mutex>
#include <string>

#include "protocols/runner.hpp"

namespace symopt {

enum class Verbosity { quiet, normal, verbose };

class Progress final : public RunMonitor {
 public:
  /// `left` trials of `total` are to run. `interrupted` is set by the signal handler. Trials are named with
  /// their data set where there are several.
  Progress(int total, int left, Verbosity verbosity, const std::atomic<bool>& interrupted,
           bool several_datasets = false);
  ~Progress() override;
  void epoch(const TrialSpec& spec, const char* phase, int done, int total) override;
  void note(const std::string& line) override;
  bool cancelled() const override { return interrupted_; }
  void started(const TrialSpec& spec) override;
  void finished(const TrialRecord& record) override;

 private:
  using Clock = std::chrono::steady_clock;
  struct Running {
    const TrialSpec* spec;
    std::string phase;
    int done, total;
  };
  std::string trial_name(const TrialSpec& spec) const;
  double fraction(const Running& running) const;
  std::string pace() const;  ///< time, rate, time to go; with mutex_ held
  void redraw();             // with mutex_ held
  void erase();
  void count_interruption();  ///< the line that tells of it stands below what was drawn

  int total_, left_, ended_ = 0;
  Verbosity verbosity_;
  const std::atomic<bool>& interrupted_;
  bool several_datasets_;
  bool terminal_, interruption_counted_ = false;
  int drawn_ = 0;  // lines on the terminal that the next drawing replaces
  std::mutex mutex_;
  std::list<Running> running_;
  Clock::time_point start_ = Clock::now(), last_ = start_;
};

/// The first `count` characters of UTF-8 text; never a part of one.
std::string first_characters(const std::string& text, size_t count);

/// "1:02:03" or "4:05".
std::string clock_text(double seconds);

}  // namespace symopt
