// invariance.cpp — certificates, measured: the same batches from w and from g·w.
#include "experiments/certificates/invariance.hpp"

#include <omp.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "core/parallel.hpp"
#include "experiments/certificates/generic_point.hpp"
#include "experiments/certificates/laboratory.hpp"
#include "results/statistics.hpp"

namespace symopt {

std::string to_text(Equivariance verdict) {
  switch (verdict) {
    case Equivariance::equivariant:
      return "equivariant";
    case Equivariance::canonical:
      return "canonicalizes";
    case Equivariance::first_order:
      return "to first order";
    case Equivariance::not_equivariant:
      return "not";
    case Equivariance::no_symmetry:
      return "not a symmetry here";
    case Equivariance::refused:
      return "refused";
  }
  return "";
}

const std::vector<std::string>& default_networks() {
  static const std::vector<std::string> networks = {"archbn:8-4x2-3/pool2",
                                                    "arch1:8-4x2-3/pool2+bias",
                                                    "mlp:8-6x2-3/tanh+bias",
                                                    "mlp:8-6x2-3/linear",
                                                    "conv:6x5x2-4c3-p2s2-3c2-5-3/leaky-relu+bias",
                                                    "conv:6x5x2-4c3-p2s2-3c2-3/bn-bias/relu",
                                                    "conv:4x5x1-3c3-p2s2-3c3-u-3c3-4c1/bn/relu"};
  return networks;
}

const std::vector<CertificateOptions>& certificate_options() {
  static const std::string epsilon =
      "an epsilon compares gradients with a number, which has a unit of its own";
  static const std::vector<CertificateOptions> options = {
      {"natural", "damping=0 rcond=1e-12", 1e-3,
       "damping adds a multiple of the identity, which no rescaling keeps; without it weak directions take "
       "long "
       "steps, and a smaller rate keeps those where first order means something"},
      {"kfac", "damping=0 kl-clip=0 fisher=exact decay=0 t-cov=1 t-inv=1", 1,
       "damping compares lengths of parameters; sampled labels and averages over steps are noise here"},
      {"scion", "radius-classes=1", 1,
       "with its 1024 class vectors move so far that what filters do hardly shows beside it"},
      {"lars", "weight-decay=0", 1, "decay adds weights to gradients, which a factor of the loss does not"},
      {"shampoo", "eps=1e-12", 1, epsilon},
      {"rmsprop", "eps=1e-30", 1, epsilon},
      {"adam", "eps=1e-30", 1, epsilon},
      {"adamw", "eps=1e-30", 1, epsilon},
      {"un-adam", "eps=1e-30", 1, epsilon},
      {"adamp", "eps=1e-30", 1, epsilon},
      {"lamb", "eps=1e-30", 1, epsilon},
      {"rotational-adamw", "eps=1e-30", 1, epsilon},
      {"schedule-free-adamw", "eps=1e-30", 1, epsilon},
      {"prodigy", "eps=1e-30", 1, epsilon},
      {"soap", "eps=1e-30", 1, epsilon},
      {"muon", "eps=1e-30", 1, epsilon},
      {"normuon", "eps=1e-30", 1, epsilon},
      {"rownorm-m", "eps=1e-30 row-eps=1e-30", 1, epsilon},
  };
  return options;
}

namespace {

double largest_difference(const Matrix<double>& a, const Matrix<double>& b) {
  double largest = 0;
  for (Index i = 0; i < a.size(); ++i) {
    const double d = std::abs(a.data()[i] - b.data()[i]);
    if (std::isnan(d)) return d;
    largest = std::max(largest, d);
  }
  return largest;
}

double distance(const std::vector<double>& a, const std::vector<double>& b) {
  return (as_array(std::span<const double>(a)) - as_array(std::span<const double>(b))).matrix().norm();
}

// Does y shrink in proportion from each rate to the next? The slope of all would take one small y for a law:
// where a maximum changes places, unpooling makes the function jump, and differences are small beside that
// step.
bool shrinks_each_time(const std::vector<double>& x, const std::vector<double>& y) {
  for (size_t i = 1; i < x.size(); ++i)
    if (!(log_slope(std::span(x).subspan(i - 1, 2), std::span(y).subspan(i - 1, 2)) >= kFirstOrderSlope))
      return false;
  return true;
}

// What runs from w pass, once for all groups that share the data.
struct Base {
  std::vector<Path> paths;  // at rate, rate/10, rate/100; the first takes all steps
  Matrix<double> f0;        // f(w)
};

class Certifier {  // one optimizer and one network: all its groups
 public:
  Certifier(const Contender& contender, const std::string& network, const InvarianceRequest& request)
      : contender_(contender), request_(request) {
    training_ = parse_sized_network(network);
    exact_ = training_;
    exact_.bn_epsilon = 0;
  }

