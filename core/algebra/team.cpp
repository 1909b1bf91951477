// team.cpp — rounds of work: the caller opens one, takes shares itself, and waits until the last thread has
// ended.
#include "core/algebra/team.hpp"

#include <optional>
#include <system_error>

#include "core/algebra/subnormals.hpp"

namespace symopt {

Team::Team(int threads) {
  try {
    for (int who = 1; who < threads; ++who) others_.emplace_back([this, who] { wait_for_work(who); });
  } catch (const std::system_error&) {
  }
}

Team::~Team() {
  {
    const std::lock_guard lock(mutex_);
    leaving_ = true;
  }
  begin_.notify_all();
}

void Team::run(Index count, const void* work, Call call) {
  if (others_.empty() || count <= 1) {
    for (Index share = 0; share < count; ++share) call(work, share, 0);
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    call_ = call, work_ = work, count_ = count;
    flush_ = SubnormalsAreZero::here();
    next_ = 0;
    busy_ = static_cast<int>(others_.size());
    ++round_;
  }
  begin_.notify_all();
  take_shares(0);
  std::unique_lock lock(mutex_);
  end_.wait(lock, [this] { return busy_ == 0; });
}

void Team::take_shares(int who) {
  for (Index share = next_++; share < count_; share = next_++) call_(work_, share, who);
}

void Team::wait_for_work(int who) {
  unsigned done = 0;
  while (true) {
    {
      std::unique_lock lock(mutex_);
      begin_.wait(lock, [&] { return leaving_ || round_ != done; });
      if (leaving_) return;
      done = round_;
    }
    {
      std::optional<SubnormalsAreZero> mode;
      if (flush_) mode.emplace();
      take_shares(who);
    }
    {
      const std::lock_guard lock(mutex_);
      --busy_;
    }
    end_.notify_one();
  }
}

}  // namespace symopt
