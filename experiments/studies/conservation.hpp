// conservation.hpp — what training does to the quantities that gradient flow keeps.
#pragma once
#include "core/symmetry/conserved.hpp"
#include "experiments/plan/request.hpp"
#include "results/lines.hpp"

namespace symopt {

/// One law along one run.
struct ChargeRun {
  std::vector<std::vector<double>> charges;  ///< at the start and after each step asked for
  std::vector<std::int64_t> steps;           ///< how many steps those are after
  /// By Kunin et al. 2021, from the charges of the gradients of all steps before: exp(−2kt) Q(0) +
  /// λ Σ λ exp(−2k(t − τ)) Q(g_τ), and exp(−kt) Q(0) where the charge is linear.
  std::vector<std::vector<double>> closed_form;
  /// max |Q − predicted| / max |Q| over steps and charges; NaN where nothing predicts the optimizer.
  double residual = std::numeric_limits<double>::quiet_NaN();
  std::string message;  ///< why it diverged; empty: it did not
};

/// The first `steps` steps of `spec` in double, looked at after every `every` of them and the last.
ChargeRun follow_charges(const TrialSpec& spec, const Dataset& data, const ConservationLaw& law,
                         std::int64_t steps, std::int64_t every);

/// How far filters before normalization turn at a step, and how long they are, where decay and gradients
/// balance (Kosson, Messmer, Jaggi 2023). Adds its figure to `lines`, writes equilibrium.csv, gives the
/// table.
std::string measure_equilibrium(const Request& request, const Dataset& data,
                                const std::filesystem::path& folder, LineTable& lines);
TableInfo equilibrium_table();

}  // namespace symopt
