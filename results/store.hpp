// store.hpp — a folder per experiment: one file per finished trial, written atomically, named by the trial's
// hash. Kill -9 at any moment loses at most the trials in flight.
#pragma once
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "results/checkpoint.hpp"
#include "results/configuration.hpp"
#include "results/files.hpp"
#include "results/parameters.hpp"
#include "results/plan.hpp"
#include "results/shard.hpp"

namespace symopt {

class Store {
 public:
  /// Opens or creates `folder`, locks it against a second process, reads every finished trial; damaged files
  /// are moved aside to damaged/ and reported by damaged(). `planned` are all trials of the experiment (of
  /// all shards). A folder whose config.ini differs in more than `extendable` keys, or whose finished trials
  /// are not all in `planned`, is of another configuration: UserError naming the key that
  /// is in the way, expected and found. `extendable` is for keys that only make the plan longer (trials,
  /// optimizers, networks) or the tables other (interval). A folder that holds something but no config.ini is
  /// someone else's: UserError, and nothing in it is touched. So the store is opened before anything else is
  /// written there.
  ///
  /// With a `shard` the lock is shared with the other shards, only the shard's own trials are read, and no
  /// key is extendable: the first shard that comes makes the folder, the others must have its configuration.
  Store(std::filesystem::path folder, const Configuration& configuration,
        const std::vector<TrialSpec>& planned, const std::vector<std::string>& extendable,
        const std::optional<Shard>& shard = {});
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  /// The stored record of a spec, if it is finished; null otherwise. Stays valid until a put of the same
  /// spec.
  const TrialRecord* find(const TrialSpec& spec) const { return find(spec.hash()); }
  const TrialRecord* find(const std::string& hash) const;
  /// Writes the trial's file and keeps the record, in place of an earlier one of the same spec (a failed
  /// trial that was tried again). Its checkpoint is removed. Thread-safe. UserError where it cannot be
  /// written, or where its spec could not be read back.
  void put(const TrialRecord& record);
  /// Messages about damaged files that were set aside on opening.
  const std::vector<std::string>& damaged() const { return damaged_; }
  /// The keys by which the configuration asked for makes the folder's plan longer; `found` is the folder's.
  const std::vector<ConfigurationDifference>& grown() const { return grown_; }
  const std::filesystem::path& folder() const { return folder_; }
  const CheckpointFolder& checkpoints() const { return checkpoints_; }
  const ParameterFolder& parameters() const { return parameters_; }

  /// The records of `planned` that are finished, in plan order.
  std::vector<TrialRecord> records(const std::vector<TrialSpec>& planned) const;
  /// Equal where the store holds the same files of finished trials, to the byte.
  std::string fingerprint() const;

 private:
  struct Finished {
    TrialRecord record;
    std::string seal;  // of its file
  };
  using Refusal = std::function<UserError(const std::filesystem::path& file, const TrialSpec& finished)>;
  void load(const std::vector<std::filesystem::path>& files, const std::set<std::string>& planned,
            const Refusal& unplanned);

  std::filesystem::path folder_;
  std::unique_ptr<FolderLock> lock_;
  CheckpointFolder checkpoints_;
  ParameterFolder parameters_;
  mutable std::mutex mutex_;
  std::map<std::string, Finished> finished_;  // by hash
  std::vector<std::string> damaged_;
  std::vector<ConfigurationDifference> grown_;
};

/// Every finished trial of a folder, without lock and without changing it (for report and plot), in the order
/// of plan.csv; without one by name. UserError where the folder has no config.ini, but for one that lost it
/// where `lost_configuration` is true: its trials say what they are themselves. UserError naming a trial file
/// that is damaged or not in plan.csv.
std::vector<TrialRecord> read_records(const std::filesystem::path& folder, bool lost_configuration = false);

/// The first of FOLDER, FOLDER-2, FOLDER-3, … that does not exist: where `--fresh` starts over.
std::filesystem::path fresh_folder(const std::filesystem::path& folder);

}  // namespace symopt
