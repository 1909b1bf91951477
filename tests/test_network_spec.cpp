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
std::string error(const std::string& text, const PictureShape& pictures, Index classes = 0) {
  return error_of([&] { parse_network(text, pictures, classes); });
}

}  // namespace

TEST_CASE("network spec: the registered names are the paper's networks") {
  for (const auto& [name, depth, batch_norm] : {std::tuple("archbn-2", 2u, true),
                                                {"archbn-4", 4u, true},
                                                {"arch1-2", 2u, false},
                                                {"arch1-4", 4u, false}}) {
    const NetworkSpec spec = parse_network(name, 784, 10);
    CHECK(spec.inputs() == 784);
    CHECK(spec.classes() == 10);
    CHECK(as_dense(spec)->features == std::vector<Index>(depth, 64));
    CHECK(as_dense(spec)->pool == 2);
    CHECK(spec.batch_norm() == batch_norm);
    CHECK_FALSE(spec.bias());
    CHECK(spec.activation() == Activation::relu);
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
    const PictureShape input = entry.pictures ? PictureShape{32, 24, 2} : PictureShape{1, 1, 20};
    const NetworkSpec spec = parse_network(entry.name, input, 7);
    CHECK(spec.inputs() == input.size());
    CHECK(spec.classes() == 7);
    CHECK_FALSE(spec.hidden_layers().empty());
    CHECK(parse_network(spec.text(), input, 7) == spec);
    CHECK(Network<double>(spec, 1).layout().size > 0);
    // Asked for by name, where no name before it stands for something else.
    CHECK(entry.make(input, 7) == spec);
    // Of a data set that is not yet read.
    CHECK(parse_network(entry.name, PictureShape{0, 0, 1}, 0).layers.size() == spec.layers.size());
  }
}

TEST_CASE("network spec: a list gives its sizes, pool, activation and biases") {
  const NetworkSpec a = parse_network("archbn:784-64x4-10/pool2", 0, 0);
  CHECK(a == parse_network("archbn-4", 784, 10));
  const NetworkSpec b = parse_network("mlp:64-32-16-10+bias", 64, 10);
  CHECK(as_dense(b)->features == std::vector<Index>{32, 16});
  CHECK(b.bias());
  CHECK(as_dense(b)->pool == 1);
  CHECK_FALSE(b.batch_norm());
  const NetworkSpec c = parse_network("arch1:5-4x2-7x3-3/pool3/leaky-relu+bias", 0, 0);
  CHECK(as_dense(c)->features == std::vector<Index>{4, 4, 7, 7, 7});
  CHECK(as_dense(c)->pool == 3);
  CHECK(c.activation() == Activation::leaky_relu);
  CHECK(parse_network("mlp:784-10", 0, 0).hidden_layers().empty());
  CHECK(parse_network("mlp:4-3-2/sigmoid", 0, 0).activation() == Activation::sigmoid);
  CHECK(parse_network("mlp:4-3-2/linear", 0, 0).activation() == Activation::linear);
  CHECK(parse_network("mlp:4-3-2/relu", 0, 0) == parse_network("mlp:4-3-2", 0, 0));
}

