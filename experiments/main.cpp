// main.cpp — the program `symopt`.
#include <fcntl.h>

#include "experiments/commands/command.hpp"

namespace {

// The number of a stream that the caller closed would be given to the next file that is opened, and what is
// printed would go into it. What stands there instead refuses to be written, as a closed stream does.
void occupy_closed_streams() {
  for (const int stream : {0, 1, 2})
    if (::fcntl(stream, F_GETFD) < 0) [[maybe_unused]]
      const int file = ::open("/dev/null", stream == 0 ? O_WRONLY : O_RDONLY);
}

}  // namespace

int main(int argc, char** argv) {
  occupy_closed_streams();
  return symopt::run_command_line({argv + 1, argv + argc});
}