  std::vector<Certificate> certify() {
    std::vector<Certificate> cells;
    for (const std::string& name : request_.groups) {
      Certificate cell;
      cell.optimizer = contender_.entry->name;
      cell.settings = contender_.entry->canonical(contender_.settings);
      cell.network = training_.text(), cell.group = name;
      cell.learning_rate = rate(0);
      try {
        if (const auto why = contender_.entry->refuses(training_, contender_.settings))
          cell.reason = *why;
        else
          measure(find_group(name), cell);
      } catch (const UserError& e) {
        cell.verdict = Equivariance::refused;
        cell.reason = e.what();
      }
      cells.push_back(std::move(cell));
    }
    return cells;
  }

 private:
  void measure(const GroupEntry& group, Certificate& cell) {
    const auto does_not_act = [&] {
      cell.verdict = Equivariance::no_symmetry;
      cell.reason = "acts on " + group.condition;
    };
    if (group.needs_data && !group.holds_for(exact_)) return does_not_act();
    if (group.beside == Beside::loss && contender_.entry->name.find("sam+") != std::string::npos) {
      cell.reason =
          "the gradient that it takes itself, at another point, would have to be of that loss as well";
      return;  // refused
    }
    const Stream stream = Stream(request_.seed, 0).fork(Purpose::certificate);
    const CertificateData& data = data_of(group.needs_data);
    Laboratory laboratory(contender_, exact_, data, stream);
    const Site site(exact_, data.comparison);
    const auto g = group.draw(site, stream.fork(Purpose::certificate, 1), request_.size);
    const auto back = g->inverse();
    const Base& base = base_of(group.needs_data, laboratory, stream);
    const CertificateData moved_data = moved_by(*g, data);
    const Around around{g->loss_factor(), back.get()};
    Laboratory there(contender_, exact_, moved_data, stream, around);

    std::vector<double> moved = base.paths[0].start;
    const ActionStatus status = g->act(moved);
    if (moved == base.paths[0].start && moved_data.comparison == data.comparison && around.loss_factor == 1)
      return does_not_act();
    const Matrix<double>& f0 = base.f0;
    cell.function_deviation = largest_difference(f0, there.function(moved));
    if (!(cell.function_deviation <= kSameFunction)) {
      cell.verdict = Equivariance::no_symmetry;
      cell.reason = status.message;
      return;
    }
    if (training_.batch_norm()) deviation_in_training(*g, around, data, moved_data, stream, cell);
    std::vector<double> rates, differences;
    bool same_point = false;
    for (size_t i = 0; i < base.paths.size(); ++i) {
      const Path path = there.run(moved, rate(i), i == 0 ? request_.steps : 1);
      rates.push_back(rate(i));
      differences.push_back(relative(f0, laboratory.function(base.paths[i].one), there.function(path.one)));
      if (i > 0) continue;
      const Path& from_w = base.paths[0];
      cell.one_step = differences[0];
      cell.many_steps = relative(f0, laboratory.function(from_w.many), there.function(path.many));
      if (group.beside == Beside::nothing && request_.steps > 1)
        cell.moved_within = relative(f0, laboratory.function(from_w.many),
                                     laboratory.function(laboratory.run_moved_within(
                                         base.paths[0].start, rate(0), request_.steps, *g)));
      std::vector<double> expected = from_w.one;
      g->act(expected);
      const double step = distance(from_w.one, from_w.start);
      cell.parameter_space = distance(there.bound(expected), path.one) / step;
      same_point = moved != from_w.start && group.beside == Beside::nothing &&
                   distance(from_w.one, path.one) < kEquivariant * step &&
                   distance(from_w.many, path.many) < kEquivariant * distance(from_w.many, from_w.start);
      const double shift = largest_difference(f0, there.function(path.start));
      if (!(shift <= kSameFunction))
        cell.reason = fmt::format("its own start moves g·w to another function, by {:.1e} nats", shift);
      if (around.loss_factor != 1 && cell.one_step >= kEquivariant &&
          stretched(from_w, path, around.loss_factor))
        cell.reason = "c times the loss makes the first step c times as long";
    }
    // Of rounding there is none. A small rate may take a difference of first order below kEquivariant.
    if (cell.one_step >= kRounding) cell.slope = log_slope(rates, differences);
    judge(cell, shrinks_each_time(rates, differences), same_point);
    if (const std::string& remark = base.paths[0].remark; !remark.empty())
      cell.reason += (cell.reason.empty() ? "" : "; ") + remark;
  }

