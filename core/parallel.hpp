// parallel.hpp — independent work side by side, where what comes out does not depend on who did it.
#pragma once
#ifdef __linux__
#include <sched.h>
#endif

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace symopt {

/// Calls work(i) for each i below `count`, in `threads` threads: this one and, as far as the system allows,
/// others. Throws the first error, after every thread has ended. How many threads there were.
template <class Work>
std::size_t parallel_for(std::size_t count, std::size_t threads, const Work& work) {
  std::atomic<std::size_t> next{0};
  std::exception_ptr failure;
  std::mutex failure_mutex;
  const auto run = [&] {
    try {
      for (std::size_t i = next++; i < count; i = next++) work(i);
    } catch (...) {
      next = count;
      const std::lock_guard guard(failure_mutex);
      if (!failure) failure = std::current_exception();
    }
  };
  std::vector<std::jthread> others;
  try {
    for (std::size_t i = 1; i < std::min(threads, count); ++i) others.emplace_back(run);
  } catch (const std::system_error&) {  // a limit on threads costs time only
  }
  run();
  const std::size_t started = others.size() + 1;
  others.clear();
  if (failure) std::rethrow_exception(failure);
  return started;
}

/// Cores that this process may run on: of a node with a hundred, a scheduler may have given it two.
inline std::size_t usable_cores() {
#ifdef __linux__
  cpu_set_t cores;
  if (::sched_getaffinity(0, sizeof cores, &cores) == 0) return static_cast<std::size_t>(CPU_COUNT(&cores));
#endif
  return std::max(1u, std::thread::hardware_concurrency());
}

/// The same on all usable cores where there is enough to do: for work of microseconds.
template <class Work>
void parallel_for(std::size_t count, const Work& work) {
  constexpr std::size_t kWorthAThread = 64;
  parallel_for(count, std::min(usable_cores(), count / kWorthAThread), work);
}

}  // namespace symopt
