// command_runs.hpp — `symopt ARGUMENTS` within the test's process, its outputs caught.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace symopt::test {

struct Ended {
  int status;
  std::string out, error;
};

/// Runs `symopt ARGUMENTS` with `folder` as the current one.
Ended symopt_in(const std::filesystem::path& folder, const std::vector<std::string>& arguments);

}  // namespace symopt::test
