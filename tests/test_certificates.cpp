// test_certificates.cpp — the table of equivariances, asserted in both senses, and the theorem that gradients
// are orthogonal to what keeps the function.
#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "core/network/start.hpp"
#include "core/random.hpp"
#include "experiments/certificates/generic_point.hpp"
#include "experiments/certificates/invariance_report.hpp"
#include "plots/figures/figures.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/csv_table.hpp"
#include "tests/support/errors.hpp"
#include "tests/support/idx_files.hpp"
#include "tests/support/records.hpp"

using namespace symopt;
using namespace symopt::test;

namespace {

constexpr double kEpsilon = std::numeric_limits<double>::epsilon();

// yes: as a function; point: as weights, too; nearly: but for an epsilon, below a thousandth of a step; open:
// it depends on the point.
enum class Promise { yes, point, nearly, first_order, no, open };

struct Expected {
  const char* optimizer;
  Promise nodes;    // node-rescale on plain networks
  Promise filters;  // filter-rescale on batch-normalized ones
  // class-shift: who scales class vectors by what a shift of all of them changes does not follow.
  Promise shifts = Promise::yes;
};

constexpr Expected kExpected[] = {
    {"sgd", Promise::no, Promise::no},
    {"b-sgd", Promise::no, Promise::no},
    {"momentum", Promise::no, Promise::no},
    {"nesterov", Promise::no, Promise::no},
    {"muon", Promise::no, Promise::no},
    {"un", Promise::no, Promise::point},
    {"sm", Promise::yes, Promise::yes, Promise::no},
    {"path-sgd", Promise::yes, Promise::yes, Promise::no},
    {"ddp-sgd", Promise::yes, Promise::yes},
    {"natural", Promise::first_order, Promise::first_order},
    {"kfac", Promise::yes, Promise::yes},
    {"adam", Promise::no, Promise::no},
    {"rmsprop", Promise::no, Promise::no},
    {"adagrad", Promise::no, Promise::no},
    {"adamw", Promise::no, Promise::no},
    {"constrained", Promise::no, Promise::point},
    {"pbwn", Promise::no, Promise::point},
    {"weight-norm", Promise::no, Promise::point},
    {"un-momentum", Promise::no, Promise::point},
    {"un-adam", Promise::no, Promise::yes},
    {"normuon", Promise::no, Promise::no},
    {"muon-stiefel", Promise::no, Promise::no, Promise::no},
    {"spectral-sphere", Promise::no, Promise::no},
    {"right-polar", Promise::no, Promise::no},
    {"scion", Promise::no, Promise::no},
    {"shampoo", Promise::no, Promise::no},
    {"soap", Promise::no, Promise::no},
    {"lion", Promise::no, Promise::no},
    {"lars", Promise::no, Promise::no, Promise::no},
    {"lamb", Promise::no, Promise::no, Promise::no},
    {"sgdp", Promise::no, Promise::no, Promise::open},
    {"adamp", Promise::no, Promise::no, Promise::open},
    {"fromage", Promise::no, Promise::no, Promise::no},
    {"nero", Promise::no, Promise::yes, Promise::no},
    {"rotational-momentum", Promise::no, Promise::yes, Promise::no},
    {"rotational-adamw", Promise::no, Promise::yes, Promise::no},
    {"enorm", Promise::no, Promise::no},
    {"rownorm-m", Promise::no, Promise::no},
    {"schedule-free-sgd", Promise::no, Promise::no},
    {"schedule-free-adamw", Promise::no, Promise::no},
    {"prodigy", Promise::no, Promise::no},
    {"sophia", Promise::no, Promise::no},
    {"g-sgd", Promise::yes, Promise::no},
};

// The networks of the table: with biases and without, pooled and not.
InvarianceRequest table_request(std::uint64_t seed) {
  InvarianceRequest request;
  for (const Expected& e : kExpected) request.optimizers.push_back(e.optimizer);
  request.networks = {"archbn:8-4x2-3/pool2", "archbn:8-6-3/relu", "arch1:8-4x2-3/pool2+bias",
                      "arch1:8-4x2-3/pool2", "mlp:8-6x2-3/leaky-relu+bias"};
  request.groups = {"node-rescale", "filter-rescale", "permutation"};
  request.seed = seed;
  request.jobs = 1;
  return request;
}

std::vector<std::string> picture_defaults() {
  std::vector<std::string> networks = default_networks();
  std::erase_if(networks, [](const std::string& text) { return !text.starts_with("conv:"); });
  return networks;
}

// With one hidden layer the directions that keep the function are the filters' own radii and others that no
// filter takes part in: rescaling filters keeps what is orthogonal to all of them, so that the pseudo-inverse
// picks the same function at any rate.
Promise filters(const Expected& e, const Certificate& c) {
  const NetworkSpec spec = parse_network(c.network, 0, 0);
  const bool one_layer = spec.hidden_layers().size() == 1;
  // It begins where rows are orthonormal, whatever their lengths were; where there are more filters than
  // inputs, it is columns.
  if (c.optimizer == "muon-stiefel") {
    for (const Block& block : layout_of(spec).blocks)
      if (block.role == Role::filters && block.rows > block.cols) return Promise::no;
    return Promise::yes;
  }
  return one_layer && e.filters == Promise::first_order ? Promise::yes : e.filters;
}

// The skeleton of g-sgd is chosen by the units' numbers. The random signs of sophia are drawn by the
// parameters': its step from reordered units has the same distribution, and what it differs by depends on the
// point.
Promise permutations(const Certificate& c) {
  return c.optimizer == "g-sgd" ? Promise::no : c.optimizer == "sophia" ? Promise::open : Promise::yes;
}

bool one_of(const std::string& name, std::initializer_list<const char*> names) {
  return std::ranges::any_of(names, [&](const char* n) { return name == n; });
}

// Shifts and scales that no rule for matrices moves: biases, and what normalization has.
bool only_matrices(const ParamLayout& layout) {
  return std::ranges::all_of(
      layout.blocks, [](const Block& b) { return b.role == Role::filters || b.role == Role::class_vectors; });
}

Promise on_layer_rescale(const std::string& o, const ParamLayout& layout) {
  if (o == "natural") return Promise::first_order;
  if (one_of(o, {"sm", "path-sgd", "ddp-sgd", "g-sgd", "kfac", "fromage"})) return Promise::yes;
  // Rules for each matrix leave vectors to another.
  if (!only_matrices(layout)) return Promise::no;
  if (one_of(o, {"muon-stiefel", "nero"})) return Promise::point;
  return one_of(o, {"lars", "rotational-momentum", "rotational-adamw"}) ? Promise::yes : Promise::no;
}

Promise on_hidden_orthogonal(const std::string& o) {
  if (o == "spectral-sphere") return Promise::open;  // power iterations start at one vector for all matrices
  // Class vectors, whose columns turn, are Adam's in muon and normuon, and rows of one length in scion.
  return one_of(o, {"sgd", "b-sgd", "momentum", "nesterov", "muon-stiefel", "right-polar", "shampoo", "lars",
                    "sgdp", "fromage", "schedule-free-sgd", "natural", "kfac"})
             ? Promise::yes
             : Promise::no;
}

Promise on_input_orthogonal(const std::string& o, const ParamLayout& layout) {
  const Block& first = layout.blocks[0];
  if (o == "spectral-sphere")
    return Promise::open;  // its power iterations begin at one vector for all matrices
  // The bases of soap are turned as a whole where they have full rank.
  if (o == "soap" && first.rows >= first.cols) return Promise::yes;
  // Rows of mean zero, numbers one by one, signs, or the inputs that a skeleton names.
  return one_of(o, {"adagrad", "rmsprop", "adam", "adamw", "lion", "lamb", "adamp", "nero",
                    "rotational-momentum", "rotational-adamw", "schedule-free-adamw", "prodigy", "sophia",
                    "soap", "g-sgd", "ddp-sgd"})
             ? Promise::no
             : Promise::yes;
}

Promise on_input_scale(const Certificate& c, const ParamLayout& layout) {
  const std::string& o = c.optimizer;
  if (o == "kfac") return Promise::yes;
  // Damped by nothing it follows any linear change, to first order, which is little where units do not bend.
  if (o == "natural") return contains(c.network, "relu") ? Promise::first_order : Promise::open;
  // One scale for all inputs is one for all rows of the first matrix.
  if (layout.layers[0].channels > 1) return Promise::no;
  if (!contains(c.network, "bn"))
    return one_of(o, {"sm", "lars", "fromage", "rotational-momentum", "rotational-adamw"}) ? Promise::yes
                                                                                           : Promise::no;
  if (o == "lamb") return Promise::open;  // but for its decay, which is small
  return one_of(o, {"un", "sm", "constrained", "pbwn", "weight-norm", "un-momentum", "un-adam",
                    "muon-stiefel", "lars", "fromage", "nero", "rotational-momentum", "rotational-adamw"})
             ? Promise::yes
             : Promise::no;
}

Promise on_loss_scale(const std::string& o, const ParamLayout& layout) {
  if (one_of(o, {"adagrad", "rmsprop", "adam", "adamw", "un-adam", "muon-stiefel", "spectral-sphere", "soap",
                 "lion", "lamb", "adamp", "fromage", "nero", "rotational-adamw", "rownorm-m",
                 "schedule-free-adamw", "prodigy"}))
    return Promise::yes;
  // What Newton and Schulz's iteration and statistics begin with is a number of its own.
  if (one_of(o, {"muon", "normuon", "scion", "shampoo"})) return Promise::nearly;
  if (one_of(o, {"lars", "rotational-momentum"}) && only_matrices(layout)) return Promise::yes;
  return Promise::no;
}

Promise other_groups(const Certificate& c) {
  const std::string& o = c.optimizer;
  const ParamLayout layout = layout_of(parse_network(c.network, 0, 0));
  if (c.group == "layer-rescale") return on_layer_rescale(o, layout);
  if (c.group == "hidden-orthogonal") return on_hidden_orthogonal(o);
  if (c.group == "input-orthogonal") return on_input_orthogonal(o, layout);
  if (c.group == "input-scale") return on_input_scale(c, layout);
  if (c.group == "loss-scale") return on_loss_scale(o, layout);
  if (c.group == "bn-shift") return Promise::yes;
  if (c.group == "class-permutation")  // random signs, and a skeleton, go by numbers
    return one_of(o, {"sophia", "g-sgd"}) ? Promise::no : Promise::yes;
  if (c.group == "sign-flip") {
    if (one_of(o, {"spectral-sphere", "sophia"})) return Promise::open;
    // Signs of columns change a row's mean.
    return one_of(o, {"nero", "rotational-momentum", "rotational-adamw"}) ? Promise::no : Promise::yes;
  }
  return Promise::open;
}

bool not_served(const Certificate& c) {
  return find_optimizer(c.optimizer).refuses(parse_network(c.network, 0, 0)).has_value();
}

// A step that is not followed parts by more than `least` of itself, the first or all of them.
void check(Promise promise, const Certificate& c, double least = 1e-3) {
  INFO(c.optimizer << " " << c.network << " " << c.group << ": " << to_text(c.verdict) << " " << c.reason
                   << "; one step " << c.one_step << ", many " << c.many_steps << ", slope " << c.slope);
  switch (promise) {
    case Promise::yes:
      CHECK((c.verdict == Equivariance::equivariant || c.verdict == Equivariance::canonical));
      break;
    case Promise::point:
      CHECK(c.verdict == Equivariance::canonical);
      break;
    case Promise::nearly:
      CHECK(std::max(c.one_step, c.many_steps) < 1e-3);
      break;
    case Promise::first_order:
      CHECK(c.verdict == Equivariance::first_order);
      CHECK(c.slope < 1.3);
      break;
    case Promise::no:
      CHECK(c.verdict == Equivariance::not_equivariant);
      CHECK((least < 1e-3 ? std::max(c.one_step, c.many_steps) : c.one_step) > least);
      break;
    case Promise::open:
      break;
  }
}

}  // namespace

