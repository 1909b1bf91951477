// trace_folder.hpp — a trace as files: .npy arrays, and index.json that says what they are.
#pragma once
#include <filesystem>

#include "protocols/trace.hpp"

namespace symopt {

/// Writes into `folder`, which is there: one file an array, and last index.json, so that a folder that has it
/// is whole. The same trace gives the same bytes. FileError where that cannot be written.
void write_trace(const std::filesystem::path& folder, const TrialSpec& spec, const Dataset& data,
                 const Trace& trace);

}  // namespace symopt
