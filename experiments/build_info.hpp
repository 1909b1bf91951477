// build_info.hpp — how this program was built and on what it runs: part of every results folder.
#pragma once
#include <string>
#include <utility>
#include <vector>

namespace symopt {

/// Name → value: version, commit, compiler, flags, build type, libraries, processor, cores. The same in every
/// run of one build on one machine.
std::vector<std::pair<std::string, std::string>> build_info();

// Filled in by the build (experiments/build_info_values.cmake).
extern const char* const kVersion;
extern const char* const kCommit;
extern const char* const kCompiler;
extern const char* const kFlags;
extern const char* const kBuildType;

}  // namespace symopt