TEST_CASE("certificates (1): every cell of the table of equivariances, in both senses", "[slow]") {
  for (const OptimizerEntry& entry : optimizer_registry()) {
    INFO(entry.name << " needs a row in kExpected");
    CHECK((entry.name.find('+') != std::string::npos ||
           std::any_of(std::begin(kExpected), std::end(kExpected),
                       [&](const Expected& e) { return entry.name == e.optimizer; })));
  }
  for (std::uint64_t seed : {1, 2}) {
    const auto cells = certify(table_request(seed));
    std::size_t tested = 0;
    for (const Certificate& c : cells) {
      const Expected& e = *std::find_if(std::begin(kExpected), std::end(kExpected),
                                        [&](const Expected& x) { return x.optimizer == c.optimizer; });
      const bool normalized = c.network.starts_with("archbn");
      if (not_served(c))
        CHECK(c.verdict == Equivariance::refused);
      else if (c.group == "permutation")
        check(permutations(c), c);
      else if ((c.group == "filter-rescale") == normalized)
        check(normalized ? filters(e, c) : e.nodes, c);
      else
        CHECK(c.verdict == Equivariance::no_symmetry);
      ++tested;
    }
    CHECK(tested == table_request(seed).optimizers.size() * 15);
  }
}

TEST_CASE("certificates (1): the same cells on convolutions", "[slow]") {
  InvarianceRequest request;
  for (const Expected& e : kExpected) request.optimizers.push_back(e.optimizer);
  request.networks = picture_defaults();
  request.networks.insert(request.networks.end(), {"conv:6x6x1-3c3v-p3s2-4c2-3/bn/pool2/leaky-relu",
                                                   "conv:6x5x1-3c3-a2s2-4c3s2-3/leaky-relu"});
  request.steps = 10, request.jobs = 1;
  std::map<std::string, int> tested;
  for (const Certificate& c : certify(request)) {
    const Expected& e = *std::find_if(std::begin(kExpected), std::end(kExpected),
                                      [&](const Expected& x) { return x.optimizer == c.optimizer; });
    const bool normalized = contains(c.network, "/bn"), decodes = contains(c.network, "-u-");
    const std::string cannot = c.optimizer == "ddp-sgd" || c.optimizer == "g-sgd"
                                   ? "expected a dense network, found convolutions"
                               : c.optimizer == "enorm" && normalized ? "found batch normalization"
                               : !decodes                             ? ""
                               : c.optimizer == "natural"             ? "found classes of pixels"
                               : c.optimizer == "path-sgd"            ? "expected a network without unpooling"
                                                                      : "";
    if (!cannot.empty()) {
      CHECK(c.verdict == Equivariance::refused);
      CHECK(contains(c.reason, cannot));
    } else if (c.group == "permutation") {
      check(permutations(c), c);
    } else if (c.group == "class-shift") {
      check(e.shifts, c);
    } else if (c.group == "bn-rescale" && normalized) {
      check(e.optimizer == std::string("natural") ? Promise::first_order : Promise::no, c);
    } else if (c.group == (normalized ? "filter-rescale" : "node-rescale")) {
      check(!normalized ? e.nodes : c.optimizer == "muon-stiefel" ? filters(e, c) : e.filters, c);
    } else if (!find_group(c.group).holds_for(parse_network(c.network, 0, 0))) {
      CHECK(c.verdict == Equivariance::no_symmetry);
    } else {
      check(other_groups(c), c, 1e-4);
    }
    ++tested[c.group];
  }
  for (const GroupEntry& group : group_registry())
    CHECK(tested[group.name] == static_cast<int>(request.optimizers.size() * request.networks.size()));
}

