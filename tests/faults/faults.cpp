// faults.cpp — for LD_PRELOAD: the n-th call of one kind that concerns files below a folder fails, or does a
// part of what was asked, as where a disk is full or a signal comes.
//
//   SYMOPT_FAULT=KIND:N:ERROR   KIND: open (for writing), write, pwrite, fsync, rename, link, close, unlink,
//   mkdir,
//                               ftruncate; N: from 1, 0: none; ERROR: a number of errno, or `short` (write,
//                               pwrite)
//   SYMOPT_FAULT_UNDER=TEXT     files whose path contains it
//   SYMOPT_FAULT_COUNTS=FILE    gets a line "KIND COUNT" for each kind when a program ends that made such
//   calls
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

enum Kind { open_, write_, pwrite_, fsync_, rename_, link_, close_, unlink_, mkdir_, ftruncate_, kinds };
constexpr const char* kNames[kinds] = {"open", "write", "pwrite", "fsync", "rename",
                                       "link", "close", "unlink", "mkdir", "ftruncate"};

std::atomic<int> counts[kinds];
std::atomic<bool> watched[4096];  // descriptors

struct Fault {
  int kind = -1, number = 0, error = 0;
  bool cut = false;
  const char* under = "";
  Fault() {
    if (const char* text = std::getenv("SYMOPT_FAULT_UNDER")) under = text;
    const char* const text = std::getenv("SYMOPT_FAULT");
    const char* const first = text == nullptr ? nullptr : std::strchr(text, ':');
    const char* const second = first == nullptr ? nullptr : std::strchr(first + 1, ':');
    if (second == nullptr) return;
    for (int k = 0; k < kinds; ++k)
      if (std::strlen(kNames[k]) == static_cast<std::size_t>(first - text) &&
          std::strncmp(text, kNames[k], std::strlen(kNames[k])) == 0)
        kind = k;
    number = std::atoi(first + 1);
    cut = std::strcmp(second + 1, "short") == 0;
    error = std::atoi(second + 1);
  }
};
const Fault& fault() {
  static const Fault the_fault;
  return the_fault;
}

bool concerns(const char* path) {
  return fault().under[0] != '\0' && std::strstr(path, fault().under) != nullptr;
}
bool concerns(int file) { return file >= 0 && file < 4096 && watched[file]; }

// Counts the call; true where it is the one that fails.
bool strikes(Kind kind) {
  const int number = ++counts[kind];
  return kind == fault().kind && number == fault().number;
}

template <class Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

int fail() {
  errno = fault().error;
  return -1;
}

struct Report {
  ~Report() {
    const char* const file = std::getenv("SYMOPT_FAULT_COUNTS");
    int all = 0;
    for (const std::atomic<int>& count : counts) all += count;
    if (file == nullptr || all == 0) return;  // a program that touches none of the files, as `timeout`
    if (std::FILE* const out = std::fopen(file, "w")) {
      for (int k = 0; k < kinds; ++k) std::fprintf(out, "%s %d\n", kNames[k], counts[k].load());
      std::fclose(out);
    }
  }
} report;

int open_watched(const char* path, int flags, mode_t mode) {
  static auto* const real = next<int(const char*, int, ...)>("open");
  const bool writes = (flags & (O_WRONLY | O_RDWR | O_CREAT)) != 0 && concerns(path);
  if (writes && strikes(open_)) return fail();
  const int file = real(path, flags, mode);
  if (file >= 0 && file < 4096) watched[file] = concerns(path);
  return file;
}

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return open_watched(path, flags, mode);
}
int open64(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return open_watched(path, flags, mode);
}

ssize_t write(int file, const void* bytes, size_t size) {
  static auto* const real = next<ssize_t(int, const void*, size_t)>("write");
  if (concerns(file) && strikes(write_)) {
    if (!fault().cut) return fail();
    size = size > 1 ? size / 2 : size;
  }
  return real(file, bytes, size);
}

ssize_t pwrite(int file, const void* bytes, size_t size, off_t offset) {
  static auto* const real = next<ssize_t(int, const void*, size_t, off_t)>("pwrite");
  if (concerns(file) && strikes(pwrite_)) {
    if (!fault().cut) return fail();
    size = size > 1 ? size / 2 : size;
  }
  return real(file, bytes, size, offset);
}

int fsync(int file) {
  static auto* const real = next<int(int)>("fsync");
  return concerns(file) && strikes(fsync_) ? fail() : real(file);
}

// The descriptor is gone, whatever close() returns.
int close(int file) {
  static auto* const real = next<int(int)>("close");
  const bool struck = concerns(file) && strikes(close_);
  if (file >= 0 && file < 4096) watched[file] = false;
  const int result = real(file);
  return struck ? fail() : result;
}

int ftruncate(int file, off_t size) noexcept {
  static auto* const real = next<int(int, off_t)>("ftruncate");
  return concerns(file) && strikes(ftruncate_) ? fail() : real(file, size);
}

int rename(const char* from, const char* to) noexcept {
  static auto* const real = next<int(const char*, const char*)>("rename");
  return concerns(to) && strikes(rename_) ? fail() : real(from, to);
}

int link(const char* from, const char* to) noexcept {
  static auto* const real = next<int(const char*, const char*)>("link");
  return concerns(to) && strikes(link_) ? fail() : real(from, to);
}

int unlink(const char* path) noexcept {
  static auto* const real = next<int(const char*)>("unlink");
  return concerns(path) && strikes(unlink_) ? fail() : real(path);
}

int mkdir(const char* path, mode_t mode) noexcept {
  static auto* const real = next<int(const char*, mode_t)>("mkdir");
  return concerns(path) && strikes(mkdir_) ? fail() : real(path, mode);
}

}  // extern "C"