  // Is the other path's first step this many times as long, in the same direction?
  static bool stretched(const Path& path, const Path& other, double factor) {
    const auto step = [](const Path& p) -> Eigen::ArrayXd {
      return as_array(std::span<const double>(p.one)) - as_array(std::span<const double>(p.start));
    };
    const Eigen::ArrayXd longer = factor * step(path);
    return (step(other) - longer).matrix().norm() < kEquivariant * longer.matrix().norm();
  }

  static void judge(Certificate& cell, bool in_proportion, bool same_point) {
    if (!std::isfinite(cell.one_step) || !std::isfinite(cell.many_steps)) {
      cell.verdict = Equivariance::refused;
      cell.reason = "its steps are not finite or do not change the function";
    } else if (cell.one_step < kEquivariant && cell.many_steps < kEquivariant &&
               !(cell.slope >= kFirstOrderSlope && in_proportion)) {
      cell.verdict = same_point ? Equivariance::canonical : Equivariance::equivariant;
    } else if (cell.slope >= kFirstOrderSlope && in_proportion) {
      cell.verdict = Equivariance::first_order;
    } else {
      cell.verdict = Equivariance::not_equivariant;
      if (cell.one_step < kEquivariant) cell.reason = "one step is equivariant, many are not";
    }
  }

  // The same one step with the ε that training uses.
  void deviation_in_training(const Element& g, const Around& around, const CertificateData& data,
                             const CertificateData& moved_data, const Stream& stream, Certificate& cell) {
    Laboratory laboratory(contender_, training_, data, stream),
        there(contender_, training_, moved_data, stream, around);
    const Path from_w = laboratory.run(start(stream), rate(0), 1);
    std::vector<double> moved = from_w.start;
    g.act(moved);
    const Matrix<double> f0 = laboratory.function(from_w.start);
    cell.function_deviation_training = largest_difference(f0, there.function(moved));
    cell.one_step_training =
        relative(f0, laboratory.function(from_w.one), there.function(there.run(moved, rate(0), 1).one));
  }