TEST_CASE("certificates (1): the cells of what acts on layers, signs, inputs, classes and the loss",
          "[slow]") {
  InvarianceRequest request;
  for (const Expected& e : kExpected) request.optimizers.push_back(e.optimizer);
  for (const std::string& text : default_networks())
    if (!text.starts_with("conv:")) request.networks.push_back(text);
  request.groups = {"layer-rescale",    "sign-flip",   "hidden-orthogonal", "class-permutation",
                    "input-orthogonal", "input-scale", "loss-scale"};
  request.jobs = 1;
  std::map<std::string, int> tested;
  for (const Certificate& c : certify(request)) {
    if (not_served(c)) {
      CHECK(c.verdict == Equivariance::refused);
    } else if (!find_group(c.group).holds_for(parse_network(c.network, 0, 0))) {
      CHECK(c.verdict == Equivariance::no_symmetry);
    } else {
      check(other_groups(c), c, 1e-4);
      ++tested[c.group];
    }
  }
  for (const std::string& group : request.groups) CHECK(tested[group] > 30);
}

TEST_CASE("certificates: where rules were measured by themselves, settings that leave the rule alone agree") {
  InvarianceRequest request;
  request.optimizers = {"lamb:weight-decay=0:max-norm=0",
                        "hyperball+adam:eps=1e-30",
                        "hyperball+muon",
                        "rotational-momentum:zero-mean=false",
                        "lars",
                        "rownorm-m"};
  request.networks = {"mlp:8-6x2-3/linear"};
  request.groups = {"layer-rescale", "hidden-orthogonal", "input-orthogonal", "loss-scale"};
  using P = Promise;
  // Columns as the groups above.
  const P expected[][4] = {{P::yes, P::no, P::no, P::yes},          {P::yes, P::no, P::no, P::yes},
                           {P::nearly, P::open, P::yes, P::nearly}, {P::yes, P::no, P::yes, P::yes},
                           {P::yes, P::yes, P::yes, P::yes},        {P::no, P::no, P::yes, P::yes}};
  const auto cells = certify(request);
  REQUIRE(cells.size() == 24);
  for (std::size_t i = 0; i < cells.size(); ++i) check(expected[i / 4][i % 4], cells[i]);
}

