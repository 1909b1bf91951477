// parameters.cpp — one .npy a trial, index.csv, blocks.csv.
#include "results/parameters.hpp"

#include <fmt/format.h>

#include <set>

#include "results/files.hpp"
#include "results/table.hpp"

namespace symopt {

namespace fs = std::filesystem;

// A row of index.csv, and one of blocks.csv.
struct IndexRow : TrialKey {
  Status status = Status::completed;
  std::string precision, shape, file;
};
struct BlockRow : StoredBlock {
  std::string shape;
};

template <>
const Columns<IndexRow>& columns_of() {
  using R = IndexRow;
  using C = Column<R>;
  static const Columns<R> columns(
      columns_of<TrialKey>(),
      Columns<R>({
          C{"status", &R::status, "of the trial, as in `trials.csv`"},
          C{"precision", &R::precision, "`float` or `double`: the array is `float32` or `float64`"},
          C{"shape", &R::shape,
            "the network: `archbn:784-64-64-10/pool2/relu` has layers of 64 features, each the larger of two "
            "filters"},
          C{"file", &R::file, "the trial's array, named by its hash"},
      }));
  return columns;
}

template <>
const Columns<BlockRow>& columns_of() {
  using R = BlockRow;
  using C = Column<R>;
  static const Columns<R> columns({
      C{"shape", &R::shape, "the network, as in `index.csv`"},
      C{"block", &R::name, "`layer1.weights`, `layer1.running-mean`, …"},
      C{"role", &R::role,
        "what it is to the function: `filters`, `class_vectors`, `bias`, `bn_scale` (γ), `bn_shift` (β), "
        "`running_mean`, `running_variance`"},
      C{"rows", &R::rows, "of the matrix; a row of weights is a filter"},
      C{"columns", &R::columns, "of the matrix"},
      C{"offset", &R::offset, "where it starts in the array"},
  });
  return columns;
}

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

template <class Real>
void restore_parameters(const NpyArray& array, const fs::path& file, std::span<Real> theta,
                        Network<Real>& network) {
  std::size_t expected = theta.size();
  for (const BatchStatistics<Real>* s : network.statistics())
    expected += static_cast<std::size_t>(s->mean.size() + s->variance.size());
  if (array.type != kNpyType<Real> || array.count() != expected)
    throw UserError("parameters", file.string(),
                    fmt::format("{} numbers of type {}", expected, name_of(kNpyType<Real>)),
                    fmt::format("{} of type {}", array.count(), name_of(array.type)));
  const std::vector<Real> all = array.values<Real>();
  auto from = all.begin();
  const auto take = [&](Real* to, std::size_t count) {
    std::copy_n(from, count, to);
    from += static_cast<std::ptrdiff_t>(count);
  };
  take(theta.data(), theta.size());
  for (BatchStatistics<Real>* s : network.statistics())
    for (Array<Real>* values : {&s->mean, &s->variance})
      take(values->data(), static_cast<std::size_t>(values->size()));
}
template void restore_parameters(const NpyArray&, const fs::path&, std::span<float>, Network<float>&);
template void restore_parameters(const NpyArray&, const fs::path&, std::span<double>, Network<double>&);

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
                           const std::vector<TrialKey>& keys) {
  std::error_code error;
  if (!fs::is_directory(folder, error)) return;
  const ParameterFolder files(folder);
  TableWriter<IndexRow> index(folder / "index.csv");
  TableWriter<BlockRow> blocks(folder / "blocks.csv");
  std::set<std::string> shapes;
  for (std::size_t i = 0; i < records.size(); ++i) {
    const TrialSpec& spec = records[i].spec;
    const std::string hash = spec.hash();
    if (!files.has(hash)) continue;
    index.add({keys[i], records[i].status, spec.precision, spec.shape, hash + ".npy"});
    if (!shapes.insert(spec.shape).second) continue;
    for (const StoredBlock& b : stored_blocks(parse_sized_network(spec.shape))) blocks.add({b, spec.shape});
  }
  index.commit();
  blocks.commit();
}

std::vector<TableInfo> parameter_tables() {
  return {
      table_info<IndexRow>("parameters/index.csv", "a trial that has an array", "Of runs with `--export`."),
      table_info<BlockRow>("parameters/blocks.csv", "a part of the arrays of one shape",
                           "The block is the row-major `rows`×`columns` matrix from element `offset` on.")};
}

}  // namespace symopt
