// files.hpp — files that survive a kill: whole or not there (temporary file, fsync, rename, fsync of the
// folder), and a folder's lock (flock).
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace symopt {

/// Replaces `path` on commit(), in one step. Until then, and where anything fails, `path` stays as it was.
/// Every member throws UserError naming the path and the system's reason (disk full, read-only).
class AtomicFile {
 public:
  explicit AtomicFile(std::filesystem::path path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  void write(std::string_view text);
  void commit();

 private:
  [[noreturn]] void fail(int error);
  std::filesystem::path path_, temporary_;
  int file_ = -1;
};

/// Removes what AtomicFiles of killed processes left in `folder`. Only for who holds the folder's lock.
void remove_temporaries(const std::filesystem::path& folder);
bool is_temporary(const std::filesystem::path& file);

/// Held until destroyed. UserError naming the folder, and process and machine of the holder where they can be
/// read.
class FolderLock {
 public:
  static constexpr const char* kName = ".lock";
  explicit FolderLock(const std::filesystem::path& folder);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int file_ = -1;
};

/// The whole file; nothing where there is none. UserError where it cannot be read.
std::optional<std::string> read_file(const std::filesystem::path& path);
/// What `folder` holds, by name in byte order; empty where there is no such folder. UserError where it cannot
/// be read.
std::vector<std::filesystem::path> list_folder(const std::filesystem::path& folder);
/// Makes `folder` and those above it, durably. UserError where that cannot be done.
void make_folder(const std::filesystem::path& folder);

}  // namespace symopt