TEST_CASE("certificates: a factor of the loss makes a gradient's step as many times as long, and no other") {
  InvarianceRequest request;
  request.optimizers = {"sgd", "lars", "enorm"}, request.networks = {"mlp:8-6x2-3/linear+bias"},
  request.groups = {"loss-scale"};
  const auto cells = certify(request);
  CHECK(contains(cells.at(0).reason, "c times as long"));
  CHECK_FALSE(contains(cells.at(1).reason, "c times as long"));
  CHECK_FALSE(contains(cells.at(2).reason, "c times as long"));
}

TEST_CASE("certificates: what takes a gradient of its own has no cell for a factor of the loss") {
  InvarianceRequest request;
  request.optimizers = {"sam+sgd", "asam+adam"}, request.networks = {"mlp:8-6-3"},
  request.groups = {"loss-scale"};
  for (const Certificate& c : certify(request)) {
    CHECK(c.verdict == Equivariance::refused);
    CHECK(contains(c.reason, "at another point"));
  }
}

TEST_CASE("certificates: a small rate does not make an exact rule of one of first order") {
  InvarianceRequest request;
  request.optimizers = {"natural"}, request.networks = {"mlp:8-6x2-3/linear"},
  request.groups = {"input-scale"};
  for (const double rate : {0.1, 0.03, 0.01}) {
    request.rate = rate;
    const Certificate c = certify(request).at(0);
    INFO(rate << ": " << c.one_step << ", slope " << c.slope);
    CHECK(c.verdict == Equivariance::first_order);
    CHECK(std::abs(c.slope - 1) < 0.01);
  }
}

