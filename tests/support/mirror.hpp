// mirror.hpp — a local web server that breaks off, lies and falls silent (mirror.py), for the tests of
// fetching.
#pragma once
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace symopt::test {

/// Serves a folder while it lives. mirror.py says in which ways.
class Mirror {
 public:
  /// Nothing where there is no python3.
  static std::optional<Mirror> serve(const std::filesystem::path& folder);
  ~Mirror();
  Mirror(Mirror&& other) noexcept;
  Mirror& operator=(Mirror&& other) noexcept;

  /// "http://127.0.0.1:PORT/{how}"
  std::string address(const std::string& how) const;
  /// One line a request so far, in order: "/plain/NAME bytes=100-", "-" without a range.
  std::vector<std::string> requests() const;

 private:
  Mirror(int process, int input, int port) : process_(process), input_(input), port_(port) {}
  int process_, input_, port_;
};

}  // namespace symopt::test
