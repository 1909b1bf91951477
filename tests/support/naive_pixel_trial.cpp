// naive_pixel_trial.cpp — epochs, batches, pixels: one after the other.
#include "tests/support/naive_pixel_trial.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "core/network/layout.hpp"
#include "core/network/start.hpp"
#include "optimizers/optimizer.hpp"
#include "tests/support/naive_pictures.hpp"
#include "tests/support/naive_train.hpp"
#include "tests/support/twins.hpp"

namespace symopt::test {

namespace {

using Indices = std::vector<std::uint32_t>;
using Labels = std::vector<std::uint8_t>;

// The median of the shares of the classes by each one's own: of its pixels among all that count in the
// pictures where it is.
Vector median_weights(const Dataset& data) {
  const size_t each = data.train.labels_each;
  Vector shares;
  for (int k = 0; k < data.classes; ++k) {
    double own = 0, around = 0;
    for (size_t i = 0; i < data.train.count() - data.own_validation; ++i) {
      const auto first = data.train.labels.begin() + static_cast<std::ptrdiff_t>(i * each),
                 last = first + static_cast<std::ptrdiff_t>(each);
      if (std::find(first, last, k) == last) continue;
      own += static_cast<double>(std::count(first, last, k));
      around += static_cast<double>(each) - static_cast<double>(std::count(first, last, data.ignored));
    }
    shares.push_back(own / around);
  }
  Vector sorted = shares;
  std::sort(sorted.begin(), sorted.end());
  const double median = (sorted[sorted.size() / 2] + sorted[(sorted.size() - 1) / 2]) / 2;
  for (double& share : shares) share = median / share;
  return shares;
}

class Loop {
 public:
  Loop(const TrialSpec& spec, const Dataset& data, double gamma)
      : spec_(spec), data_(data), network_(parse_network(spec.shape, 0, 0)), gamma_(gamma) {
    network_.bn_epsilon = spec.protocol.bn_epsilon, network_.bn_momentum = spec.protocol.bn_momentum;
    targets_.ignored = data.ignored;
    if (spec.protocol.class_weights == "median-frequency") targets_.class_weights = median_weights(data);
  }

  NaivePixelTrial run() {
    const ProtocolSettings& p = spec_.protocol;
    const Stream trial(spec_.seed, static_cast<std::uint64_t>(spec_.trial));
    Stream split = trial.fork(Purpose::split);
    const auto others = static_cast<std::uint32_t>(data_.train.count() - data_.own_validation);
    Indices train = split.permutation(others),
            validation = split.permutation(static_cast<std::uint32_t>(data_.own_validation)), test;
    train.resize(static_cast<size_t>(p.train)), validation.resize(static_cast<size_t>(p.validation));
    for (std::uint32_t& i : validation) i += others;
    for (std::uint32_t i = 0; i < data_.test.count(); ++i) test.push_back(i);

    const ParamLayout layout = layout_of(network_);
    const Twin* twin = find_twin(spec_.optimizer);
    if (twin == nullptr) throw std::invalid_argument("no twin of " + spec_.optimizer);
    Past past{.spec = network_, .layout = layout, .options = options()};
    Vector theta(static_cast<size_t>(layout.size));
    fill_start<double>(spec_.start, layout, trial.fork(Purpose::init), theta);
    theta = twin->bind(layout, past.options, theta);
    out_.theta = {theta}, out_.class_weights = targets_.class_weights;
    begin_statistics();

    const auto size = static_cast<size_t>(p.batch);
    for (int epoch = 1; epoch <= p.max_epochs; ++epoch) {
      Indices order = train;
      trial.fork(Purpose::batches).fork(Purpose::batches, static_cast<std::uint64_t>(epoch)).shuffle(order);
      NaiveMeasure running = empty();
      double sum = 0;
      for (size_t begin = 0; begin + size <= order.size(); begin += size) {
        const Indices batch(order.begin() + static_cast<std::ptrdiff_t>(begin),
                            order.begin() + static_cast<std::ptrdiff_t>(begin + size));
        const Labels labels = labels_of(data_.train, batch);
        past.theta.push_back(moved(theta));
        const NaivePass pass =
            naive_train(network_, past.theta.back(), inputs_of(data_.train, batch), labels, targets_);
        past.grad.push_back(pass.gradient), past.rate.push_back(p.learning_rate);
        count(pass.log_probabilities, labels, running);
        follow_statistics(pass);
        theta = twin->step(past);
        out_.theta.push_back(theta), out_.gradient.push_back(pass.gradient), out_.loss.push_back(pass.loss);
        sum += pass.loss;
      }
      running.loss = sum / static_cast<double>(order.size() / size);
      out_.train.push_back(running);
      out_.validation.push_back(measure(theta, data_.train, validation));
    }
    out_.test = measure(theta, data_.test, test);
    return out_;
  }

 private:
  std::map<std::string, std::string> options() const {
    std::map<std::string, std::string> all;
    for (const OptionInfo& option : find_optimizer(spec_.optimizer).options)
      all[option.name] = option.default_value;
    for (const auto& [name, value] : parse_settings(spec_.settings)) all[name] = value;
    return all;
  }

