// records.hpp — made-up trials for the tests of the store and of the tables.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/random.hpp"
#include "results/trial.hpp"

namespace symopt::test {

/// An empty folder of its own that is removed at the end.
class ScratchFolder {
 public:
  ScratchFolder();
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  std::filesystem::path operator/(const std::string& name) const { return path / name; }
  std::filesystem::path path;
};

/// mnist, archbn-2, the paper's protocol.
TrialSpec make_spec(const std::string& optimizer, int trial, const std::string& settings = "");
/// A plausible completed trial: a search of 11 rates, `epochs` epochs, errors that are counts over 10,000.
/// Depends on the spec alone.
TrialRecord make_record(const TrialSpec& spec, int epochs = 60);
/// Anything that a record can hold: any bits as numbers, any bytes as text, tables of any length.
TrialRecord any_record(Stream& stream);

/// Equal to the bit, NaNs and zeros included.
bool same_bits(const TrialRecord& a, const TrialRecord& b);

std::string read_text(const std::filesystem::path& path);
void write_text(const std::filesystem::path& path, const std::string& text);

}  // namespace symopt::test
