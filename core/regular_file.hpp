// regular_file.hpp — files that are read must be files: opening never waits for a pipe's other end, and what
// has no end (a device) or is larger than the memory there is (a sparse file) is told before a byte of it is
// read.
#pragma once
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

namespace symopt {

/// A file that is open for reading, or why it is not.
struct RegularFile {
  int descriptor = -1;     ///< the caller's, who closes it; closed on exec
  std::uint64_t size = 0;  ///< bytes
  int error = 0;           ///< errno, where the system refuses
  std::string fault;  ///< "" where it is open, else the system's reason or "expected a regular file, found …"
};
RegularFile open_regular(const std::filesystem::path& path);

/// The same as a stream, null where it is not open; `fault` then says why.
using FileStream = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;
FileStream open_regular_stream(const std::filesystem::path& path, std::string& fault);

/// "a folder", "a named pipe", "a device", …: what a file's mode (st_mode) says it is.
std::string file_kind(unsigned mode);

/// Bytes of memory of the machine, swap included, or of this process's control group where that has fewer.
std::uint64_t machine_memory();
/// The same, or the process's own limit (ulimit -v) where that is less.
std::uint64_t memory_there_is();

}  // namespace symopt