TEST_CASE("certificates: within training a group is followed by those whose state moves with the weights") {
  InvarianceRequest request;
  request.optimizers = {"sgd", "momentum", "sm", "un", "adam"};
  request.networks = {"archbn:8-4x2-3/pool2"};
  request.groups = {"permutation", "filter-rescale", "loss-scale"};
  const auto cells = certify(request);
  const auto within = [&](std::size_t o, std::size_t g) { return cells.at(3 * o + g).moved_within; };
  CHECK(within(0, 0) < kEquivariant);
  CHECK(within(1, 0) > 1e-3);  // a velocity is of the units as they were
  CHECK(within(2, 0) < kEquivariant);
  CHECK(within(3, 0) < kEquivariant);
  CHECK(within(4, 0) > 1e-3);
  CHECK(within(2, 1) < kEquivariant);
  CHECK(within(3, 1) > 1e-3);                                           // its step expects rows of unit norm
  for (std::size_t o = 0; o < 5; ++o) CHECK(std::isnan(within(o, 2)));  // what does not act on weights
  const std::string table = certificate_table(cells, false);
  CHECK(contains(table, "perm: sgd, sm, un"));
  request.steps = 1;
  CHECK(std::isnan(certify(request).at(0).moved_within));
}

TEST_CASE("certificates: what acts on dense networks only has a cell that says so") {
  InvarianceRequest request;
  request.optimizers = {"sgd"}, request.networks = {"conv:6x5x2-4c3-p2s2-3/relu"},
  request.groups = {"general-linear"};
  const Certificate c = certify(request).at(0);
  CHECK(c.verdict == Equivariance::no_symmetry);
  CHECK(contains(c.reason, "dense networks"));
}

