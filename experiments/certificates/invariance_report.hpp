// invariance_report.hpp — certificates as a table on the terminal and as CSVs.
#pragma once
#include <filesystem>

#include "experiments/certificates/invariance.hpp"

namespace symopt {

/// Optimizers as rows, each network's groups as columns, a word in each cell, and a legend. Groups that keep
/// no network's function at any start are left out and named below. `colour`: with escape sequences.
std::string certificate_table(const std::vector<Certificate>& cells, bool colour);
/// The largest cosine of each network and group.
std::string orthogonality_table(const std::vector<Orthogonality>& cosines);

/// invariance.csv and orthogonality.csv. UserError where the folder cannot be written.
void write_certificates(const std::filesystem::path& folder, const std::vector<Certificate>& cells,
                        const std::vector<Orthogonality>& cosines);

}  // namespace symopt
