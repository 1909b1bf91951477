// regular_file.cpp — open(2) without waiting, fstat(2), and where Linux says how much memory there is.
#include "core/regular_file.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <limits>
#include <system_error>

namespace symopt {

std::string file_kind(unsigned mode) {
  if (S_ISREG(mode)) return "a regular file";
  if (S_ISDIR(mode)) return "a folder";
  if (S_ISLNK(mode)) return "a link";
  if (S_ISFIFO(mode)) return "a named pipe";
  if (S_ISSOCK(mode)) return "a socket";
  return "a device";
}

RegularFile open_regular(const std::filesystem::path& path) {
  RegularFile file;
  const auto refused = [&](int error) {
    if (file.descriptor >= 0) ::close(file.descriptor);
    file.descriptor = -1, file.error = error;
    if (file.fault.empty()) file.fault = std::generic_category().message(error);
    return file;
  };
  // Without O_NONBLOCK a named pipe would wait for its other end, and no signal would end that.
  file.descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (file.descriptor < 0) return refused(errno);
  struct stat status {};
  if (::fstat(file.descriptor, &status) != 0) return refused(errno);
  if (!S_ISREG(status.st_mode)) {
    file.fault = "expected a regular file, found " + file_kind(status.st_mode);
    return refused(EINVAL);
  }
  file.size = static_cast<std::uint64_t>(status.st_size);
  return file;
}

FileStream open_regular_stream(const std::filesystem::path& path, std::string& fault) {
  const RegularFile file = open_regular(path);
  fault = file.fault;
  if (file.descriptor < 0) return {nullptr, &std::fclose};
  std::FILE* const stream = ::fdopen(file.descriptor, "rb");
  if (stream == nullptr) {
    fault = std::generic_category().message(errno);
    ::close(file.descriptor);
  }
  return {stream, &std::fclose};
}

namespace {

constexpr std::uint64_t kNoLimit = std::numeric_limits<std::uint64_t>::max();

// The number that a file begins with; no limit where there is none ("max").
std::uint64_t limit_in(const char* path) {
  std::ifstream file(path);
  std::uint64_t value = 0;
  return file >> value ? value : kNoLimit;
}

std::uint64_t installed_memory() {
  std::ifstream file("/proc/meminfo");
  std::uint64_t total = 0, kibibytes = 0;
  for (std::string name, unit; file >> name >> kibibytes; std::getline(file, unit))
    if (name == "MemTotal:" || name == "SwapTotal:") total += 1024 * kibibytes;
  return total > 0 ? total : kNoLimit;
}

}  // namespace

std::uint64_t machine_memory() {
  std::uint64_t least = installed_memory();
  for (const char* group : {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"})
    least = std::min(least, limit_in(group));
  return least;
}

std::uint64_t memory_there_is() {
  std::uint64_t least = machine_memory();
  rlimit own{};
  if (::getrlimit(RLIMIT_AS, &own) == 0 && own.rlim_cur != RLIM_INFINITY)
    least = std::min(least, static_cast<std::uint64_t>(own.rlim_cur));
  return least;
}

}  // namespace symopt
