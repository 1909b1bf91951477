// part_file.hpp — a download on its way: NAME.part beside its target, locked, kept where it breaks off,
// renamed when it is whole.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string_view>

namespace symopt::fetch {

/// Every member throws UserError naming the path and the system's reason, but append(), which is called in
/// the middle of a transfer.
class PartFile {
 public:
  /// Opens what an earlier download left, or makes it; also the folder. UserError where another process has
  /// it.
  explicit PartFile(std::filesystem::path target);
  ~PartFile();
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::uint64_t size() const { return size_; }
  /// Appends; false where the system refuses, with the reason in `error` (errno).
  bool append(std::string_view bytes, int& error);
  void restart();  ///< empties it
  void commit();   ///< on the disk, and under the target's name

 private:
  void open_locked();
  bool is_current();  ///< `path_` still names the file that is open; else closes it

  std::filesystem::path target_, path_;
  int file_ = -1;
  std::uint64_t size_ = 0;
};

}  // namespace symopt::fetch