  // The difference between two functions, in units of the step from f0 to the first.
  static double relative(const Matrix<double>& f0, const Matrix<double>& f, const Matrix<double>& other) {
    return largest_difference(f, other) / largest_difference(f, f0);
  }
  double rate(size_t i) const {
    return contender_.rate_factor * request_.rate / std::pow(10, static_cast<double>(i));
  }
  std::vector<double> start(const Stream& stream) const {
    return generic_point(Site(training_).layout, stream);
  }
  const CertificateData& data_of(bool on_one_batch) {
    auto found = data_.find(on_one_batch);
    if (found == data_.end())
      found = data_.emplace(on_one_batch, make_data(exact_, on_one_batch, request_)).first;
    return found->second;
  }
  const Base& base_of(bool on_one_batch, Laboratory& laboratory, const Stream& stream) {
    auto found = bases_.find(on_one_batch);
    if (found != bases_.end()) return found->second;
    Base base;
    for (size_t i = 0; i < 3; ++i)
      base.paths.push_back(laboratory.run(start(stream), rate(i), i == 0 ? request_.steps : 1));
    base.f0 = laboratory.function(base.paths[0].start);
    return bases_.emplace(on_one_batch, std::move(base)).first->second;
  }

  const Contender& contender_;
  const InvarianceRequest& request_;
  NetworkSpec training_, exact_;
  std::map<bool, CertificateData> data_;
  std::map<bool, Base> bases_;
};

}  // namespace

void complete(InvarianceRequest& request) {
  if (request.optimizers.empty())
    for (const OptimizerEntry& entry : optimizer_registry()) request.optimizers.push_back(entry.name);
  if (request.networks.empty()) request.networks = default_networks();
  if (request.groups.empty())
    for (const GroupEntry& group : group_registry()) request.groups.push_back(group.name);
  for (const std::string& optimizer : request.optimizers) parse_contender(optimizer);
  for (const std::string& group : request.groups) find_group(group);
  for (const std::string& network : request.networks) parse_sized_network(network);
}

std::vector<Certificate> certify(const InvarianceRequest& given) {
  InvarianceRequest request = given;
  complete(request);
  std::vector<Contender> contenders;
  for (const std::string& optimizer : request.optimizers) contenders.push_back(parse_contender(optimizer));
  const size_t networks = request.networks.size();
  std::vector<std::vector<Certificate>> columns(contenders.size() * networks);
  const int threads = request.jobs > 0 ? request.jobs : omp_get_num_procs();
  parallel_for(columns.size(), static_cast<size_t>(threads), [&](size_t i) {
    columns[i] = Certifier(contenders[i / networks], request.networks[i % networks], request).certify();
  });
  std::vector<Certificate> cells;
  for (auto& column : columns) std::move(column.begin(), column.end(), std::back_inserter(cells));
  return cells;
}

std::vector<Orthogonality> measure_orthogonality(const InvarianceRequest& given) {
  InvarianceRequest request = given;
  complete(request);
  std::vector<Orthogonality> all;
  const Stream stream = Stream(request.seed, 0).fork(Purpose::certificate);
  for (const std::string& text : request.networks) {
    NetworkSpec spec = parse_sized_network(text);
    const std::string name = spec.text();
    spec.bn_epsilon = 0;
    for (const std::string& group_name : request.groups) {
      const GroupEntry& group = find_group(group_name);
      if (group.generators == nullptr || !group.holds_for(spec)) continue;
      const CertificateData data = make_data(spec, group.needs_data, request);
      const Site site(spec, data.comparison);
      const std::vector<double> theta = generic_point(site.layout, stream);
      std::vector<double> grad(theta.size());
      Network<double> network(spec, data.batches[0].rows());
      network.gradient(theta, data.batch(0), grad);
      const auto gradient = as_array(std::span<const double>(grad));
      group.generators(site, theta, [&](const std::string& generator, std::span<const double> direction) {
        const auto d = as_array(direction);
        all.push_back({name, group.name, generator,
                       std::abs((d * gradient).sum()) / (d.matrix().norm() * gradient.matrix().norm())});
      });
    }
  }
  return all;
}

}  // namespace symopt