TEST_CASE(
    "certificates (2): reordered units are no news to any optimizer of the registry but g-sgd and sophia",
    "[slow]") {
  InvarianceRequest request;
  request.groups = {"permutation"};
  request.jobs = 1;
  std::set<std::string> certified;
  for (const Certificate& c : certify(request)) {
    if (c.verdict == Equivariance::refused) continue;
    check(permutations(c), c);
    certified.insert(c.optimizer);
  }
  CHECK(certified.size() == optimizer_registry().size());
}

TEST_CASE("certificates (3): the control changes every network's function, so that it certifies nothing",
          "[slow]") {
  InvarianceRequest request;
  request.groups = {"none"};
  request.jobs = 1;
  std::set<std::string> networks;
  for (const Certificate& c : certify(request)) {
    INFO(c.optimizer << " " << c.network);
    if (c.verdict == Equivariance::refused) continue;
    networks.insert(c.network);
    CHECK(c.verdict == Equivariance::no_symmetry);
    CHECK(c.function_deviation > 1e-2);
    CHECK(std::isnan(c.one_step));
  }
  CHECK(networks.size() == default_networks().size());
}

TEST_CASE("certificates (4): the epsilon of batch normalization breaks what holds without it") {
  InvarianceRequest request;
  request.optimizers = {"sm"};
  request.networks = {"archbn:8-4x2-3/pool2"};
  request.groups = {"filter-rescale"};
  const Certificate c = certify(request).at(0);
  CHECK(c.verdict == Equivariance::equivariant);
  CHECK(c.one_step_training > kEquivariant);
  CHECK(c.function_deviation_training > kSameFunction);
  CHECK(contains(certificate_table({c}, false), fmt::format("up to {:.1e} of a step", c.one_step_training)));
}

TEST_CASE("certificates (5): what comes out does not depend on the threads") {
  InvarianceRequest request;
  request.optimizers = {"sgd", "un", "sm"};
  request.jobs = 1;
  const auto one = certify(request);
  request.jobs = 3;
  const auto three = certify(request);
  REQUIRE(one.size() == three.size());
  const auto same = [](double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); };
  for (std::size_t i = 0; i < one.size(); ++i) {
    CHECK(one[i].optimizer + one[i].network + one[i].group ==
          three[i].optimizer + three[i].network + three[i].group);
    CHECK(same(one[i].one_step, three[i].one_step));
    CHECK(same(one[i].many_steps, three[i].many_steps));
    CHECK(same(one[i].parameter_space, three[i].parameter_space));
  }
}

