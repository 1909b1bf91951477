// laboratory.cpp — runs an optimizer on a certificate's data.
#include "experiments/certificates/laboratory.hpp"

#include <algorithm>

#include "core/network/loss.hpp"
#include "experiments/certificates/generic_point.hpp"

namespace symopt {

Contender parse_contender(const std::string& text) {
  const size_t colon = text.find(':');
  const OptimizerEntry& entry = find_optimizer(text.substr(0, colon));
  std::string given = colon == std::string::npos ? "" : text.substr(colon + 1);
  std::replace(given.begin(), given.end(), ':', ' ');
  std::string settings;
  double rate_factor = 1;
  for (const CertificateOptions& options : certificate_options())
    if (options.optimizer == entry.name) settings = options.settings + " ", rate_factor = options.rate_factor;
  const Assignments all = parse_settings(settings + given);
  entry.canonical(all);
  return {&entry, all, rate_factor};
}

CertificateData make_data(const NetworkSpec& spec, bool on_one_batch, const InvarianceRequest& request) {
  const Stream stream = Stream(request.seed, 0).fork(Purpose::certificate, 2);
  CertificateData data;
  Index n = spec.input.pixels() > 1 ? std::max<Index>(1, request.batch / 8) : request.batch;
  if (on_one_batch) {
    n = spec.hidden_layers().front().features;
    for (const LayerSpec& layer : spec.hidden_layers()) n = std::min(n, layer.features);
  }
  for (int i = 0; i < (on_one_batch ? 1 : request.steps); ++i)
    data.batches.push_back(
        generic_samples(n, spec.inputs(), stream.fork(Purpose::batches, static_cast<std::uint64_t>(i))));
  Stream classes = stream.fork(Purpose::labels);
  for (Index i = 0; i < n * spec.shapes().back().pixels(); ++i)
    data.labels.push_back(
        static_cast<std::uint8_t>(classes.below(static_cast<std::uint64_t>(spec.classes()))));
  data.comparison = data.batches[0];
  return data;
}

CertificateData moved_by(const Element& g, const CertificateData& data) {
  CertificateData moved = data;
  for (Matrix<double>& X : moved.batches) g.act_on_samples(X);
  g.act_on_samples(moved.comparison);
  g.act_on_labels(moved.labels);
  return moved;
}

Laboratory::Laboratory(const Contender& contender, const NetworkSpec& spec, const CertificateData& data,
                       const Stream& stream, Around around)
    : contender_(contender),
      spec_(spec),
      data_(data),
      stream_(stream),
      around_(around),
      probe_(spec, data.comparison.rows()) {}

Stepper<double> Laboratory::make_stepper() {
  return {spec_, *contender_.entry, contender_.settings, data_.batches[0].rows(),
          [this](Index count, Stream stream) { return draw(count, stream); }};
}

void Laboratory::step(Stepper<double>& stepper, int t, double rate) {
  const Batch<double> batch = data_.batch(static_cast<size_t>(t));
  stepper.gradient(batch);
  if (around_.loss_factor != 1) stepper.scale_gradient(around_.loss_factor);
  stepper.step(batch, rate);
}

Path Laboratory::run(const std::vector<double>& from, double rate, int steps) {
  Stepper<double> stepper = make_stepper();
  std::copy(from.begin(), from.end(), stepper.theta().begin());
  stepper.bind(stream_);
  Path path;
  path.start.assign(stepper.theta().begin(), stepper.theta().end());
  // Steps are counted from the first that moves something.
  const int idle = contender_.entry->idle_steps;
  for (int t = 0; t < idle + steps; ++t) {
    step(stepper, t, rate);
    if (t == idle) path.one.assign(stepper.theta().begin(), stepper.theta().end());
  }
  path.many.assign(stepper.theta().begin(), stepper.theta().end());
  path.remark = stepper.remarks();
  return path;
}

std::vector<double> Laboratory::run_moved_within(const std::vector<double>& from, double rate, int steps,
                                                 const Element& g) {
  Stepper<double> stepper = make_stepper();
  std::copy(from.begin(), from.end(), stepper.theta().begin());
  stepper.bind(stream_);
  const int idle = contender_.entry->idle_steps;
  for (int t = 0; t < idle + steps; ++t) {
    if (t == idle + (steps + 1) / 2) g.act(stepper.theta());
    step(stepper, t, rate);
  }
  return {stepper.theta().begin(), stepper.theta().end()};
}

Matrix<double> Laboratory::function(const std::vector<double>& theta) {
  const Matrix<double>& X = data_.comparison;
  const Matrix<double> logits = probe_.forward(theta, {X.data(), X.rows(), X.cols()}, Mode::train);
  Matrix<double> F = log_probabilities<double>({logits.data(), logits.rows(), logits.cols()});
  if (around_.back != nullptr) around_.back->act_on_outputs(F);
  return F;
}

// Rows of the batches, with repetition.
Batch<double> Laboratory::draw(Index count, Stream stream) {
  drawn_.resize(count, spec_.inputs());
  labels_.resize(static_cast<size_t>(count));
  for (Index i = 0; i < count; ++i) {
    const Matrix<double>& from = data_.batches[stream.below(data_.batches.size())];
    const auto row = static_cast<Index>(stream.below(static_cast<std::uint64_t>(from.rows())));
    drawn_.row(i) = from.row(row);
    labels_[static_cast<size_t>(i)] = data_.labels[static_cast<size_t>(row)];
  }
  return {{drawn_.data(), count, spec_.inputs()}, labels_.data()};
}

}  // namespace symopt
