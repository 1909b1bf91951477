// test_network_spec.cpp — the grammar of network shapes, its canonical text, its errors.
#include "core/error.hpp"
#include "core/network/network.hpp"
#include "core/network/network_spec.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/errors.hpp"
#include "tests/support/problems.hpp"

using namespace symopt;
using namespace symopt::test;

namespace {

std::string error(const std::string& text, Index inputs = 0, Index classes = 0) {
  return error_of([&] { parse_network(text, inputs, classes); });
}

}  // namespace

TEST_CASE("network spec: the registered names are the paper's networks") {
  for (const auto& [name, depth, batch_norm] : {std::tuple("archbn-2", 2u, true),
                                                {"archbn-4", 4u, true},
                                                {"arch1-2", 2u, false},
                                                {"arch1-4", 4u, false}}) {
    const NetworkSpec spec = parse_network(name, 784, 10);
    CHECK(spec.inputs == 784);
    CHECK(spec.classes == 10);
    CHECK(spec.features == std::vector<Index>(depth, 64));
    CHECK(spec.pool == 2);
    CHECK(spec.batch_norm == batch_norm);
    CHECK_FALSE(spec.bias);
    CHECK(spec.activation == Activation::relu);
    CHECK(spec.bn_epsilon == 1e-5);
    CHECK(spec.bn_momentum == 0.1);
    CHECK(parse_network(spec.text(), 784, 10) == spec);
  }
  CHECK(network_registry().size() >= 4);
}

TEST_CASE("network spec: every registered name takes the data set's sizes, and is its own text") {
  for (const NetworkEntry& entry : network_registry()) {
    INFO("network '" << entry.name << "'");
    CHECK_FALSE(entry.description.empty());
    const NetworkSpec spec = parse_network(entry.name, 20, 7);
    CHECK(spec.inputs == 20);
    CHECK(spec.classes == 7);
    CHECK_FALSE(spec.features.empty());
    CHECK(parse_network(spec.text(), 20, 7) == spec);
    CHECK(Network<double>(spec, 1).layout().size > 0);
    // Asked for by name, where no name before it stands for something else.
    CHECK(entry.make(20, 7) == spec);
  }
}

TEST_CASE("network spec: a list gives its sizes, pool, activation and biases") {
  const NetworkSpec a = parse_network("archbn:784-64x4-10/pool2", 0, 0);
  CHECK(a == parse_network("archbn-4", 784, 10));
  const NetworkSpec b = parse_network("mlp:64-32-16-10+bias", 64, 10);
  CHECK(b.features == std::vector<Index>{32, 16});
  CHECK(b.bias);
  CHECK(b.pool == 1);
  CHECK_FALSE(b.batch_norm);
  const NetworkSpec c = parse_network("arch1:5-4x2-7x3-3/pool3/leaky-relu+bias", 0, 0);
  CHECK(c.features == std::vector<Index>{4, 4, 7, 7, 7});
  CHECK(c.pool == 3);
  CHECK(c.activation == Activation::leaky_relu);
  CHECK(parse_network("mlp:784-10", 0, 0).features.empty());
  CHECK(parse_network("mlp:4-3-2/sigmoid", 0, 0).activation == Activation::sigmoid);
  CHECK(parse_network("mlp:4-3-2/linear", 0, 0).activation == Activation::linear);
  CHECK(parse_network("mlp:4-3-2/relu", 0, 0) == parse_network("mlp:4-3-2", 0, 0));
}

TEST_CASE("network spec: one shape has one text, and the text is the shape") {
  for (const NetworkSpec& spec : small_networks()) {
    INFO(spec.text());
    CHECK(parse_network(spec.text(), spec.inputs, spec.classes) == spec);
  }
  CHECK(parse_network("arch1:8-4x2-3/relu/pool2+bias", 0, 0).text() == "arch1:8-4-4-3/pool2/relu+bias");
  CHECK(parse_network("arch1:8-4-4-3+bias/pool2", 0, 0).text() == "arch1:8-4-4-3/pool2/relu+bias");
  CHECK(parse_network("mlp:8-4x2-3/pool2+bias", 0, 0).text() == "arch1:8-4-4-3/pool2/relu+bias");
  CHECK(parse_network("arch1:8-4-3", 0, 0).text() == parse_network("mlp:8-4-3/pool1", 0, 0).text());
}

