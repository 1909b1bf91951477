// conclusion.hpp — whether a folder's tables and figures are already those of its trials.
#pragma once
#include "experiments/session/session.hpp"

namespace symopt {

/// What the tables, the report and the figures follow from: the trial files, the configuration, the program.
std::string conclusion_of(const Session& session, const Store& store);
/// True where the last record_conclusion() was of the same, with figures if those are wanted, and all that
/// stood in the folder then is there in the same size.
bool is_concluded(const std::filesystem::path& folder, const std::string& conclusion, bool figures);
/// After everything is written.
void record_conclusion(const std::filesystem::path& folder, const std::string& conclusion, bool figures);

}  // namespace symopt
