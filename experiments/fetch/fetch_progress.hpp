// fetch_progress.hpp — what a person sees of a fetch: on a terminal one line that is redrawn, elsewhere a
// line a file.
#pragma once
#include <chrono>

#include "experiments/fetch/fetch.hpp"

namespace symopt::fetch {

class FetchProgress final : public FetchMonitor {
 public:
  /// Of one data set. Cancelled by Ctrl-C where an InterruptGuard lives.
  FetchProgress(std::string set, bool quiet);
  ~FetchProgress() override;
  bool cancelled() const override;
  void started(const std::string& name) override;
  void bytes(std::uint64_t done, std::uint64_t total) override;
  void finished(const std::string& name, std::uint64_t size, const std::string& url) override;
  void failed(const std::string& url, const std::string& reason) override;

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr std::uint64_t none = ~std::uint64_t{0};
  void erase() const;

  std::string set_, name_;
  bool quiet_, terminal_;
  std::uint64_t first_ = none;  // bytes that were there before
  int pictures_ = 0;
  Clock::time_point start_{}, drawn_{};
};

/// "4.5 kB", "11.6 MB".
std::string size_text(std::uint64_t bytes);

}  // namespace symopt::fetch
