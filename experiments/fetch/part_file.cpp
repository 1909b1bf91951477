// part_file.cpp — append, fsync, rename, and the lock (flock) that keeps a second download away.
#include "experiments/fetch/part_file.hpp"

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

namespace symopt::fetch {

namespace fs = std::filesystem;

namespace {

UserError cannot(const char* verb, const fs::path& path, int error) {
  return UserError(
      fmt::format("cannot {} {}: {}", verb, path.string(), std::generic_category().message(error)));
}

}  // namespace

PartFile::PartFile(fs::path target) : target_(std::move(target)), path_(target_.string() + ".part") {
  make_folder(target_.parent_path());
  std::error_code ignored;
  if (fs::is_symlink(target_.parent_path(), ignored))
    throw UserError(
        fmt::format("cannot write {}: expected a folder, found a link to one; fetch to where it leads",
                    target_.parent_path().string()));
  do open_locked();
  while (!is_current());
  const off_t end = ::lseek(file_, 0, SEEK_END);
  if (end < 0) {
    const int error = errno;
    ::close(file_);
    throw cannot("read", path_, error);
  }
  size_ = static_cast<std::uint64_t>(end);
}

void PartFile::open_locked() {
  file_ = open_own_file(path_, O_WRONLY);
  if (::flock(file_, LOCK_EX | LOCK_NB) == 0) return;
  const int error = errno;
  ::close(file_);
  if (error == EWOULDBLOCK)
    throw UserError(path_.string(), "lock", "no other download of this file", "another process's");
  throw cannot("lock", path_, error);
}

// Between the opening and the lock the download that had it may have ended: what was opened then is the whole
// file under its own name, or no file any more.
bool PartFile::is_current() {
  struct stat opened, named;
  if (::fstat(file_, &opened) == 0 && ::lstat(path_.c_str(), &named) == 0 && opened.st_dev == named.st_dev &&
      opened.st_ino == named.st_ino)
    return true;
  ::close(file_);
  return false;
}

PartFile::~PartFile() {
  if (file_ < 0) return;
  // Nothing is worth keeping of a download that brought nothing. Removed while it is locked: once it is not,
  // it may be another's.
  if (size_ == 0) ::unlink(path_.c_str());
  ::close(file_);
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
  sync_folder(target_.parent_path());
}

}  // namespace symopt::fetch
