// naive_trial.hpp — the protocol of Badrinarayanan, Mishra and Cipolla 2015 once more, as plainly as it can
// be written: the twin of protocols/trainer.cpp for trials in which nothing diverges.
#pragma once
#include <cmath>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "core/network/network_spec.hpp"
#include "core/network/start.hpp"
#include "optimizers/optimizer.hpp"
#include "results/trial.hpp"

namespace symopt::test {

template <class Real>
struct NaiveTrial {
  TrialSpec spec;
  const Dataset& data;
  Network<Real> network;  // large enough to evaluate everything at once
  std::unique_ptr<Optimizer<Real>> optimizer;
  Buffer<Real> theta, grad;
  std::int64_t steps = 0;

  NaiveTrial(const TrialSpec& s, const Dataset& d)
      : spec(s),
        data(d),
        network(parse_network(s.shape, 0, 0), 1000),
        optimizer(find_optimizer(s.optimizer).make<Real>(parse_settings(s.settings))) {
    theta.resize(static_cast<size_t>(network.layout().size));
    grad.resize(theta.size());
  }

  struct Chosen {
    std::vector<Real> X;
    std::vector<std::uint8_t> labels;
  };
  Chosen choose(const Samples& samples, const std::vector<std::uint32_t>& indices) const {
    const size_t inputs = static_cast<size_t>(data.inputs());
    Chosen chosen;
    for (std::uint32_t i : indices) {
      for (size_t p = 0; p < inputs; ++p)
        chosen.X.push_back(Real(samples.pixels[i * inputs + p]) * (Real(1) / Real(255)));
      chosen.labels.push_back(samples.labels[i]);
    }
    return chosen;
  }
  Batch<Real> as_batch(const Chosen& c) const {
    return {{c.X.data(), static_cast<Index>(c.labels.size()), data.inputs()}, c.labels.data()};
  }

  void begin(Stream stream) {
    fill_start<Real>(spec.start, network.layout(), stream, theta);
    network.reset_statistics();
    optimizer->bind(network.layout(), theta);
    steps = 0;
  }

  double epoch(const std::vector<std::uint32_t>& train, const Stream& orders, int e, double rate) {
    std::vector<std::uint32_t> order = train;
    orders.fork(Purpose::batches, static_cast<std::uint64_t>(e)).shuffle(order);
    std::vector<double> losses;
    const size_t size = static_cast<size_t>(spec.protocol.batch);
    for (size_t begin = 0; begin < order.size(); begin += size) {
      const std::vector<std::uint32_t> part(
          order.begin() + static_cast<std::ptrdiff_t>(begin),
          order.begin() + static_cast<std::ptrdiff_t>(std::min(begin + size, order.size())));
      if (part.size() < size && spec.protocol.last_batch == "drop") break;
      const Chosen chosen = choose(data.train, part);
      losses.push_back(static_cast<double>(network.gradient(theta, as_batch(chosen), grad)));
      const Extras<Real> none;
      Log log;
      optimizer->step({steps++, static_cast<Real>(rate), grad, none, log}, theta);
    }
    return std::accumulate(losses.begin(), losses.end(), 0.0) / static_cast<double>(losses.size());
  }

  double error(const Samples& samples, const std::vector<std::uint32_t>& indices) {
    const Chosen chosen = choose(samples, indices);
    return static_cast<double>(network.errors(theta, as_batch(chosen))) / static_cast<double>(indices.size());
  }

  // Statistics of the training set, batch by batch in the order of the split.
  void population(const std::vector<std::uint32_t>& train) {
    if (spec.protocol.bn_statistics != "population") return;
    network.begin_population();
    const size_t size = static_cast<size_t>(spec.protocol.batch);
    for (size_t begin = 0; begin < train.size(); begin += size) {
      if (train.size() - begin < size && spec.protocol.last_batch == "drop") break;
      const Chosen chosen = choose(
          data.train, {train.begin() + static_cast<std::ptrdiff_t>(begin),
                       train.begin() + static_cast<std::ptrdiff_t>(std::min(begin + size, train.size()))});
      network.forward(theta, as_batch(chosen).X, Mode::train);
    }
    network.end_population();
  }

  TrialRecord run() {
    const ProtocolSettings& p = spec.protocol;
    const Stream trial(spec.seed, static_cast<std::uint64_t>(spec.trial));
    const auto first = [](const std::vector<std::uint32_t>& all, int n) {
      return std::vector<std::uint32_t>(all.begin(), all.begin() + n);
    };
    const auto last = [](const std::vector<std::uint32_t>& all, int n) {
      return std::vector<std::uint32_t>(all.end() - n, all.end());
    };
    const std::uint32_t samples = static_cast<std::uint32_t>(data.train.count());
    std::vector<std::uint32_t> test(data.test.count());
    std::iota(test.begin(), test.end(), 0u);

    TrialRecord record;
    record.spec = spec;
    const Stream search = trial.fork(Purpose::search);
    const auto searched = search.fork(Purpose::split).permutation(samples);
    double lowest = 2;
    std::uint64_t candidate = 0;
    for (double eta = p.search_eta_min; eta <= p.search_eta_max; eta += p.search_eta_step, ++candidate) {
      const double rate = std::pow(10, -eta);
      begin(search.fork(Purpose::init, candidate));
      double cost = 0;
      for (int e = 1; e <= p.search_epochs; ++e)
        cost = epoch(first(searched, p.search_train), search.fork(Purpose::batches, candidate), e, rate);
      population(first(searched, p.search_train));
      const double validation = error(data.train, last(searched, p.search_validation));
      record.search.push_back({rate, Status::completed, cost, validation});
      if (validation < lowest) lowest = validation, record.learning_rate = rate;
    }
    record.edge = record.learning_rate == record.search.front().learning_rate  ? "high"
                  : record.learning_rate == record.search.back().learning_rate ? "low"
                                                                               : "none";

    const auto order = trial.fork(Purpose::split).permutation(samples);
    const auto train = first(order, p.train), validation = last(order, p.validation);
    begin(trial.fork(Purpose::init));
    double rate = record.learning_rate;
    for (int e = 1; e <= p.max_epochs && record.stop.empty(); ++e) {
      EpochPoint now;
      now.epoch = e, now.learning_rate = rate;
      now.cost = epoch(train, trial.fork(Purpose::batches), e, rate);
      now.steps = steps;
      population(train);
      now.train_error = error(data.train, train);
      now.validation_error = error(data.train, validation);
      now.test_error = error(data.test, test);
      if (e >= 2) rate = now.cost > record.curve.back().cost ? rate / 2 : 1.1 * rate;
      record.curve.push_back(now);
      const auto back = [&](size_t n) { return record.curve[record.curve.size() - 1 - n].validation_error; };
      if (e == p.max_epochs) record.stop = "max-epochs";
      if (e <= p.min_epochs) continue;
      if (std::abs(now.validation_error - back(1)) < 1e-5) record.stop = "validation-still";
      if (e % 5 == 0 && now.validation_error > back(4)) record.stop = "validation-rose";
      if (now.train_error < 1e-5) record.stop = "train-error";
    }
    return record;
  }
};

}  // namespace symopt::test
