// trace.cpp — an observer of the training that copies what passes.
#include "protocols/trace.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "core/network/layer_weights.hpp"
#include "protocols/first_steps.hpp"
#include "results/parameters.hpp"

namespace symopt {

namespace {

constexpr std::uint64_t kMostBytes = std::uint64_t{2} << 30;

// Rows of one width: shorter ones end in `none`.
class Rows {
 public:
  explicit Rows(size_t width, std::int32_t none) : width_(width), none_(none) {}
  template <class Values>
  void add(const Values& values) {
    const size_t end = values_.size() + width_;
    for (const auto value : values) values_.push_back(static_cast<std::int32_t>(value));
    values_.resize(end, none_);
  }
  NpyArray array() const { return NpyArray::of<std::int32_t>({values_.size() / width_, width_}, values_); }

 private:
  size_t width_;
  std::int32_t none_;
  std::vector<std::int32_t> values_;
};

template <class Real>
class Recorder final : public StepObserver {
 public:
  Recorder(const TrialSpec& spec, const Dataset& data)
      : data_(data),
        first_(spec, data),
        training_(first_.training()),
        width_(static_cast<size_t>(spec.protocol.batch)),
        samples_(width_, -1) {}

  Trace run(std::int64_t steps) {
    Trace trace;
    trace.epoch_steps = first_.epoch_steps();
    trace.layout = training_.network().layout();
    keep_state();
    trace.divergence = first_.run(steps, *this);
    trace.steps = training_.steps();
    export_arrays(trace);
    return trace;
  }

  void before_step(std::span<const std::uint32_t> samples, double learning_rate, double loss) override {
    samples_.add(samples);
    used_.insert(samples.begin(), samples.end());
    rates_.push_back(learning_rate);
    losses_.push_back(loss);
    append(gradients_, training_.gradient());
    for (const BatchStatistics<Real>* s : training_.network().statistics()) {
      append(batch_means_, *s, s->batch_mean);
      append(batch_variances_, *s, s->batch_variance);
    }
  }

  void after_step() override {
    keep_state();
    const auto drawn = training_.drawn_samples();
    used_.insert(drawn.begin(), drawn.end());
    keep_draw("samples", drawn, drawn.size(), -1);
    for (const Draw& draw : training_.log().draws())
      keep_draw(std::string(draw.name), draw.values,
                draw.name == "parameter_signs" ? draw.values.size() : width_,
                draw.name.ends_with("signs") ? 0 : -1);
  }

  // The trainer evaluates then, with statistics that the next step finds.
  void after_epoch(const Batches& batches) override { training_.settle_statistics(batches); }

 private:
  using Values = std::vector<Real>;

  template <class From>
  static void append(Values& to, const From& from) {
    to.insert(to.end(), from.begin(), from.end());
  }
  void append(std::map<const void*, Values>& to, const BatchStatistics<Real>& layer,
              const Array<Real>& from) {
    append(to[&layer], from);
  }

  void keep_state() {
    append(thetas_, training_.theta());
    for (const BatchStatistics<Real>* s : training_.network().statistics()) {
      append(running_means_, *s, s->mean);
      append(running_variances_, *s, s->variance);
    }
  }

  // Steps that draw nothing of a kind have a row of `none`, also those before its first draw.
  template <class Numbers>
  void keep_draw(const std::string& name, const Numbers& values, size_t width, std::int32_t none) {
    if (values.empty()) return;
    auto& [rows, count] = draws_.try_emplace(name, Rows(width, none), 0).first->second;
    for (; count + 1 < training_.steps(); ++count) rows.add(std::span<const std::int32_t>{});
    rows.add(values);
    ++count;
  }

  // One array a block, of flat arrays one after the other.
  void add_blocks(Trace& trace, const char* quantity, Values& flat) {
    const size_t size = static_cast<size_t>(trace.layout.size), count = flat.size() / size;
    for (const Block& block : trace.layout.blocks) {
      const auto rows = static_cast<size_t>(block.rows), columns = static_cast<size_t>(block.cols);
      const bool weights = is_weight(block.role);
      Values values;
      values.reserve(count * rows * columns);
      for (size_t i = 0; i < count; ++i)
        append(values, std::span<const Real>(flat).subspan(i * size + static_cast<size_t>(block.offset),
                                                           rows * columns));
      std::vector<size_t> shape = {count, rows, columns};
      if (!weights) shape.erase(shape.begin() + 1);
      const char* rows_are = block.role == Role::class_vectors ? "class" : "filter";
      const std::string axes = weights                              ? fmt::format("step,{},input", rows_are)
                               : block.name.starts_with("classes.") ? "step,class"
                                                                    : "step,filter";
      trace.arrays.push_back(
          {quantity, block.name, to_text(block.role), axes, NpyArray::of<Real>(std::move(shape), values)});
    }
    Values().swap(flat);
  }

