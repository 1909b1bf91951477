// kept_log.hpp — an optimizer's log as a training keeps it: each event with its step and its seconds.
#pragma once
#include <chrono>
#include <string>
#include <vector>

#include "optimizers/log.hpp"

namespace symopt {

/// Has room for the events of most trainings from the start, so that telling it allocates nothing.
class KeptLog final : public Log {
 public:
  KeptLog() {
    teleports_.reserve(1000);
    draws_.reserve(8);
  }
  /// Forgets all.
  void clear() {
    teleports_.clear();
    draws_.clear();
    remarks_.clear();
  }
  /// What follows is of the step after `t` others.
  void begin_step(std::int64_t t) {
    t_ = t;
    draws_.clear();
  }

  void begin_event() override { began_ = Clock::now(); }
  void teleported(const Teleport& told) override {
    Teleport& teleport = teleports_.emplace_back(told);
    teleport.step = t_;
    teleport.seconds = std::chrono::duration<double>(Clock::now() - began_).count();
  }
  void drew(const Draw& draw) override { draws_.push_back(draw); }
  void remark(std::string_view line) override { (remarks_ += remarks_.empty() ? "" : "; ") += line; }

  const std::vector<Teleport>& teleports() const { return teleports_; }
  const std::vector<Draw>& draws() const { return draws_; }  ///< of the last step
  const std::string& remarks() const { return remarks_; }    ///< in one line; empty: none

 private:
  using Clock = std::chrono::steady_clock;
  std::int64_t t_ = 0;
  Clock::time_point began_;
  std::vector<Teleport> teleports_;
  std::vector<Draw> draws_;
  std::string remarks_;
};

}  // namespace symopt
