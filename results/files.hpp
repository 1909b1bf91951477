// files.hpp — files that survive a kill: whole or not there (temporary file, fsync, rename, fsync of the
// folder), and a folder's lock (flock). Nothing is written through a link that lies in a folder.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"

namespace symopt {

/// A file or folder that cannot be read or written: the machine's state, not what a file holds.
class FileError : public UserError {
 public:
  using UserError::UserError;
};

/// Replaces `path` on commit(), in one step. Until then, and where anything fails, `path` stays as it was.
/// Every member throws FileError naming the path and the system's reason (disk full, read-only).
class AtomicFile {
 public:
  explicit AtomicFile(std::filesystem::path path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  void write(std::string_view text);
  void commit();
  /// As commit(), but only where there is no `path` yet: of several processes one makes it. False where it is
  /// there, as it was. (On a file system without hard links the last process wins.)
  bool commit_new();

 private:
  [[noreturn]] void fail(int error);
  void finish();  ///< the temporary file's bytes are on the disk, the file is closed
  std::filesystem::path path_, temporary_;
  int file_ = -1;
};

/// Writes `text` to `path` by temporary file, fsync, rename, fsync of the folder. FileError where that fails
/// (disk full, read-only): the old file, if any, stays as it was.
void write_atomically(const std::filesystem::path& path, const std::string& text);
/// The same where there is no `path` yet; false where there is.
bool write_new(const std::filesystem::path& path, const std::string& text);
/// Gives a file that another program wrote as `temporary` its name, in one step, as commit() does. FileError
/// where that fails; `temporary` is removed, and `path` as it was.
void commit_file(const std::filesystem::path& temporary, const std::filesystem::path& path);
/// Makes durable what was renamed, made or removed in `folder`. FileError where it cannot be.
void sync_folder(const std::filesystem::path& folder);

/// Moves `file` to the folder `damaged` under the first free name, which is returned: what was set aside
/// before stays. Nothing where `file` is not there any more. FileError where it cannot be moved.
std::optional<std::filesystem::path> set_aside(const std::filesystem::path& file,
                                               const std::filesystem::path& damaged);
/// That there is no such file is no error.
void remove_file(const std::filesystem::path& file);

/// FileError naming the first folder within `folder` that is a link to another place: what is written, moved
/// or removed there would be another's. `folder` itself may be a link; that it is not there is no error.
void refuse_linked_folders(const std::filesystem::path& folder);
/// Opens `path` for writing and `mode` (O_RDWR or O_WRONLY), or makes it. FileError where it is anything but
/// a regular file that has no other name: a link, a named pipe, a device. The descriptor is the caller's.
int open_own_file(const std::filesystem::path& path, int mode);

/// Removes what AtomicFiles of killed processes left in `folder`. Only for who holds the folder's lock.
void remove_temporaries(const std::filesystem::path& folder);
bool is_temporary(const std::filesystem::path& file);
/// A name beside `path` that is_temporary() and no other call of any living process gets.
std::filesystem::path temporary_of(const std::filesystem::path& path);
/// Whether its name begins with a dot: what file managers and version control leave in a folder, and locks.
bool is_hidden(const std::filesystem::path& file);

/// A lock on a folder, held until destroyed: for one process alone, or shared by several. UserError naming
/// the folder, and process and machine of a holder where they can be read. Some shared file systems have no
/// locks: there nothing is held and nothing refused, and what protects the folder is that every write is
/// atomic.
class FolderLock {
 public:
  enum class Use { alone, shared };
  static constexpr const char* kName = ".lock";
  explicit FolderLock(const std::filesystem::path& folder, Use use = Use::alone);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;
  /// No other process is in the folder.
  bool alone() const { return alone_; }

 private:
  int file_ = -1;
  bool alone_ = false;
};

/// As many bytes as there is memory for.
inline constexpr std::uint64_t kAnySize = ~std::uint64_t{0};
/// The whole file; nothing where there is none. FileError where it cannot be read, is no regular file (a
/// named pipe, a device) or is larger than `most` bytes, before any of it is read.
std::optional<std::string> read_file(const std::filesystem::path& path, std::uint64_t most = kAnySize);
/// What `folder` holds, by name in byte order; empty where there is no such folder. UserError where it cannot
/// be read.
std::vector<std::filesystem::path> list_folder(const std::filesystem::path& folder);
/// Makes `folder` and those above it, durably. UserError where that cannot be done.
void make_folder(const std::filesystem::path& folder);

}  // namespace symopt