TEST_CASE("network spec: what is not a shape is refused with the text and what was expected") {
  for (const char* text : {"",
                           "mlp",
                           "mlp:",
                           "mlp:10",
                           "mlp:-",
                           "mlp:8--3",
                           "mlp:8-4-",
                           "mlp:-8-3",
                           "mlp:8-0-3",
                           "mlp:8-x4-3",
                           "mlp:8-4x-3",
                           "mlp:8-4x0-3",
                           "mlp:8-4x1001-3",
                           "mlp:8-4x2x2-3",
                           "mlp:8-4.5-3",
                           "mlp: 8-4-3",
                           "mlp:8-4-3 ",
                           "mlp:8-1048577-3",
                           "mlp:99999999999999999999-3",
                           "mlp:8-4-3/",
                           "mlp:8-4-3+",
                           "mlp:8-4-3/pool",
                           "mlp:8-4-3/pool0",
                           "mlp:8-4-3/pool65",
                           "mlp:8-4-3/pool-2",
                           "mlp:8-4-3/tanh",
                           "mlp:8-4-3/RELU",
                           "archbn:8-3",
                           "resnet:8-4-3",
                           "archbn-3",
                           "ARCHBN-4",
                           "archbn-4+bias"}) {
    INFO("'" << text << "'");
    CHECK(error(text) != "");
    CHECK_THROWS_AS(parse_network(text, 0, 0), UsageError);
  }
  CHECK(error("mlp:8-0-3") == "network 'mlp:8-0-3': expected a size from 1 to 1048576, found '0'");
  CHECK(contains(error("mlp:8-4-3/tanh"),
                 "expected bias, poolN, relu, leaky-relu, sigmoid or linear, found 'tanh'"));
  CHECK(contains(error("archbn-3"), "did you mean 'archbn-"));
  CHECK(contains(error("convolutional-network"), "archbn-4"));
}

TEST_CASE("network spec: a bias, pool or activation given twice is refused") {
  CHECK(error("mlp:8-4-3/relu/sigmoid") != "");
  CHECK(error("mlp:8-4-3/pool2/pool3") ==
        "network 'mlp:8-4-3/pool2/pool3': expected pool given once, found 'pool3'");
  CHECK(error("mlp:8-4-3+bias+bias") != "");
}

TEST_CASE("network spec: ends that are not the data set's are refused") {
  CHECK(contains(error("mlp:8-4-3", 784, 3), "784 inputs (the data set's), found '8'"));
  CHECK(contains(error("mlp:8-4-3", 8, 10), "10 classes (the data set's), found '3'"));
  CHECK(error("mlp:8-4-3", 8, 3) == "");
  CHECK(error("mlp:8-4-3", 0, 0) == "");
}

TEST_CASE("network spec: a network has the blocks that its shape says, one after the other") {
  for (const NetworkSpec& spec : small_networks()) {
    const Network<float> network(spec, 2);
    const ParamLayout& layout = network.layout();
    INFO(spec.text());
    REQUIRE(layout.layers.size() == spec.features.size() + 1);
    CHECK(layout.normalized() == spec.batch_norm);
    Index offset = 0, inputs = spec.inputs;
    for (const Block& block : layout.blocks) {
      CHECK(block.offset == offset);
      offset += block.size();
    }
    CHECK(layout.size == offset);
    for (size_t l = 0; l < layout.layers.size(); ++l) {
      const LayerBlocks& layer = layout.layers[l];
      const bool hidden = l + 1 < layout.layers.size();
      const Index features = hidden ? spec.features[l] : spec.classes;
      const Block& W = layout.blocks[static_cast<size_t>(layer.weights)];
      CHECK(W.role == (hidden ? Role::filters : Role::class_vectors));
      CHECK(layer.pool == (hidden ? spec.pool : 1));
      CHECK(W.rows == features * layer.pool);
      CHECK(W.cols == inputs);
      const bool normalized = hidden && spec.batch_norm;
      CHECK((layer.bn_scale >= 0) == normalized);
      CHECK((layer.bn_shift >= 0) == normalized);
      CHECK((layer.bias >= 0) == (spec.bias && !normalized));
      for (int b : {layer.bias, layer.bn_scale, layer.bn_shift})
        if (b >= 0) CHECK(layout.blocks[static_cast<size_t>(b)].size() == W.rows);
      inputs = features;
    }
  }
}
