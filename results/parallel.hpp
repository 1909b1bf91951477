// parallel.hpp — independent work side by side, where what comes out does not depend on who did it.
#pragma once
#include <algorithm>
#include <atomic>
#include <cstddef>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace symopt {

/// Calls work(i) for each i below `count`, on all cores where there is enough to do. Throws the first error,
/// after every thread has ended.
template <class Work>
void parallel_for(std::size_t count, const Work& work) {
  constexpr std::size_t kWorthAThread = 64;
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
  const std::size_t cores = std::max(1u, std::thread::hardware_concurrency());
  std::vector<std::jthread> others;
  for (std::size_t i = 1; i < std::min(cores, count / kWorthAThread); ++i) others.emplace_back(run);
  run();
  others.clear();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace symopt
