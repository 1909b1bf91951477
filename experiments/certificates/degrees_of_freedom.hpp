// degrees_of_freedom.hpp — how many directions of parameter space a network's outputs can tell apart: the
// rank of their Jacobian, next to what the known symmetries predict. n samples, K classes, P parameters.  J =
// ∂logits/∂theta: nK×P, of which only R: P×P is kept.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "core/symmetry/group.hpp"

namespace symopt {

/// Directions in which a symmetry moves the parameters and not the outputs.
struct Ambiguity {
  std::string name;
  Index count;
};

struct DegreesOfFreedom {
  std::string network;
  std::uint64_t seed = 0;
  Index samples = 0, rows = 0, parameters = 0;
  Index unmoved = 0;              ///< parameters that no output depends on at this point: dead units' weights
  std::vector<std::string> dead;  ///< filters that no sample's output depends on, "layer 1 filter 3"
  std::vector<std::string>
      linear;  ///< units of kinked activations that no sample bends: they add ambiguities
  /// Filters that are active (their unit fires, they win in their group) on fewer of the first samples than
  /// kFirings times their weights, "layer 1 filter 7 (15 of 1040)"; their directions would be seen in part
  /// only.
  std::vector<std::string> rare;
  Index added = 0, drawn = 0;          ///< samples that were added for them, of how many that were drawn
  std::vector<Ambiguity> ambiguities;  ///< of the parameters that are not dead
  bool complete = true;  ///< whether the known symmetries are known to be all; else they are at least these
  Index predicted() const;  ///< parameters − unmoved − ambiguities

  std::vector<double> spectrum;  ///< singular values of J, descending
  double threshold = 0;          ///< max(nK, P) · ε · largest
  Index rank = 0;                ///< singular values above the threshold
  double gap = 0;                ///< smallest above it / largest below it; infinite where that is 0 or absent
  double along_generators = 0;  ///< largest ‖J Δw‖/(σ₁ ‖Δw‖) over the known symmetries' generators
};

struct DegreesRequest {
  std::string network = "mlp:64-32-32-10+bias";
  Index samples = 0;  ///< 0: enough for three rows a parameter, and at least kFewestSamples
                      ///< (where the classes are pixels', that many pixels)
  std::uint64_t seed = 1;
};
/// So that units which fire or win on few samples are seen on as many as they have weights.
inline constexpr Index kFewestSamples = 1000;
/// Samples on which a filter is active, for each of its weights: below one, directions are missing.
inline constexpr Index kFirings = 2;
/// A gap below this is no clear one.
inline constexpr double kClearGap = 1e3;

/// UsageError as of parse_sized_network(), and where the network has more parameters than kMostParameters.
NetworkSpec measurable_network(const std::string& network);
inline constexpr Index kMostParameters = 8000;

/// At a generic point, over N(0, 1) inputs, in double. A batch-normalized network's outputs are those of
/// training mode on all samples as one batch, with ε = 0: that is the function which is trained and whose
/// symmetries are exact. UsageError as of measurable_network().
DegreesOfFreedom measure_degrees(const DegreesRequest& request);

/// The known symmetries' directions at points where nothing is dead. Sets `complete`.
std::vector<Ambiguity> predict_ambiguities(const NetworkSpec& spec, bool& complete);

/// What the terminal shows.
std::string degrees_table(const DegreesOfFreedom& result);
/// spectrum.csv and dof.csv. UserError where the folder cannot be written.
void write_degrees(const std::filesystem::path& folder, const DegreesOfFreedom& result);

}  // namespace symopt
