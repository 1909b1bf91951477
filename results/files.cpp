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
#include <memory>
#include <system_error>
#include <utility>

#include "core/regular_file.hpp"

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

fs::path temporary_of(const fs::path& path) {
  static std::atomic<unsigned> counter{0};
  return parent_of(path) /
         fmt::format(".{}{}{}-{}", path.filename().string(), kTemporaryMark, ::getpid(), counter++);
}

AtomicFile::AtomicFile(fs::path path) : path_(std::move(path)) {
  do {
    temporary_ = temporary_of(path_);
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

void commit_file(const fs::path& temporary, const fs::path& path) {
  const int file = ::open(temporary.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  int error = file >= 0 && ::fsync(file) == 0 ? 0 : errno;
  if (file >= 0) ::close(file);
  if (error == 0 && ::rename(temporary.c_str(), path.c_str()) != 0) error = errno;
  if (error == 0) return sync_folder(parent_of(path));
  ::unlink(temporary.c_str());
  throw cannot("write", path, error);
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

int open_own_file(const fs::path& path, int mode) {
  const auto refused = [&](const std::string& found) {
    return FileError(fmt::format("cannot write {}: expected a file of its own, found {}; remove or rename it",
                                 path.string(), found));
  };
  const int file = ::open(path.c_str(), mode | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0666);
  struct stat status {};
  if (file < 0) {
    const int error = errno;
    if (::lstat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode))
      throw refused(file_kind(status.st_mode));
    throw cannot("write", path, error);
  }
  const bool known = ::fstat(file, &status) == 0, own = known && status.st_nlink < 2;
  if (known && own && S_ISREG(status.st_mode)) return file;
  const int error = errno;
  ::close(file);
  if (!known) throw cannot("write", path, error);
  throw refused(S_ISREG(status.st_mode) ? "one that has another name too" : file_kind(status.st_mode));
}

void refuse_linked_folders(const fs::path& folder) {
  std::error_code ignored;
  for (const fs::path& file : list_folder(folder))
    if (fs::is_symlink(file, ignored) && fs::is_directory(file, ignored))
      throw FileError(
          fmt::format("cannot write {}: expected a folder, found a link to one; move that here, or remove it",
                      file.string()));
}

FolderLock::FolderLock(const fs::path& folder, Use use) {
  const fs::path path = folder / kName;
  file_ = open_own_file(path, O_RDWR);
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

std::optional<std::string> read_file(const fs::path& path, std::uint64_t most) {
  const RegularFile opened = open_regular(path);
  if (opened.error == ENOENT) return std::nullopt;
  if (opened.descriptor < 0) throw FileError(fmt::format("cannot read {}: {}", path.string(), opened.fault));
  const auto close = [](const int* file) { ::close(*file); };
  const std::unique_ptr<const int, decltype(close)> closed(&opened.descriptor, close);
  const auto too_large = [&](std::uint64_t size) {
    return FileError(fmt::format("cannot read {}: expected at most {} bytes{}, found {}", path.string(), most,
                                 most == memory_there_is() ? ", the memory there is" : "", size));
  };
  constexpr std::uint64_t kFitsAnyMemory = std::uint64_t{64} << 20;
  if (most == kAnySize && opened.size > kFitsAnyMemory) most = memory_there_is();
  if (opened.size > most) throw too_large(opened.size);
  std::string text(std::max<std::uint64_t>(opened.size + 1, 4096), '\0');
  std::size_t size = 0;
  for (;;) {
    if (size > most) throw too_large(size);
    if (size == text.size()) text.resize(2 * size);
    const ssize_t n = ::read(opened.descriptor, text.data() + size, text.size() - size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw cannot("read", path, errno);
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
