// build_info.cpp — versions of what the results depend on.
#include "experiments/build_info.hpp"

#include <fmt/core.h>
#include <openssl/crypto.h>
#include <zlib.h>

#include <Eigen/Core>
#include <boost/version.hpp>
#include <fstream>
#include <thread>

namespace symopt {

namespace {

std::string processor() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  return "unknown";
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
      {"openmp", fmt::format("{}", _OPENMP)},
      {"processor", processor()},
      {"cores", fmt::format("{}", std::thread::hardware_concurrency())},
  };
}

}  // namespace symopt