TEST_CASE("network spec: one shape has one text, and the text is the shape") {
  for (const NetworkSpec& spec : small_networks()) {
    INFO(spec.text());
    CHECK(parse_network(spec.text(), spec.inputs(), spec.classes()) == spec);
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
                           "mlp:8-4-3/elu",
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
  CHECK(contains(error("mlp:8-4-3/elu"),
                 "expected bias, poolN, relu, leaky-relu, sigmoid, tanh or linear, found 'elu'"));
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

TEST_CASE("network spec: 3c3d is the chain and the size that DeepOBS gives it") {
  const NetworkSpec spec = parse_network("3c3d", {32, 32, 3}, 10);
  CHECK(spec == parse_network("conv:32x32x3-64c5v-p3s2-96c3v-p3s2-128c3-p3s2-512-256-10+bias", 0, 0));
  CHECK(layout_of(spec).size == 895210);
  const std::vector<PictureShape> sizes = {{32, 32, 3}, {28, 28, 64}, {14, 14, 64}, {12, 12, 96}, {6, 6, 96},
                                           {6, 6, 128}, {3, 3, 128},  {1, 1, 512},  {1, 1, 256},  {1, 1, 10}};
  CHECK(spec.shapes() == sizes);
  CHECK(spec.text() == "conv:32x32x3-64c5v-p3s2-96c3v-p3s2-128c3-p3s2-512-256-10/relu+bias");
}

TEST_CASE("network spec: conv-small and archbn-conv are the chains that they stand for") {
  CHECK(parse_network("conv-small", {28, 28, 1}, 10) ==
        parse_network("conv:28x28x1-16c5-p2s2-32c5-p2s2-128-10/bn/relu", 0, 0));
  CHECK(parse_network("archbn-conv", {32, 32, 3}, 10) ==
        parse_network("conv:32x32x3-32c3-p2s2-64c3-p2s2-64c3-p2s2-10/bn/relu", 0, 0));
  // Sizes halve, up: 7 → 4 → 2 → 1.
  CHECK(parse_network("archbn-conv", {7, 7, 1}, 5).shapes()[6] == PictureShape{1, 1, 64});
}

TEST_CASE("network spec: a chain's parts are its layers") {
  using Kind = LayerSpec::Kind;
  const NetworkSpec spec = parse_network("conv:9x8x2-lrn-4c3vs2-p3-6c5-gap-7x2-3/bn/pool2/leaky-relu", 0, 0);
  CHECK(spec.input == PictureShape{9, 8, 2});
  REQUIRE(spec.layers.size() == 8);
  CHECK(spec.layers[0].kind == Kind::response_norm);
  const LayerSpec& first = spec.layers[1];
  CHECK((first.features == 4 && first.kernel == 3 && first.stride == 2 && first.padding == Padding::valid));
  CHECK((first.batch_norm && !first.bias && first.pool == 2 && first.activation == Activation::leaky_relu));
  CHECK((spec.layers[2].kind == Kind::max_pool && spec.layers[2].kernel == 3 && spec.layers[2].stride == 3));
  CHECK((spec.layers[3].padding == Padding::same && spec.layers[3].stride == 1));
  CHECK(spec.layers[4].kind == Kind::global_average);
  CHECK((spec.layers[5].dense() && spec.layers[5] == spec.layers[6]));
  const LayerSpec& classes = spec.layers[7];
  CHECK((classes.features == 3 && classes.pool == 1 && !classes.batch_norm));
  CHECK(classes.activation == Activation::linear);
  const NetworkSpec means = parse_network("conv:9x8x2-4c3-a3s2-a2-a2v-3", 0, 0);
  CHECK((means.layers[1].kind == Kind::average_pool && means.layers[1].stride == 2));
  CHECK(means.shapes()[2] == PictureShape{4, 4, 4});
  CHECK((means.layers[2].stride == 2 && means.layers[2].padding == Padding::ceil));
  CHECK(means.layers[3].padding == Padding::valid);
  CHECK(spec.filter_layers().size() == 5);
  CHECK(spec.hidden_layers().size() == 4);
  CHECK_FALSE(spec.dense());
  // What has no window is the dense network that it is.
  CHECK(parse_network("conv:4x4x1-8x2-3+bias", 0, 0) == parse_network("mlp:16-8-8-3+bias", 0, 0));
}

TEST_CASE(
    "network spec: decoders go back to the size before the pooling that they undo, and are linear there") {
  const NetworkSpec spec = parse_network("conv:7x6x2-3c3-p2s2-4c3-p2s2-u-3c3-u-3c3-2c1/bn/relu", 0, 0);
  CHECK(spec.unpooled(4) == 3);
  CHECK(spec.unpooled(6) == 1);
  CHECK(spec.shapes()[5] == PictureShape{4, 3, 4});
  CHECK(spec.shapes()[7] == PictureShape{7, 6, 3});
  CHECK(spec.shapes().back() == PictureShape{7, 6, 2});
  CHECK(spec.layers[5].activation == Activation::linear);
  CHECK(spec.layers[5].batch_norm);
  CHECK(spec.activation() == Activation::relu);
  // Means in between have nothing to undo.
  CHECK(parse_network("conv:7x6x2-3c3-p2s2-3c3-a1-u-2c1", 0, 0).unpooled(4) == 1);
}

TEST_CASE("network spec: a chain has one text, and the text is the chain") {
  for (const NetworkSpec& spec : picture_networks()) {
    INFO(spec.text());
    CHECK(parse_network(spec.text(), 0, 0) == spec);
    CHECK(parse_network(spec.text(), spec.input, spec.classes()).text() == spec.text());
  }
  CHECK(parse_network("conv:8x8x1-4c3-p2-3+bias/bn", 0, 0).text() == "conv:8x8x1-4c3-p2s2-3/bn/relu+bias");
}

TEST_CASE("network spec: what is no chain is refused with the text and what was expected") {
  for (const char* text : {"conv:",
                           "conv:8x8x1",
                           "conv:8x8-4c3-3",
                           "conv:8x8x0-4c3-3",
                           "conv:8x8x1x1-4c3-3",
                           "conv:8x8x1-",
                           "conv:8x8x1-4c-3",
                           "conv:8x8x1-c3-3",
                           "conv:8x8x1-4c0-3",
                           "conv:8x8x1-4c16-3",
                           "conv:8x8x1-4c3s0-3",
                           "conv:8x8x1-4c3sv-3",
                           "conv:8x8x1-4c3z-3",
                           "conv:8x8x1-4c3 -3",
                           "conv:8x8x1-p-3",
                           "conv:8x8x1-p2s3-3",
                           "conv:8x8x1-a-3",
                           "conv:8x8x1-a2s3-3",
                           "conv:8x8x1-a9v-3",
                           "conv:8x8x1-4a2-3",
                           "conv:8x8x1-4c3-a2-u-3",
                           "conv:8x8x1-4c3-p2",
                           "conv:8x8x1-4c3-gap",
                           "conv:8x8x1-4c9v-3",
                           "conv:8x8x1-u-3",
                           "conv:8x8x1-4c3-p3s2-u-3",
                           "conv:8x8x1-4c3-p2-6c3-u-3",
                           "conv:8x8x1-4c3-p2-4c3v-u-3",
                           "conv:8x8x1-4c3-p2-u-u-3",
                           "conv:8x8x1-4c3-3/bn/bn",
                           "conv:8x8x1-4c3-3/elu",
                           "mlp:8-4-3/bn",
                           "mlp:8-4c3-3"}) {
    INFO("'" << text << "'");
    CHECK_THROWS_AS(parse_network(text, 0, 0), UsageError);
  }
  CHECK(contains(error("conv:8x8x1-4c9v-3"),
                 "expected windows no larger than the picture, found '4c9v behind 8x8x1'"));
  CHECK(contains(error("conv:8x8x1-4c3-p3s2-u-3"), "do not overlap"));
  CHECK(contains(error("conv:8x8x1-4c3-a2-u-3"), "expected a pooling by maxima, as p2, before each u"));
  CHECK(contains(error("conv:8x8x1-4a2-3"), "p3s2, a2s2, u, gap"));
  CHECK(contains(error("conv:8x8x1-4c3-p2-6c3-u-3"), "4x4x4, which p2 gave, before u"));
}

TEST_CASE("network spec: pictures that are not the data set's are refused, and samples that are none") {
  CHECK(error("conv:8x6x1-4c3-3", {8, 6, 1}, 3) == "");
  CHECK(
      contains(error("conv:8x6x1-4c3-3", {6, 8, 1}, 3), "pictures of 6x8x1 (the data set's), found '8x6x1'"));
  CHECK(contains(error("conv:8x6x1-4c3-3", {8, 8, 1}, 3), "64 inputs (the data set's), found '48'"));
  CHECK(contains(error("3c3d", 784, 10),
                 "pictures, as height x width x channels, found 'samples of 784 values'"));
  // A dense network reads a picture's values in their order.
  CHECK(parse_network("archbn-2", {28, 28, 1}, 10) == parse_network("archbn-2", 784, 10));
  CHECK(error("mlp:48-4-3", {8, 6, 1}, 3) == "");
}

TEST_CASE("network spec: a layout without a network is the network's") {
  std::vector<NetworkSpec> specs = small_networks();
  specs.insert(specs.end(), picture_networks().begin(), picture_networks().end());
  for (const NetworkSpec& spec : specs) {
    const Network<float> network(spec, 1);
    const ParamLayout layout = layout_of(spec);
    INFO(spec.text());
    CHECK(layout.size == network.layout().size);
    REQUIRE(layout.blocks.size() == network.layout().blocks.size());
    for (size_t i = 0; i < layout.blocks.size(); ++i) {
      CHECK(layout.blocks[i].name == network.layout().blocks[i].name);
      CHECK(layout.blocks[i].offset == network.layout().blocks[i].offset);
    }
    CHECK(layout.layers.size() == spec.filter_layers().size());
  }
}

TEST_CASE("network spec: a network has the blocks that its shape says, one after the other") {
  for (const NetworkSpec& spec : small_networks()) {
    const Network<float> network(spec, 2);
    const ParamLayout& layout = network.layout();
    INFO(spec.text());
    const DenseNetwork dense = *as_dense(spec);
    REQUIRE(layout.layers.size() == dense.features.size() + 1);
    CHECK(layout.normalized() == spec.batch_norm());
    Index offset = 0, inputs = spec.inputs();
    for (const Block& block : layout.blocks) {
      CHECK(block.offset == offset);
      offset += block.size();
    }
    CHECK(layout.size == offset);
    for (size_t l = 0; l < layout.layers.size(); ++l) {
      const LayerBlocks& layer = layout.layers[l];
      const bool hidden = l + 1 < layout.layers.size();
      const Index features = hidden ? dense.features[l] : spec.classes();
      const Block& W = layout.blocks[static_cast<size_t>(layer.weights)];
      CHECK(W.role == (hidden ? Role::filters : Role::class_vectors));
      CHECK(layer.pool == (hidden ? dense.pool : 1));
      CHECK(W.rows == features * layer.pool);
      CHECK(W.cols == inputs);
      const bool normalized = hidden && spec.batch_norm();
      CHECK((layer.bn_scale >= 0) == normalized);
      CHECK((layer.bn_shift >= 0) == normalized);
      CHECK((layer.bias >= 0) == (spec.bias() && !normalized));
      for (int b : {layer.bias, layer.bn_scale, layer.bn_shift})
        if (b >= 0) CHECK(layout.blocks[static_cast<size_t>(b)].size() == W.rows);
      inputs = features;
    }
  }
}
