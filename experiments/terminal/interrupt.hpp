// interrupt.hpp — Ctrl-C as a wish: the first signal asks for an end in order, a second Ctrl-C ends at
// once; nothing finished is lost either way. A terminal that goes away asks likewise; a reader of the
// progress that goes away ends nothing.
#pragma once
#include <atomic>

namespace symopt {

/// While it lives, SIGINT, SIGTERM and SIGHUP (where it is not ignored, as under nohup) only set
/// interrupted(), and SIGPIPE does nothing; before and after, they do what they did.
class InterruptGuard {
 public:
  /// `answer`, a text that outlives this, goes to standard error at the first signal.
  explicit InterruptGuard(const char* answer = "");
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;
  static const std::atomic<bool>& interrupted();

 private:
  using Handler = void (*)(int);
  Handler interrupt_, terminate_, hang_up_, pipe_;
};

}  // namespace symopt
