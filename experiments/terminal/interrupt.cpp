// interrupt.cpp — the signal handlers.
#include "experiments/terminal/interrupt.hpp"

#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

namespace symopt {

namespace {

std::atomic<bool> flag{false};
std::atomic<const char*> answer_of_now{""};

// A second SIGTERM does nothing: schedulers send several. Nor does a second SIGHUP: terminals do.
void on_signal(int signal) {
  constexpr int interrupted_status = 130;
  if (flag.exchange(true)) {
    if (signal == SIGINT) _exit(interrupted_status);
    return;
  }
  const char* text = answer_of_now;
  const int error = errno;  // whoever was interrupted may be about to read it
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text, std::strlen(text));
  errno = error;
}

}  // namespace

InterruptGuard::InterruptGuard(const char* answer) {
  answer_of_now = answer;
  interrupt_ = std::signal(SIGINT, on_signal);
  terminate_ = std::signal(SIGTERM, on_signal);
  hang_up_ = std::signal(SIGHUP, on_signal);
  if (hang_up_ == SIG_IGN) std::signal(SIGHUP, SIG_IGN);
  pipe_ = std::signal(SIGPIPE, SIG_IGN);
}

InterruptGuard::~InterruptGuard() {
  std::signal(SIGINT, interrupt_);
  std::signal(SIGTERM, terminate_);
  std::signal(SIGHUP, hang_up_);
  std::signal(SIGPIPE, pipe_);
}

const std::atomic<bool>& InterruptGuard::interrupted() { return flag; }

}  // namespace symopt
