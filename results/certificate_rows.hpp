// certificate_rows.hpp — the rows of what `symopt invariance` and `symopt dof` measured.
#pragma once
#include <cstdint>
#include <string>

#include "results/columns.hpp"

namespace symopt {

/// invariance.csv
struct CertificateRow {
  std::string optimizer, settings, network, group;
  double learning_rate = 0;
  std::string verdict;
  double function_deviation = 0, one_step = 0, many_steps = 0, moved_within = 0, parameter_space = 0,
         slope = 0;
  double function_deviation_training = 0, one_step_training = 0;
  std::string reason;
};
/// orthogonality.csv
struct OrthogonalityRow {
  std::string network, group, generator;
  double cosine = 0;
};
/// dof.csv
struct DegreesRow {
  std::string network;
  std::uint64_t seed = 0;
  std::int64_t samples = 0, rows = 0, parameters = 0, unmoved = 0, ambiguities = 0, predicted = 0, rank = 0;
  double threshold = 0, gap = 0, largest = 0, smallest_kept = 0, largest_dropped = 0, along_generators = 0;
  std::int64_t rare = 0, added = 0, drawn = 0;
};
/// spectrum.csv
struct SpectrumRow {
  std::int64_t index = 0;
  double singular_value = 0, relative = 0;
};

template <>
const Columns<CertificateRow>& columns_of();
template <>
const Columns<OrthogonalityRow>& columns_of();
template <>
const Columns<DegreesRow>& columns_of();
template <>
const Columns<SpectrumRow>& columns_of();

}  // namespace symopt
