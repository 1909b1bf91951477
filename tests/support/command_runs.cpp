// command_runs.cpp — standard output and error go to files meanwhile.
#include "tests/support/command_runs.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <stdexcept>

#include "experiments/commands/command.hpp"
#include "tests/support/records.hpp"

namespace symopt::test {

namespace fs = std::filesystem;

namespace {

// Sends one of the process's outputs to a file while it lives.
class Redirected {
 public:
  Redirected(FILE* stream, const fs::path& file) : stream_(stream), descriptor_(fileno(stream)) {
    std::fflush(stream_);
    kept_ = ::dup(descriptor_);
    const int target = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (target < 0) throw std::runtime_error("no file for the output");
    ::dup2(target, descriptor_);
    ::close(target);
  }
  ~Redirected() {
    std::fflush(stream_);
    ::dup2(kept_, descriptor_);
    ::close(kept_);
  }
  Redirected(const Redirected&) = delete;

 private:
  FILE* stream_;
  int descriptor_, kept_;
};

}  // namespace

Ended symopt_in(const fs::path& folder, const std::vector<std::string>& arguments) {
  const fs::path before = fs::current_path();
  const ScratchFolder outputs;
  Ended ended{};
  {
    const Redirected out(stdout, outputs / "out"), error(stderr, outputs / "error");
    fs::current_path(folder);
    ended.status = run_command_line(arguments);
    fs::current_path(before);
  }
  ended.out = read_text(outputs / "out"), ended.error = read_text(outputs / "error");
  return ended;
}

}  // namespace symopt::test
