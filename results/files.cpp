// files.cpp — POSIX files: every call checked, every error named with its path.
#include "results/files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <system_error>
#include <utility>

namespace symopt {

namespace fs = std::filesystem;

namespace {

constexpr const char* kTemporaryMark = ".tmp-";

std::string reason(int error) { return std::generic_category().message(error); }

FileError cannot(const char* verb, const fs::path& path, int error) {
  return FileError(fmt::format("cannot {} {}: {}", verb, path.string(), reason(error)));
}

bool has_no_links(int error) {
  return error == EPERM || error == ENOSYS || error == ENOTSUP || error == EOPNOTSUPP || error == EMLINK;
}

fs::path parent_of(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

}  // namespace

// A rename is durable once the folder is. Some file systems cannot sync a folder (EINVAL): there it is up to
// them.
void sync_folder(const fs::path& folder) {
  const int file = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0) throw cannot("write", folder, errno);
  const int error = ::fsync(file) == 0 ? 0 : errno;
  ::close(file);
  if (error != 0 && error != EINVAL) throw cannot("write", folder, error);
}

AtomicFile::AtomicFile(fs::path path) : path_(std::move(path)) {
  static std::atomic<unsigned> counter{0};
  do {
    temporary_ = parent_of(path_) /
                 fmt::format(".{}{}{}-{}", path_.filename().string(), kTemporaryMark, ::getpid(), counter++);
    file_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  } while (file_ < 0 && errno == EEXIST);
  if (file_ < 0) throw cannot("write", path_, errno);
}

AtomicFile::~AtomicFile() {
  if (file_ < 0) return;
  ::close(file_);
  ::unlink(temporary_.c_str());
}

void AtomicFile::fail(int error) {
  ::close(std::exchange(file_, -1));
  ::unlink(temporary_.c_str());
  throw cannot("write", path_, error);
}

void AtomicFile::write(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(file_, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail(errno);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

void AtomicFile::finish() {
  if (::fsync(file_) != 0) fail(errno);
  // Network file systems report some errors only here.
  if (::close(std::exchange(file_, -1)) == 0) return;
  const int error = errno;
  ::unlink(temporary_.c_str());
  throw cannot("write", path_, error);
}

void AtomicFile::commit() {
  finish();
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) {
    const int error = errno;
    ::unlink(temporary_.c_str());
    throw cannot("write", path_, error);
  }
  sync_folder(parent_of(path_));
}

bool AtomicFile::commit_new() {
  finish();
  int error = ::link(temporary_.c_str(), path_.c_str()) == 0 ? 0 : errno;
  if (has_no_links(error))
    error = fs::exists(fs::symlink_status(path_))              ? EEXIST
            : ::rename(temporary_.c_str(), path_.c_str()) == 0 ? 0
                                                               : errno;
  ::unlink(temporary_.c_str());
  if (error == EEXIST) return false;
  if (error != 0) throw cannot("write", path_, error);
  sync_folder(parent_of(path_));
  return true;
}

void write_atomically(const fs::path& path, const std::string& text) {
  AtomicFile file(path);
  file.write(text);
  file.commit();
}

bool write_new(const fs::path& path, const std::string& text) {
  AtomicFile file(path);
  file.write(text);
  return file.commit_new();
}

std::optional<fs::path> set_aside(const fs::path& file, const fs::path& damaged) {
  make_folder(damaged);
  fs::path target = damaged / file.filename();
  for (int i = 2; fs::exists(fs::symlink_status(target)); ++i)
    target = damaged / fmt::format("{}.{}", file.filename().string(), i);
  if (::rename(file.c_str(), target.c_str()) == 0) return target;
  const int error = errno;
  if (error == ENOENT && !fs::exists(fs::symlink_status(file))) return std::nullopt;
  throw FileError(fmt::format("cannot move {} to {}: {}", file.string(), target.string(), reason(error)));
}

void remove_file(const fs::path& file) {
  if (::unlink(file.c_str()) != 0 && errno != ENOENT) throw cannot("remove", file, errno);
}

bool is_temporary(const fs::path& file) {
  const std::string name = file.filename().string();
  return name.starts_with('.') && name.find(kTemporaryMark) != std::string::npos;
}

bool is_hidden(const fs::path& file) { return file.filename().string().starts_with('.'); }

void remove_temporaries(const fs::path& folder) {
  for (const fs::path& file : list_folder(folder))
    if (is_temporary(file)) remove_file(file);
}

FolderLock::FolderLock(const fs::path& folder, Use use) {
  const fs::path path = folder / kName;
  file_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (file_ < 0) throw cannot("write", path, errno);
  if (::flock(file_, (use == Use::alone ? LOCK_EX : LOCK_SH) | LOCK_NB) != 0) {
    const int error = errno;
    for (const int no_locks : {ENOLCK, ENOSYS, ENOTSUP, EOPNOTSUPP, EINVAL})
      if (error == no_locks) return;
    std::string holder(300, '\0');
    const ssize_t size = ::pread(file_, holder.data(), holder.size(), 0);
    ::close(file_);
    if (error != EWOULDBLOCK) throw cannot("lock", path, error);
    holder.resize(static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
    holder = holder.substr(0, holder.find('\n'));
    throw UserError(
        fmt::format("output folder: {}: expected no other run in it, found {}; wait for it or use --out",
                    folder.string(), holder.empty() ? "another process" : holder));
  }
  alone_ = use == Use::alone;
  // Who holds it is a help to people; the lock itself does not need it, so errors (disk full) do not matter
  // here.
  char host[256] = "";
  ::gethostname(host, sizeof host - 1);
  const std::string holder = fmt::format("process {} on {}\n", ::getpid(), host);
  if (::ftruncate(file_, 0) == 0) [[maybe_unused]]
    const ssize_t written = ::write(file_, holder.data(), holder.size());
}

FolderLock::~FolderLock() { ::close(file_); }

std::optional<std::string> read_file(const fs::path& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0 && errno == ENOENT) return std::nullopt;
  if (file < 0) throw cannot("read", path, errno);
  std::string text(16384, '\0');
  std::size_t size = 0;
  for (;;) {
    if (size == text.size()) text.resize(2 * size);
    const ssize_t n = ::read(file, text.data() + size, text.size() - size);
    if (n < 0 && errno == EINTR) continue;
    const int error = errno;
    if (n <= 0) ::close(file);
    if (n < 0) throw cannot("read", path, error);
    if (n == 0) break;
    size += static_cast<std::size_t>(n);
  }
  text.resize(size);
  return text;
}

std::vector<fs::path> list_folder(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  fs::directory_iterator entry(folder, error);
  if (error == std::errc::no_such_file_or_directory) return files;
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) files.push_back(entry->path());
  if (error) throw cannot("read", folder, error.value());
  std::sort(files.begin(), files.end());
  return files;
}

void make_folder(const fs::path& folder) {
  std::error_code ignored;  // what cannot be looked at cannot be made either, and mkdir says why
  if (fs::is_directory(folder, ignored)) return;
  const fs::path parent = parent_of(folder);
  if (parent != folder) make_folder(parent);
  if (::mkdir(folder.c_str(), 0777) != 0 && errno != EEXIST) throw cannot("make folder", folder, errno);
  if (!fs::is_directory(folder, ignored)) throw cannot("make folder", folder, ENOTDIR);
  sync_folder(parent);
}

}  // namespace symopt
