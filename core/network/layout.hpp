// layout.hpp — which blocks of parameters the layers of a network have, without building one.
#pragma once
#include "core/network/network_spec.hpp"
#include "core/network/params.hpp"

namespace symopt {

/// Adds the blocks of a layer that has filters, over samples of shape `input`. Their names start with `name`.
LayerBlocks add_layer(ParamLayout& layout, const LayerSpec& layer, const PictureShape& input,
                      const std::string& name, Role role);
/// The name and role of the filters at place `i` of spec.layers, the `l`-th (0, 1, …) that have any.
std::string layer_name(const NetworkSpec& spec, size_t i, size_t l);
Role layer_role(const NetworkSpec& spec, size_t i);

ParamLayout layout_of(const NetworkSpec& spec);

/// UserError where the parameters and their gradient, of `bytes` a number, are more than the memory of the
/// machine (machine_memory()): counted, so that nothing is allocated before.
void check_memory(const NetworkSpec& spec, std::size_t bytes);

}  // namespace symopt
