// parameters.cpp — one .npy a trial, index.csv, blocks.csv.
#include "results/parameters.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "results/csv.hpp"
#include "results/files.hpp"

namespace symopt {

namespace fs = std::filesystem;

template <class Real>
NpyArray stored_parameters(std::span<const Real> theta, Network<Real>& network) {
  std::vector<Real> all(theta.begin(), theta.end());
  for (const BatchStatistics<Real>* s : network.statistics())
    for (const Array<Real>* values : {&s->mean, &s->variance})
      all.insert(all.end(), values->begin(), values->end());
  return NpyArray::of<Real>({all.size()}, all);
}
template NpyArray stored_parameters(std::span<const float>, Network<float>&);
template NpyArray stored_parameters(std::span<const double>, Network<double>&);

std::string to_text(Role role) {
  switch (role) {
    case Role::filters:
      return "filters";
    case Role::class_vectors:
      return "class_vectors";
    case Role::bias:
      return "bias";
    case Role::bn_scale:
      return "bn_scale";
    case Role::bn_shift:
      return "bn_shift";
  }
  return "";
}

std::vector<StoredBlock> stored_blocks(const NetworkSpec& spec) {
  Network<float> network(spec, 1);
  const ParamLayout& layout = network.layout();
  std::vector<StoredBlock> blocks;
  for (const Block& b : layout.blocks) blocks.push_back({b.name, to_text(b.role), b.rows, b.cols, b.offset});
  Index offset = layout.size;
  for (std::size_t l = 0; l < layout.layers.size(); ++l) {
    if (network.statistics(l) == nullptr) continue;
    const Index filters = network.statistics(l)->mean.size();
    for (const char* kind : {"mean", "variance"}) {
      blocks.push_back({fmt::format("layer{}.running-{}", l + 1, kind), fmt::format("running_{}", kind), 1,
                        filters, offset});
      offset += filters;
    }
  }
  return blocks;
}

bool ParameterFolder::has(const std::string& hash) const {
  std::error_code error;
  return fs::is_regular_file(path(hash), error);
}

void ParameterFolder::save(const std::string& hash, const NpyArray& parameters) const {
  make_folder(folder_);
  write_atomically(path(hash), to_npy(parameters));
}

void write_parameter_index(const fs::path& folder, const std::vector<TrialRecord>& records,
                           std::string_view key, const std::vector<std::string>& keys) {
  std::error_code error;
  if (!fs::is_directory(folder, error)) return;
  const ParameterFolder files(folder);
  CsvWriter index(folder / "index.csv", fmt::format("{},status,precision,shape,file", key));
  CsvWriter blocks(folder / "blocks.csv", "shape,block,role,rows,columns,offset");
  std::set<std::string> shapes;
  for (std::size_t row = 0; row < records.size(); ++row) {
    const TrialSpec& spec = records[row].spec;
    const std::string hash = spec.hash();
    if (!files.has(hash)) continue;
    index.raw(keys[row]) << to_text(records[row].status) << spec.precision << spec.shape << hash + ".npy";
    index.end_row();
    if (!shapes.insert(spec.shape).second) continue;
    for (const StoredBlock& b : stored_blocks(parse_sized_network(spec.shape))) {
      blocks << spec.shape << b.name << b.role << static_cast<std::int64_t>(b.rows)
             << static_cast<std::int64_t>(b.columns) << static_cast<std::int64_t>(b.offset);
      blocks.end_row();
    }
  }
  index.commit();
  blocks.commit();
}

}  // namespace symopt