TEST_CASE("certificates (6): an optimizer that cannot serve a network is a cell with its reason") {
  InvarianceRequest request;
  request.optimizers = {"natural:max-params=10"};
  request.groups = {"permutation"};
  const auto cells = certify(request);
  REQUIRE(cells.size() == default_networks().size());
  for (const Certificate& c : cells) {
    CHECK(c.verdict == Equivariance::refused);
    CHECK(contains(c.reason, "kfac"));
  }
  const std::string table = certificate_table(cells, false);
  CHECK(contains(table, "perm"));
  CHECK(contains(table, "No certificate for natural"));
  CHECK(contains(table, "kfac"));
  CHECK_FALSE(contains(table, "inf"));
}

TEST_CASE("certificates: where K-FAC's factors have no full rank, the cell says so") {
  InvarianceRequest request;
  request.optimizers = {"kfac"};
  request.networks = {"mlp:8-6x2-3/linear+bias", "mlp:8-6x2-3/leaky-relu+bias"};
  request.groups = {"node-rescale"};
  const auto cells = certify(request);
  // Six units that carry a signal of rank 3.
  CHECK(cells.at(0).verdict == Equivariance::first_order);
  CHECK(contains(cells.at(0).reason, "gradients of layer1.weights (rank"));
  CHECK(cells.at(1).verdict == Equivariance::equivariant);
  CHECK_FALSE(contains(cells.at(1).reason, "layer1"));
}

TEST_CASE("certificates: b-sgd's balanced start is one point for all scales of batch-normalized filters") {
  const Site site(parse_network("archbn:8-4x2-3/pool2", 0, 0));
  const std::vector<double> w = generic_point(site.layout, Stream(3, 0));
  std::vector<double> moved = w;
  find_group("filter-rescale").draw(site, Stream(4, 0), 1)->act(moved);
  const auto balanced = [&](std::vector<double> theta) {
    normalize_rows<double>(site.layout, {Role::filters, Role::class_vectors}, theta);
    return theta;
  };
  const auto apart = [](const std::vector<double>& a, const std::vector<double>& b) {
    return (as_array(std::span<const double>(a)) - as_array(std::span<const double>(b))).abs().maxCoeff();
  };
  CHECK(apart(w, moved) > 0.1);
  CHECK(apart(balanced(w), balanced(moved)) <= 10 * kEpsilon);
}

TEST_CASE("certificates (7): unknown names and shapes without a hidden layer are refused") {
  const auto error = [](auto change) {
    InvarianceRequest request;
    change(request);
    return error_of([&] { complete(request); });
  };
  CHECK(contains(error([](auto& r) { r.optimizers = {"sdg"}; }), "sgd"));
  CHECK(contains(error([](auto& r) { r.optimizers = {"un:thet=unit"}; }), "theta"));
  CHECK(contains(error([](auto& r) { r.groups = {"node-rescal"}; }), "node-rescale"));
  CHECK(contains(error([](auto& r) { r.networks = {"mlp:8-3"}; }), "hidden layer"));
  CHECK(contains(error([](auto& r) {
                   r.networks = {"mlp:8-4-3", "archbn-2"};
                 }),
                 "network 'archbn-2': expected its sizes, e.g. archbn:784-"));
}

TEST_CASE("certificates: gradients are orthogonal to every direction that keeps the function") {
  InvarianceRequest request;
  request.networks = {"archbn:8-4x2-3/pool2",
                      "arch1:8-4x2-3/pool2+bias",
                      "mlp:8-6x2-3/leaky-relu+bias",
                      "mlp:8-6x2-3/sigmoid+bias",
                      "mlp:8-6x2-3/linear+bias",
                      "mlp:8-6x2-3/tanh",
                      "conv:6x5x2-3c3-p2s2-3c2-3/bn-bias/leaky-relu",
                      "archbn:8-6x2-3/sigmoid",
                      "conv:6x5x2-3c3-p2s2-3c2-3/leaky-relu+bias",
                      "conv:6x5x2-3c3-p2s2-3c2-3/bn/relu",
                      "conv:4x5x1-3c3-p2s2-3c3-u-3c3-4c1/bn/relu"};
  std::map<std::string, int> generators;
  for (const Orthogonality& o : measure_orthogonality(request)) {
    INFO(o.network << " " << o.group << " " << o.generator);
    // An inner product of P ≤ 150 terms, of a gradient whose own sums are as long.
    CHECK(o.cosine <= 150 * kEpsilon);
    ++generators[o.group];
  }
  for (const GroupEntry& group : group_registry())
    CHECK((generators[group.name] > 0) == (group.generators != nullptr));
}

