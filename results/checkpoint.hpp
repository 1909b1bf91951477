// checkpoint.hpp — the state of a trial between two epochs: a trial that goes on from it ends with the same
// bits as one that was never interrupted.
#pragma once
#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "results/trial.hpp"

namespace symopt {

/// Numbers that a trial's next step depends on, as the machine holds them.
struct StateArray {
  std::string name;      ///< theta, "optimizer 0", "mean 0", …
  int element_size = 0;  ///< bytes: 4 (float) or 8 (double)
  std::string bytes;
};

/// After an epoch. What is not here follows from the spec: splits, batch orders and random streams.
struct Checkpoint {
  TrialRecord record;      ///< so far: spec, search, curve, timings, teleports
  bool searching = false;  ///< in candidate record.search.size() of the search, else in the full training
  int epoch = 0;           ///< finished epochs of that candidate, or of the full training; at least 1
  double cost = 0;         ///< mean batch loss of the last one
  std::int64_t steps = 0;  ///< optimizer steps since the start of the candidate or training
  double seconds = 0;      ///< spent on the trial, for its time limit; never part of a result
  std::vector<StateArray> arrays;
};

/// A header that people can read, the record as a trial file, the arrays' bytes, and last the SHA-256 of all
/// that. Reading back gives the same checkpoint to the bit.
std::string to_checkpoint_text(const Checkpoint& checkpoint);
/// UserError naming `path` and what is wrong: damaged, of another version or byte order.
Checkpoint from_checkpoint_text(const std::string& text, const std::filesystem::path& path);

/// The checkpoints of a results folder: one file for each trial in progress, named by the trial's hash.
/// Different trials may be used by different threads and processes at the same time.
class CheckpointFolder {
 public:
  /// Nothing is made before the first save. What cannot be used goes to `damaged`.
  CheckpointFolder(std::filesystem::path folder, std::filesystem::path damaged)
      : folder_(std::move(folder)), damaged_(std::move(damaged)) {}

  std::filesystem::path path(const TrialSpec& spec) const { return path(spec.hash()); }
  /// Nothing where there is none. UserError where it is damaged or another trial's; FileError where it cannot
  /// be read.
  std::optional<Checkpoint> load(const TrialSpec& spec) const;
  /// Replaces the trial's checkpoint atomically. FileError where it cannot be written.
  void save(const Checkpoint& checkpoint) const;
  /// Moves the trial's checkpoint to the damaged files; a message with `reason` that says where it is.
  std::string set_aside(const TrialSpec& spec, const std::string& reason) const;
  /// Of a trial that is finished. That there is none is no error.
  void remove(const std::string& hash) const;
  /// The trials that have one, by hash.
  std::vector<std::string> hashes() const;

 private:
  std::filesystem::path path(const std::string& hash) const { return folder_ / (hash + ".ckpt"); }
  std::filesystem::path folder_, damaged_;
};

}  // namespace symopt
