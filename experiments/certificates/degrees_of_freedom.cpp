// degrees_of_freedom.cpp — the Jacobian row by row, its singular values, and the count of known symmetries.
#include "experiments/certificates/degrees_of_freedom.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/algebra/singular_values.hpp"
#include "core/algebra/triangular_qr.hpp"
#include "core/error.hpp"
#include "core/network/layer_weights.hpp"
#include "experiments/certificates/generic_point.hpp"

namespace symopt {

namespace {

bool has_kinks(const NetworkSpec& spec) {
  return spec.activation() == Activation::relu || spec.activation() == Activation::leaky_relu;
}

// Logits of a sample: where the classes are pixels', of all of them.
Index outputs(const NetworkSpec& spec) { return spec.shapes().back().size(); }

// Rows of J: one pull-back of a unit vector for each sample and output. Samples of a plain network do not see
// each other, so each is a batch; batch normalization ties them, so all are one.
void append_jacobian(const Site& site, std::span<const double> theta, TriangularQr& qr) {
  const Index n = site.X.rows(), K = outputs(site.spec), batch = site.spec.batch_norm() ? n : 1;
  Network<double> network(site.spec, batch);
  std::vector<double> unit(static_cast<size_t>(batch * K));
  for (Index first = 0; first < n; first += batch) {
    network.forward(theta, {site.X.row(first).data(), batch, site.X.cols()}, Mode::train);
    for (double& one : unit) {
      one = 1;
      network.pull_back(theta, unit.data(), qr.next_row());
      one = 0;
      for (double x : qr.next_row())
        if (!std::isfinite(x))
          throw UserError("degrees of freedom", site.spec.text(), "a finite Jacobian", "one that is not");
      qr.append();
    }
  }
}

// active(b, i): does any output depend on filter i of sample b, at any of its pixels? Filters are counted
// through the hidden layers.
using Activity = Eigen::Array<bool, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// Pulls a random combination of the outputs back: a filter whose unit does not fire, or that does not win,
// gets 0.
Activity activity(const Site& site, std::span<const double> theta, const Matrix<double>& X, Stream stream) {
  Network<double> network(site.spec, X.rows());
  network.forward(theta, {X.data(), X.rows(), X.cols()}, Mode::train);
  std::vector<double> combination(static_cast<size_t>(X.rows() * outputs(site.spec))),
      grad(static_cast<size_t>(site.layout.size));
  for (double& c : combination) c = stream.normal();
  network.pull_back(theta, combination.data(), grad);
  Index filters = 0;
  for (size_t l = 0; l + 1 < site.layout.layers.size(); ++l) filters += layer_weights(site.layout, l).rows;
  Activity active(X.rows(), filters);
  for (size_t l = 0, first = 0; l + 1 < site.layout.layers.size(); ++l) {
    const auto dZ = network.trace(l).gradients;
    const Index pixels = network.pixels(l);
    for (Index b = 0; b < X.rows(); ++b)
      active.row(b).segment(static_cast<Index>(first), dZ.cols()) =
          (dZ.middleRows(b * pixels, pixels).array() != 0).colwise().any();
    first += static_cast<size_t>(dZ.cols());
  }
  return active;
}

// The samples on which a filter must be active, filter by filter.
std::vector<Index> wanted_activity(const ParamLayout& layout) {
  std::vector<Index> wanted;
  for (size_t l = 0; l + 1 < layout.layers.size(); ++l) {
    const Block& W = layer_weights(layout, l);
    wanted.insert(wanted.end(), static_cast<size_t>(W.rows),
                  kFirings * (W.cols + (layout.layers[l].bias >= 0)));
  }
  return wanted;
}

std::string filter_name(const ParamLayout& layout, Index filter) {
  size_t l = 0;
  while (filter >= layer_weights(layout, l).rows) filter -= layer_weights(layout, l++).rows;
  return fmt::format("layer {} filter {}", l + 1, filter + 1);
}

// Samples on which rare filters are active join the others until each has enough of them, or nothing is found
// any more: the rank over chosen inputs is a rank over inputs all the same.
void add_samples_for_rare(Site& site, std::span<const double> theta, const Stream& stream, bool may_add,
                          DegreesOfFreedom& result) {
  constexpr Index kChunk = 1000;
  constexpr std::uint64_t kMostChunks = 200;
  const std::vector<Index> wanted = wanted_activity(site.layout);
  const Activity first = activity(site, theta, site.X, stream.fork(Purpose::labels));
  std::vector<Index> count(wanted.size());
  std::vector<bool> rare(wanted.size());
  for (size_t i = 0; i < wanted.size(); ++i) {
    count[i] = first.col(static_cast<Index>(i)).count();
    rare[i] = count[i] < wanted[i];
    if (rare[i] && count[i] > 0)
      result.rare.push_back(fmt::format("{} ({} of {})", filter_name(site.layout, static_cast<Index>(i)),
                                        count[i], site.X.rows()));
  }
  std::vector<Eigen::RowVectorXd> added;
  const auto lacks = [&](size_t i) { return rare[i] && count[i] < wanted[i]; };
  for (std::uint64_t chunk = 1; may_add && chunk <= kMostChunks; ++chunk) {
    bool open = false;
    for (size_t i = 0; i < wanted.size(); ++i) open = open || lacks(i);
    if (!open) break;
    const Matrix<double> X = generic_samples(kChunk, site.X.cols(), stream.fork(Purpose::batches, chunk));
    const Activity active = activity(site, theta, X, stream.fork(Purpose::labels));
    result.drawn += kChunk;
    for (Index b = 0; b < kChunk; ++b) {
      bool useful = false;
      for (size_t i = 0; i < wanted.size(); ++i)
        useful = useful || (lacks(i) && active(b, static_cast<Index>(i)));
      if (!useful) continue;
      for (size_t i = 0; i < wanted.size(); ++i) count[i] += active(b, static_cast<Index>(i));
      added.push_back(X.row(b));
    }
  }
  result.added = static_cast<Index>(added.size());
  const Index before = site.X.rows();
  site.X.conservativeResize(before + result.added, Eigen::NoChange);
  for (size_t i = 0; i < added.size(); ++i) site.X.row(before + static_cast<Index>(i)) = added[i];
}

// Filters whose weights move no output.
std::vector<std::vector<bool>> live_filters(const ParamLayout& layout, const Eigen::VectorXd& column_norms) {
  std::vector<std::vector<bool>> live;
  for (size_t l = 0; l + 1 < layout.layers.size(); ++l) {
    const Block& W = layer_weights(layout, l);
    live.emplace_back();
    for (Index i = 0; i < W.rows; ++i)
      live.back().push_back(!column_norms.segment(W.offset + i * W.cols, W.cols).isZero(0));
  }
  return live;
}

// What the layer after it reads of each unit: always of one sign, so that its kink is never passed.
std::vector<std::string> unbent_units(const Site& site, std::span<const double> theta) {
  std::vector<std::string> names;
  const auto dense = as_dense(site.spec);
  if (!dense || !has_kinks(site.spec) || dense->pool > 1) return names;
  Network<double> network(site.spec, site.X.rows());
  network.forward(theta, {site.X.data(), site.X.rows(), site.X.cols()}, Mode::train);
  for (size_t l = 0; l + 1 < site.layout.layers.size(); ++l) {
    const auto Y = network.trace(l + 1).inputs;
    for (Index f = 0; f < Y.cols(); ++f)
      if (Y.col(f).minCoeff() > 0 || Y.col(f).maxCoeff() < 0)
        names.push_back(fmt::format("layer {} unit {}", l + 1, f + 1));
  }
  return names;
}

// Units of which at least one filter is alive, or the live filters themselves.
Index count_live(const std::vector<std::vector<bool>>& live, Index pool) {
  Index count = 0;
  for (const auto& layer : live)
    for (size_t i = 0; i < layer.size(); i += static_cast<size_t>(pool))
      count += std::any_of(layer.begin() + static_cast<std::ptrdiff_t>(i),
                           layer.begin() + static_cast<std::ptrdiff_t>(i) + pool, [](bool b) { return b; });
  return count;
}

// Of the symmetries that keep the logits on any data: ‖J Δw‖ = ‖R Δw‖.
double largest_along_generators(const Site& site, std::span<const double> theta, const Eigen::MatrixXd& R,
                                double scale) {
  double largest = 0;
  for (const char* name : {"node-rescale", "bn-rescale", "filter-rescale", "bn-shift"}) {
    const GroupEntry& group = find_group(name);
    if (!group.holds_for(site.spec)) continue;
    group.generators(site, theta, [&](const std::string&, std::span<const double> direction) {
      const Eigen::Map<const Eigen::VectorXd> d(direction.data(), static_cast<Index>(direction.size()));
      largest = std::max(largest, (R.triangularView<Eigen::Upper>() * d).norm() / (scale * d.norm()));
    });
  }
  return largest;
}

// Dimension of the affine maps from I inputs to K outputs whose linear part has a rank of at most r.
Index linear_maps(const DenseNetwork& spec) {
  Index r = std::min(spec.inputs, spec.classes);
  for (Index f : spec.features) r = std::min(r, f);
  return r * (spec.inputs + spec.classes - r) + (spec.bias ? spec.classes : 0);
}

}  // namespace

std::vector<Ambiguity> predict_ambiguities(const NetworkSpec& spec, bool& complete) {
  Index units = 0, filters = 0, shifts = 0;
  for (const LayerSpec& layer : spec.hidden_layers()) {
    units += layer.features, filters += layer.filters();
    if (layer.batch_norm && layer.bias) shifts += layer.filters();
  }
  const auto dense = as_dense(spec);
  const bool plain_linear =
      dense && dense->activation == Activation::linear && dense->pool == 1 && !dense->batch_norm;
  complete = plain_linear || std::ranges::none_of(spec.hidden_layers(), [](const LayerSpec& layer) {
               return layer.activation == Activation::linear;  // units that do not bend can mix
             });
  std::vector<Ambiguity> all;
  if (plain_linear) {
    const Index parameters = Site(spec).layout.size;
    all.push_back({"linear maps between the layers", parameters - linear_maps(*dense)});
    return all;
  }
  if (spec.batch_norm()) all.push_back({"filter-rescale", filters});
  if (shifts > 0) all.push_back({"bn-shift", shifts});
  const std::string rescaling = spec.batch_norm() ? "bn-rescale" : "node-rescale";
  if (find_group(rescaling).holds_for(spec)) all.push_back({rescaling, units});
  return all;
}

Index DegreesOfFreedom::predicted() const {
  Index count = parameters - unmoved;
  for (const Ambiguity& a : ambiguities) count -= a.count;
  return count;
}

NetworkSpec measurable_network(const std::string& network) {
  const NetworkSpec spec = parse_sized_network(network);
  const Index P = layout_of(spec).size;
  if (P > kMostParameters)
    throw UsageError(
        fmt::format("network '{}': expected at most {} parameters, found {}", network, kMostParameters, P));
  return spec;
}

DegreesOfFreedom measure_degrees(const DegreesRequest& request) {
  NetworkSpec spec = measurable_network(request.network);
  DegreesOfFreedom result;
  result.network = spec.text(), result.seed = request.seed;
  spec.bn_epsilon = 0;
  Site site(spec);
  const Index P = site.layout.size, K = outputs(spec);
  // A pixel with classes of its own shows what a sample does.
  const Index pixels = spec.shapes().back().pixels(), fewest = (kFewestSamples + pixels - 1) / pixels;
  const Index n = request.samples > 0 ? request.samples : std::max<Index>(fewest, (3 * P + K - 1) / K);
  const Stream stream = Stream(request.seed, 0).fork(Purpose::certificate);
  site.X = generic_samples(n, spec.inputs(), stream.fork(Purpose::batches));
  const std::vector<double> theta = generic_point(site.layout, stream);

  if (has_kinks(spec) && !spec.batch_norm())
    add_samples_for_rare(site, theta, stream, request.samples == 0, result);
  TriangularQr qr(P);
  append_jacobian(site, theta, qr);
  const Eigen::MatrixXd& R = qr.R();
  const Eigen::VectorXd sigma = singular_values(R);

  result.samples = site.X.rows(), result.rows = qr.rows(), result.parameters = P;
  result.spectrum.assign(sigma.begin(), sigma.end());
  result.threshold =
      static_cast<double>(std::max(result.rows, P)) * std::numeric_limits<double>::epsilon() * sigma[0];
  result.rank = std::count_if(sigma.begin(), sigma.end(), [&](double s) { return s > result.threshold; });
  const double dropped = result.rank < P ? sigma[result.rank] : 0;
  result.gap = result.rank > 0 ? sigma[result.rank - 1] / dropped : 0;
  result.along_generators = largest_along_generators(site, theta, R, sigma[0]);

  const Eigen::VectorXd norms = R.colwise().norm();
  result.unmoved = (norms.array() == 0).count();
  const auto live = live_filters(site.layout, norms);
  for (size_t l = 0; l < live.size(); ++l)
    for (size_t i = 0; i < live[l].size(); ++i)
      if (!live[l][i]) result.dead.push_back(fmt::format("layer {} filter {}", l + 1, i + 1));
  result.linear = unbent_units(site, theta);
  result.ambiguities = predict_ambiguities(spec, result.complete);
  for (Ambiguity& a : result.ambiguities) {
    if (a.name == "filter-rescale") a.count = count_live(live, 1);
    if (a.name == "node-rescale" || a.name == "bn-rescale")
      a.count = count_live(live, spec.hidden_layers().front().pool);
  }
  return result;
}

}  // namespace symopt