TEST_CASE("certificates: a direction that changes the function is not orthogonal to the gradient") {
  NetworkSpec spec = parse_network("arch1:8-4x2-3/pool2+bias", 0, 0);
  const Site site(spec);
  const std::vector<double> theta = generic_point(site.layout, Stream(1, 0));
  const Matrix<double> X = generic_samples(60, 8, Stream(2, 0));
  const std::vector<std::uint8_t> labels(60, 1);
  Network<double> network(spec, 60);
  std::vector<double> grad(theta.size());
  network.gradient(theta, {{X.data(), 60, 8}, labels.data()}, grad);
  // Scaling a unit's incoming weights alone.
  const GroupEntry& filters = find_group("filter-rescale");
  double largest = 0;
  filters.generators(site, theta, [&](const std::string&, std::span<const double> d) {
    const auto g = as_array(std::span<const double>(grad));
    largest = std::max(largest,
                       std::abs((as_array(d) * g).sum()) / (as_array(d).matrix().norm() * g.matrix().norm()));
  });
  CHECK(largest > 1e-2);
}

TEST_CASE("certificates: table, CSVs and heat map hold every cell") {
  InvarianceRequest request;
  request.optimizers = {"sgd", "sm", "un"};
  const auto cells = certify(request);
  const auto cosines = measure_orthogonality(request);
  const std::string plain = certificate_table(cells, false), coloured = certificate_table(cells, true);
  CHECK_FALSE(contains(plain, "\x1b"));
  CHECK(contains(coloured, "\x1b"));
  CHECK(contains(plain, "sm"));
  CHECK(contains(orthogonality_table(cosines), "general-linear"));

  TemporaryFolder folder;
  write_certificates(folder.path(), cells, cosines);
  const CsvTable table = read_csv(folder.path() / "invariance.csv");
  CHECK(table.rows.size() == cells.size());
  CHECK(read_csv(folder.path() / "orthogonality.csv").rows.size() == cosines.size());
  for (std::size_t r = 0; r < cells.size(); ++r) {
    const double written = table.number(r, table.column("one_step"));
    CHECK((written == cells[r].one_step || (std::isnan(written) && std::isnan(cells[r].one_step))));
  }
  const auto figures = write_figures(read_results(folder.path()));
  REQUIRE(figures.size() == 1);
  CHECK(figures[0].name == "invariance");
  const std::string script = read_text(figures[0].script);
  for (const Certificate& c : cells)
    if (c.verdict != Equivariance::no_symmetry) CHECK(contains(script, "'" + c.group + "'"));
  // Each network stands whole above its columns.
  CHECK(contains(script, "slanted = 0"));
  CHECK(contains(plain, "point"));
  for (const char* line : {"head[5] = ''", "group[5] = 'conv:6x5x2-4c3-p2s2-3c2-5-3'",
                           "detail[5] = 'leaky-relu+bias'", "head[1] = ''", "group[1] = 'archbn:8-4-4-3'"})
    CHECK(contains(script, line));
  if (figures[0].picture.empty()) WARN("gnuplot is not installed: the picture is not tested");
}

TEST_CASE("certificates: an error in one column comes out of all threads as what it was") {
  InvarianceRequest request;
  request.optimizers = {"sgd", "un"}, request.networks = {"mlp:8-4-3"}, request.groups = {"node-rescale"};
  request.jobs = 2;
  request.batch = std::numeric_limits<Index>::max() / 4;  // no memory is that large
  CHECK_THROWS_AS(certify(request), std::bad_alloc);
}
