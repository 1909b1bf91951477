// parameters.hpp — what trials ended with, for use elsewhere: parameters and running statistics as NumPy
// arrays, one file a trial, and tables that say which is whose and what lies where.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "core/data/npy.hpp"
#include "core/network/network.hpp"
#include "results/dictionary.hpp"
#include "results/rows.hpp"

namespace symopt {

/// theta, and behind it, of each layer that normalizes, running mean and running variance: one vector, in the
/// places that stored_blocks() tells.
template <class Real>
NpyArray stored_parameters(std::span<const Real> theta, Network<Real>& network);

/// The inverse: UserError naming `file` where the array is not of these parameters' type and number.
template <class Real>
void restore_parameters(const NpyArray& array, const std::filesystem::path& file, std::span<Real> theta,
                        Network<Real>& network);

/// A part of that vector; row-major rows×columns.
struct StoredBlock {
  std::string name, role;  ///< layer1.weights, filters; layer1.running-mean, running_mean; …
  Index rows, columns, offset;
};
std::vector<StoredBlock> stored_blocks(const NetworkSpec& spec);
std::string to_text(Role role);  ///< filters, class_vectors, bias, bn_scale, bn_shift

/// The files, of different trials by different threads and processes at the same time.
class ParameterFolder {
 public:
  /// Nothing is made before the first save.
  explicit ParameterFolder(std::filesystem::path folder) : folder_(std::move(folder)) {}
  std::filesystem::path path(const std::string& hash) const { return folder_ / (hash + ".npy"); }
  bool has(const std::string& hash) const;
  /// Replaces the trial's file atomically. FileError where it cannot be written.
  void save(const std::string& hash, const NpyArray& parameters) const;

 private:
  std::filesystem::path folder_;
};

/// index.csv (a row a trial that has a file; `keys`: whose each record is) and blocks.csv (a row a part of
/// each shape), where `folder` is there.
void write_parameter_index(const std::filesystem::path& folder, const std::vector<TrialRecord>& records,
                           const std::vector<TrialKey>& keys);

/// Those tables, for the dictionary.
std::vector<TableInfo> parameter_tables();

}  // namespace symopt
