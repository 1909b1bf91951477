// parallel.hpp — independent work side by side, where what comes out does not depend on who did it.
#pragma once
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
/// others. Throws the first error, after every thread has ended.
template <class Work>
void parallel_for(std::size_t count, std::size_t threads, const Work& work) {
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
  others.clear();
  if (failure) std::rethrow_exception(failure);
}

/// The same on all cores where there is enough to do: for work of microseconds.
template <class Work>
void parallel_for(std::size_t count, const Work& work) {
  constexpr std::size_t kWorthAThread = 64;
  const std::size_t cores = std::max(1u, std::thread::hardware_concurrency());
  parallel_for(count, std::min(cores, count / kWorthAThread), work);
}

}  // namespace symopt
