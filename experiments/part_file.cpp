// part_file.cpp — append, fsync, rename, and the lock (flock) that keeps a second download away.
#include "experiments/part_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "core/error.hpp"
#include "results/files.hpp"

namespace symopt {

namespace fs = std::filesystem;

namespace {

UserError cannot(const char* verb, const fs::path& path, int error) {
  return UserError(
      fmt::format("cannot {} {}: {}", verb, path.string(), std::generic_category().message(error)));
}

}  // namespace

PartFile::PartFile(fs::path target) : target_(std::move(target)), path_(target_.string() + ".part") {
  make_folder(target_.parent_path());
  file_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
  if (file_ < 0) throw cannot("write", path_, errno);
  const auto refuse = [&](const UserError& error) {
    ::close(file_);
    return error;
  };
  if (::flock(file_, LOCK_EX | LOCK_NB) != 0)
    throw errno == EWOULDBLOCK
        ? refuse(UserError(path_.string(), "lock", "no other download of this file", "another process's"))
        : refuse(cannot("lock", path_, errno));
  const off_t end = ::lseek(file_, 0, SEEK_END);
  if (end < 0) throw refuse(cannot("read", path_, errno));
  size_ = static_cast<std::uint64_t>(end);
}

PartFile::~PartFile() {
  if (file_ < 0) return;
  ::close(file_);
  // Nothing is worth keeping of a download that brought nothing.
  if (size_ == 0) ::unlink(path_.c_str());
}

bool PartFile::append(std::string_view bytes, int& error) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      error = errno;
      return false;
    }
    size_ += static_cast<std::uint64_t>(written);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

void PartFile::restart() {
  if (::ftruncate(file_, 0) != 0 || ::lseek(file_, 0, SEEK_SET) != 0) throw cannot("write", path_, errno);
  size_ = 0;
}

void PartFile::commit() {
  if (::fsync(file_) != 0) throw cannot("write", path_, errno);
  if (::rename(path_.c_str(), target_.c_str()) != 0) throw cannot("write", target_, errno);
  ::close(std::exchange(file_, -1));
  const int folder = ::open(target_.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) throw cannot("open", target_.parent_path(), errno);
  const int error = ::fsync(folder) == 0 || errno == EINVAL ? 0 : errno;
  ::close(folder);
  if (error != 0) throw cannot("write", target_.parent_path(), error);
}

void PartFile::discard() {
  ::unlink(path_.c_str());
  ::close(std::exchange(file_, -1));
}

}  // namespace symopt