  Vector moved(Vector values) {
    for (double& v : values) v *= 1 + gamma_ * (2 * random_.uniform() - 1);
    return values;
  }

  Rows inputs_of(const Samples& samples, const Indices& indices) {
    const auto inputs = static_cast<size_t>(data_.inputs());
    Rows X;
    for (const std::uint32_t i : indices) {
      X.emplace_back();
      for (size_t p = 0; p < inputs; ++p) X.back().push_back(samples.pixels[i * inputs + p] / 255.0);
      X.back() = moved(X.back());
    }
    return X;
  }
  static Labels labels_of(const Samples& samples, const Indices& indices) {
    Labels labels;
    for (const std::uint32_t i : indices)
      for (size_t p = 0; p < samples.labels_each; ++p)
        labels.push_back(samples.labels[i * samples.labels_each + p]);
    return labels;
  }

  NaiveMeasure empty() const {
    const auto K = static_cast<size_t>(data_.classes);
    NaiveMeasure measure;
    measure.confusion.assign(K, std::vector<std::int64_t>(K, 0));
    return measure;
  }
  void count(const Rows& logits, const Labels& labels, NaiveMeasure& to) const {
    for (size_t r = 0; r < labels.size(); ++r) {
      if (labels[r] == data_.ignored) continue;
      size_t best = 0;
      for (size_t k = 1; k < logits[r].size(); ++k)
        if (logits[r][k] > logits[r][best]) best = k;
      ++to.confusion[labels[r]][best];
    }
  }

  // Under the running statistics.
  NaiveMeasure measure(const Vector& theta, const Samples& samples, const Indices& indices) {
    const NaivePictures logits =
        naive_pictures(network_, moved(theta), inputs_of(samples, indices), &out_.statistics).logits;
    Rows rows;
    for (size_t r = 0; r < logits.rows(); ++r)
      rows.emplace_back(logits.v.begin() + static_cast<std::ptrdiff_t>(r * logits.C),
                        logits.v.begin() + static_cast<std::ptrdiff_t>((r + 1) * logits.C));
    const Labels labels = labels_of(samples, indices);
    const Rows log_p = naive_log_probabilities(rows);
    NaiveMeasure found = empty();
    count(log_p, labels, found);
    double weight = 0;
    for (size_t r = 0; r < labels.size(); ++r) {
      if (labels[r] == data_.ignored) continue;
      weight += targets_.weight(labels[r]);
      found.loss -= targets_.weight(labels[r]) * log_p[r][labels[r]];
    }
    found.loss /= weight;
    return found;
  }

  // Mean 0 and variance 1 of each normalized layer; then a part of what each batch has, its variance by n
  // − 1.
  void begin_statistics() {
    for (const LayerSpec& layer : network_.filter_layers()) {
      const size_t filters = layer.batch_norm ? static_cast<size_t>(layer.filters()) : 0;
      out_.statistics.mean.emplace_back(filters, 0.0), out_.statistics.variance.emplace_back(filters, 1.0);
    }
  }
  void follow_statistics(const NaivePass& pass) {
    const double m = network_.bn_momentum;
    for (size_t l = 0; l < pass.layers.size(); ++l)
      for (size_t o = 0; o < pass.layers[l].mean.size(); ++o) {
        const auto n = static_cast<double>(pass.layers[l].z.size());
        double& mean = out_.statistics.mean[l][o];
        double& variance = out_.statistics.variance[l][o];
        mean = (1 - m) * mean + m * pass.layers[l].mean[o];
        variance = (1 - m) * variance + m * pass.layers[l].variance[o] * n / (n - 1);
      }
  }

  const TrialSpec& spec_;
  const Dataset& data_;
  NetworkSpec network_;
  NaiveTargets targets_;
  double gamma_;
  Stream random_{61};
  NaivePixelTrial out_;
};

}  // namespace

double NaiveMeasure::accuracy() const {
  double right = 0, all = 0;
  for (size_t k = 0; k < confusion.size(); ++k)
    for (size_t j = 0; j < confusion.size(); ++j) {
      all += static_cast<double>(confusion[k][j]);
      if (k == j) right += static_cast<double>(confusion[k][j]);
    }
  return right / all;
}

double NaiveMeasure::mean_iou() const {
  double sum = 0, classes = 0;
  for (size_t k = 0; k < confusion.size(); ++k) {
    double either = 0;
    for (size_t j = 0; j < confusion.size(); ++j)
      either += static_cast<double>(confusion[k][j] + (j == k ? 0 : confusion[j][k]));
    if (either == 0) continue;
    sum += static_cast<double>(confusion[k][k]) / either, ++classes;
  }
  return sum / classes;
}

NaivePixelTrial naive_pixel_trial(const TrialSpec& spec, const Dataset& data, double gamma) {
  return Loop(spec, data, gamma).run();
}

}  // namespace symopt::test
