// layout.cpp — weights, then scale and shift, then the bias; layer after layer.
#include "core/network/layout.hpp"

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/regular_file.hpp"
#include "core/text.hpp"

namespace symopt {

LayerBlocks add_layer(ParamLayout& layout, const LayerSpec& layer, const PictureShape& input,
                      const std::string& name, Role role) {
  LayerBlocks blocks;
  blocks.pool = layer.pool;
  blocks.channels = input.channels;
  blocks.window = layer.dense() ? 1 : layer.kernel * layer.kernel;
  const Index inputs = layer.dense() ? input.size() : blocks.window * input.channels;
  blocks.weights = layout.add(name + ".weights", role, layer.filters(), inputs);
  if (layer.batch_norm) {
    blocks.bn_scale = layout.add(name + ".bn-scale", Role::bn_scale, 1, layer.filters());
    blocks.bn_shift = layout.add(name + ".bn-shift", Role::bn_shift, 1, layer.filters());
  }
  if (layer.bias) blocks.bias = layout.add(name + ".bias", Role::bias, 1, layer.filters());
  layout.layers.push_back(blocks);
  return blocks;
}

std::string layer_name(const NetworkSpec& spec, size_t i, size_t l) {
  return i + 1 == spec.layers.size() ? "classes" : fmt::format("layer{}", l + 1);
}

Role layer_role(const NetworkSpec& spec, size_t i) {
  return i + 1 == spec.layers.size() ? Role::class_vectors : Role::filters;
}

ParamLayout layout_of(const NetworkSpec& spec) {
  ParamLayout layout;
  const std::vector<PictureShape> shapes = spec.shapes();
  for (size_t i = 0; i < spec.layers.size(); ++i)
    if (spec.layers[i].has_filters())
      add_layer(layout, spec.layers[i], shapes[i], layer_name(spec, i, layout.layers.size()),
                layer_role(spec, i));
  return layout;
}

void check_memory(const NetworkSpec& spec, std::size_t bytes) {
  constexpr std::uint64_t kFitsAnyMachine = std::uint64_t{64} << 20;
  const Index parameters = layout_of(spec).size;
  const std::uint64_t needed = 2 * bytes * static_cast<std::uint64_t>(parameters);
  if (needed <= kFitsAnyMachine) return;
  if (const std::uint64_t most = machine_memory(); needed > most)
    throw UserError(fmt::format(
        "network {}: expected parameters and a gradient that fit into the memory there is, {} MB, found {} "
        "parameters, which take {} MB",
        shorten(spec.text(), 100), most / 1000000, parameters, needed / 1000000));
}

}  // namespace symopt