  void add_statistics(Trace& trace, const char* quantity, std::map<const void*, Values>& layers) {
    for (size_t l = 0; l < trace.layout.layers.size(); ++l) {
      const BatchStatistics<Real>* s = training_.network().statistics(l);
      if (s == nullptr) continue;
      const Values& values = layers[s];
      const auto filters = static_cast<size_t>(s->mean.size());
      trace.arrays.push_back({quantity, fmt::format("layer{}", l + 1), "", "step,filter",
                              NpyArray::of<Real>({values.size() / filters, filters}, values)});
    }
  }

  // The samples that batches and draws have, each once, so that no one else needs the data set.
  void add_samples(Trace& trace) {
    const size_t inputs = static_cast<size_t>(data_.inputs()), each = data_.train.labels_each;
    std::vector<std::int32_t> numbers;
    std::vector<std::uint8_t> pixels, labels;
    std::vector<float> values;
    const auto copy = [&](const auto& from, std::uint32_t i, auto& to) {
      if (from.empty()) return;
      const auto begin = from.begin() + static_cast<std::ptrdiff_t>(i * inputs);
      to.insert(to.end(), begin, begin + static_cast<std::ptrdiff_t>(inputs));
    };
    for (const std::uint32_t i : used_) {
      numbers.push_back(static_cast<std::int32_t>(i));
      const auto first = data_.train.labels.begin() + static_cast<std::ptrdiff_t>(i * each);
      labels.insert(labels.end(), first, first + static_cast<std::ptrdiff_t>(each));
      copy(data_.train.pixels, i, pixels);
      copy(data_.train.values, i, values);
    }
    const size_t n = numbers.size();
    trace.arrays.push_back({"sample_numbers", "", "", "sample", NpyArray::of<std::int32_t>({n}, numbers)});
    const bool of_pixels = data_.labels_pixels();
    trace.arrays.push_back(
        {"sample_labels", "", "", of_pixels ? "sample,pixel" : "sample",
         NpyArray::of<std::uint8_t>(of_pixels ? std::vector{n, each} : std::vector{n}, labels)});
    trace.arrays.push_back({data_.train.values.empty() ? "sample_pixels" : "sample_values", "", "",
                            "sample,input",
                            data_.train.values.empty() ? NpyArray::of<std::uint8_t>({n, inputs}, pixels)
                                                       : NpyArray::of<float>({n, inputs}, values)});
  }

  void export_arrays(Trace& trace) {
    add_blocks(trace, "theta", thetas_);
    add_blocks(trace, "gradient", gradients_);
    add_statistics(trace, "batch_mean", batch_means_);
    add_statistics(trace, "batch_variance", batch_variances_);
    add_statistics(trace, "running_mean", running_means_);
    add_statistics(trace, "running_variance", running_variances_);
    trace.arrays.push_back({"batch", "", "", "step,sample", samples_.array()});
    trace.arrays.push_back({"loss", "", "", "step", NpyArray::of<double>({losses_.size()}, losses_)});
    trace.arrays.push_back({"learning_rate", "", "", "step", NpyArray::of<double>({rates_.size()}, rates_)});
    for (auto& [name, drawn] : draws_) {
      auto& [rows, count] = drawn;
      for (; count < trace.steps; ++count) rows.add(std::span<const std::int32_t>{});
      trace.arrays.push_back({"draws_" + name, "", "",
                              name == "parameter_signs" ? "step,parameter" : "step,sample", rows.array()});
    }
    if (const auto weights = training_.class_weights(); !weights.empty())
      trace.arrays.push_back({"class_weights", "", "", "class",
                              NpyArray::of<Real>({weights.size()}, Values(weights.begin(), weights.end()))});
    add_samples(trace);
  }

  const Dataset& data_;
  FirstSteps<Real> first_;
  Training<Real>& training_;
  size_t width_;
  Rows samples_;
  std::set<std::uint32_t> used_;
  std::vector<double> rates_, losses_;
  Values thetas_, gradients_;  // theta has one more
  std::map<const void*, Values> batch_means_, batch_variances_, running_means_, running_variances_;
  std::map<std::string, std::pair<Rows, std::int64_t>> draws_;  // and how many steps they have
};

}  // namespace

std::int64_t most_trace_steps(const TrialSpec& spec) {
  const Index parameters = layout_of(parse_sized_network(spec.shape)).size;
  const std::uint64_t bytes = static_cast<std::uint64_t>(parameters) * (spec.precision == "double" ? 8 : 4);
  // theta and gradient of each step
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(kMostBytes / (2 * bytes)));
}

Trace trace_training(const TrialSpec& spec, const Dataset& data, std::int64_t steps) {
  if (spec.precision == "double") return Recorder<double>(spec, data).run(steps);
  return Recorder<float>(spec, data).run(steps);
}

}  // namespace symopt
