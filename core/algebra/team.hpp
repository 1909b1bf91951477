// team.hpp — the threads of one trial: they wait between its passes and take shares of the work of a pass.
#pragma once
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "core/arrays.hpp"

namespace symopt {

/// Shares are numbered by the caller and cut without regard to the number of threads, so that what comes out
/// does not depend on it. A limit of the system on threads makes a team smaller, which costs time only.
class Team {
 public:
  explicit Team(int threads = 1);
  ~Team();
  Team(const Team&) = delete;

  /// Threads, the caller's among them.
  int size() const { return static_cast<int>(others_.size()) + 1; }

  /// Calls work(share, who) for each share < count, who < size() telling apart what runs at the same time.
  /// Each share's arithmetic treats subnormal numbers as the caller's does. `work` may not throw. Allocates
  /// nothing.
  template <class Work>
  void run(Index count, const Work& work) {
    run(count, &work,
        [](const void* w, Index share, int who) { (*static_cast<const Work*>(w))(share, who); });
  }

 private:
  using Call = void (*)(const void* work, Index share, int who);
  void run(Index count, const void* work, Call call);
  void take_shares(int who);
  void wait_for_work(int who);

  std::mutex mutex_;
  std::condition_variable begin_, end_;
  unsigned round_ = 0;  // of work, so that each thread takes part in each once
  int busy_ = 0;        // others that have not ended this round
  bool leaving_ = false;
  Call call_ = nullptr;
  const void* work_ = nullptr;
  Index count_ = 0;
  bool flush_ = false;  // subnormals are zero in the caller
  std::atomic<Index> next_{0};
  std::vector<std::jthread> others_;
};

}  // namespace symopt
