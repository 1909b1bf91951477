// build_info.cpp — versions of what the results depend on.
#include "experiments/build_info.hpp"

#include <curl/curl.h>
#include <fmt/core.h>
#include <openssl/crypto.h>
#include <sys/utsname.h>
#include <zlib.h>

#include <Eigen/Core>
#include <boost/version.hpp>
#include <fstream>
#include <thread>

#ifdef __GLIBC__
#include <gnu/libc-version.h>
#endif

namespace symopt {

namespace {

std::string processor() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);)
    if (const size_t colon = line.find(": "); colon != std::string::npos && line.starts_with("model name"))
      return line.substr(colon + 2);
  return "unknown";
}

// The first processor's: "L1d 48K, L1i 32K, L2 1024K, L3 32768K"
std::string caches() {
  std::string text;
  for (int i = 0;; ++i) {
    const auto read = [&](const char* what) {
      std::ifstream file(fmt::format("/sys/devices/system/cpu/cpu0/cache/index{}/{}", i, what));
      std::string line;
      std::getline(file, line);
      return line;
    };
    const std::string level = read("level"), type = read("type"), size = read("size");
    if (level.empty()) return text.empty() ? "unknown" : text;
    const char* kind = type == "Data" ? "d" : type == "Instruction" ? "i" : "";
    text += fmt::format("{}L{}{} {}", text.empty() ? "" : ", ", level, kind, size);
  }
}

std::string c_library() {
#ifdef __GLIBC__
  return fmt::format("glibc {}", gnu_get_libc_version());
#else
  return "unknown";
#endif
}

std::string operating_system() {
  utsname names{};
  return ::uname(&names) == 0 ? fmt::format("{} {} {}", names.sysname, names.release, names.machine)
                              : "unknown";
}

}  // namespace

std::vector<std::pair<std::string, std::string>> build_info() {
  return {
      {"symopt", kVersion},
      {"commit", kCommit},
      {"compiler", kCompiler},
      {"flags", kFlags},
      {"build type", kBuildType},
      {"vector instructions", Eigen::SimdInstructionSetsInUse()},
      {"eigen", fmt::format("{}.{}.{}", EIGEN_WORLD_VERSION, EIGEN_MAJOR_VERSION, EIGEN_MINOR_VERSION)},
      {"boost",
       fmt::format("{}.{}.{}", BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000, BOOST_VERSION % 100)},
      {"fmt", fmt::format("{}.{}.{}", FMT_VERSION / 10000, FMT_VERSION / 100 % 100, FMT_VERSION % 100)},
      {"zlib", zlibVersion()},
      {"openssl", OpenSSL_version(OPENSSL_VERSION)},
      {"curl", curl_version_info(CURLVERSION_NOW)->version},
      {"openmp", fmt::format("{}", _OPENMP)},
      {"c library", c_library()},
      {"operating system", operating_system()},
      {"processor", processor()},
      {"caches", caches()},
      {"cores", fmt::format("{}", std::thread::hardware_concurrency())},
      {"threads a trial", "1"},
  };
}

}  // namespace symopt
