// permutation.cpp — the permutations of hidden units and of the filters inside a unit.
#include <fmt/format.h>

#include "core/network/layer_weights.hpp"
#include "core/symmetry/channels.hpp"
#include "core/symmetry/group.hpp"

namespace symopt {

namespace {

// order[l][i]: which filter of hidden layer l comes to row i. Filters of a pool group stay together.
using Orders = std::vector<std::vector<Index>>;

class Permutation final : public Element {
 public:
  Permutation(ParamLayout layout, Orders orders) : layout_(std::move(layout)), orders_(std::move(orders)) {}

  ActionStatus act(std::span<double> theta) const override {
    for (size_t l = 0; l < orders_.size(); ++l) {
      const LayerBlocks& layer = layout_.layers[l];
      for (int i : {layer.weights, layer.bias, layer.bn_scale, layer.bn_shift}) {
        if (i < 0) continue;
        // Vectors are 1×filters: seen as a column, a row is a filter there too.
        const Block& block = layout_.blocks[static_cast<size_t>(i)];
        const Index filters = static_cast<Index>(orders_[l].size());
        MatrixView<double> W(theta.data() + block.offset, filters, block.size() / filters);
        const Matrix<double> old = W;
        for (Index r = 0; r < filters; ++r) W.row(r) = old.row(orders_[l][static_cast<size_t>(r)]);
      }
      auto next = outgoing_weights(layout_, l, theta);
      const Matrix<double> old = next;
      for (Index f = 0; f < next.cols(); ++f)
        next.col(f) = old.col(orders_[l][static_cast<size_t>(f * layer.pool)] / layer.pool);
    }
    return {};
  }
  std::unique_ptr<Element> inverse() const override {
    Orders inverse = orders_;
    for (size_t l = 0; l < orders_.size(); ++l)
      for (size_t i = 0; i < orders_[l].size(); ++i)
        inverse[l][static_cast<size_t>(orders_[l][i])] = static_cast<Index>(i);
    return std::make_unique<Permutation>(layout_, std::move(inverse));
  }

 private:
  ParamLayout layout_;
  Orders orders_;
};

std::unique_ptr<Element> draw_permutation(const Site& site, Stream stream, double) {
  Orders orders;
  const std::vector<size_t> shared = channel_orders(site.spec);
  for (size_t l = 0; l + 1 < site.layout.layers.size(); ++l) {
    const LayerBlocks& layer = site.layout.layers[l];
    const auto filters = static_cast<std::uint32_t>(layer_weights(site.layout, l).rows);
    const auto pool = static_cast<std::uint32_t>(layer.pool);
    orders.emplace_back();
    for (std::uint32_t unit : stream.permutation(filters / pool))
      for (std::uint32_t k : stream.permutation(pool)) orders.back().push_back(unit * pool + k);
    if (shared[l] < l) orders.back() = orders[shared[l]];
  }
  return std::make_unique<Permutation>(site.layout, std::move(orders));
}

}  // namespace

namespace groups {

GroupEntry permutation() {
  return {"permutation",
          "perm",
          "hidden units reordered, and the filters inside each pool group; the next layer's inputs with "
          "them, and "
          "the decoder's units that an unpooling ties to them",
          "every network whose hidden channels are not normalized with their neighbours",
          [](const NetworkSpec& spec) { return !neighbours_matter(spec); },
          false,
          draw_permutation,
          nullptr};
}

}  // namespace groups

}  // namespace symopt
