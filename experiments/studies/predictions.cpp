// predictions.cpp — forward passes of kept parameters, and labels as colours.
#include "experiments/studies/predictions.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <set>

#include "core/data/png.hpp"
#include "core/network/batch.hpp"
#include "core/network/confusion.hpp"
#include "core/network/network.hpp"
#include "core/text.hpp"
#include "results/files.hpp"
#include "results/parameters.hpp"
#include "results/predictions.hpp"
#include "results/table.hpp"
#include "results/variation.hpp"

namespace symopt {

namespace fs = std::filesystem;

namespace {

constexpr int kAutomatic = 4;

Picture coloured(const Dataset& data, const std::vector<std::uint8_t>& labels) {
  Picture picture{data.width, data.height, 3, {}};
  for (const std::uint8_t label : labels)
    for (const std::uint8_t part : data.looks.at(label).colour) picture.pixels.push_back(part);
  return picture;
}

std::vector<std::uint8_t> truth_of(const Samples& samples, int i) {
  const auto first =
      samples.labels.begin() + static_cast<std::ptrdiff_t>(samples.labels_each * static_cast<size_t>(i));
  return {first, first + static_cast<std::ptrdiff_t>(samples.labels_each)};
}

Picture input_of(const Dataset& data, int i) {
  const auto inputs = static_cast<std::ptrdiff_t>(data.inputs());
  const auto first = data.test.pixels.begin() + inputs * i;
  return {data.width, data.height, data.channels, {first, first + inputs}};
}

// The most likely class of every pixel.
template <class Real>
std::vector<std::vector<std::uint8_t>> predict(const TrialSpec& spec, const Dataset& data,
                                               const std::vector<int>& samples, const fs::path& file) {
  Network<Real> network(network_of(spec), 1);
  Buffer<Real> theta(static_cast<size_t>(network.layout().size));
  restore_parameters<Real>(read_npy(file), file, theta, network);
  BatchBuffer<Real> buffer(1, data.inputs(), static_cast<Index>(data.test.labels_each));
  std::vector<std::vector<std::uint8_t>> all;
  for (const int i : samples) {
    const std::uint32_t index[] = {static_cast<std::uint32_t>(i)};
    const auto logits = network.forward(theta, buffer.gather(data.test, index).X, Mode::evaluate);
    std::vector<std::uint8_t>& labels = all.emplace_back();
    for (Index r = 0; r < logits.rows(); ++r)
      labels.push_back(static_cast<std::uint8_t>(largest_of(logits, r)));
  }
  return all;
}

double accuracy(const std::vector<std::uint8_t>& labels, const std::vector<std::uint8_t>& truth,
                const Dataset& data) {
  Confusion confusion(data.classes);
  for (size_t i = 0; i < truth.size(); ++i)
    if (truth[i] != data.ignored) confusion.add(truth[i], labels[i]);
  return confusion.accuracy();
}

class PictureFolder {
 public:
  PictureFolder(const fs::path& folder, const Dataset& data)
      : folder_(folder), data_(data), table_(folder / "predictions.csv") {
    make_folder(folder / kPredictionsFolder);
  }
  void add(const std::string& name, const Picture& picture, PredictionRow row) {
    row.file = fmt::format("{}/{}_{}.png", kPredictionsFolder, row.sample, name);
    row.width = picture.width, row.height = picture.height;
    write_atomically(folder_ / row.file, to_png(picture));
    table_.add(row);
    files_.insert(folder_ / row.file);
  }
  void commit() {
    table_.commit();
    TableWriter<ClassColourRow> colours(folder_ / "class_colours.csv");
    int label = 0;
    for (const ClassLook& look : data_.looks)
      colours.add({label++, look.name, look.colour[0], look.colour[1], look.colour[2]});
    colours.commit();
    // Other samples and optimizers had theirs before; nothing names them any more.
    const fs::path own = folder_ / kPredictionsFolder;
    for (const fs::path& file : list_folder(own))
      if (file.extension() == ".png" && !files_.contains(file)) remove_file(file);
    sync_folder(own);
  }

 private:
  const fs::path& folder_;
  const Dataset& data_;
  TableWriter<PredictionRow> table_;
  std::set<fs::path> files_;
};

}  // namespace

std::vector<int> chosen_samples(const std::string& text, const Dataset& data) {
  const auto count = static_cast<int>(data.test.count());
  std::vector<int> samples;
  if (text == "auto") {
    const int most = std::min(kAutomatic, count);
    for (int i = 0; i < most; ++i) samples.push_back((2 * i + 1) * count / (2 * most));
    return samples;
  }
  for (const std::string& part : split(text, ',')) {
    const std::int64_t i = to_integer("pictures", part);
    if (i < 0 || i >= count)
      throw UsageError(fmt::format(
          "option 'pictures': expected numbers from 0 to {} ({} has that many test samples), found {}",
          count - 1, data.name, part));
    samples.push_back(static_cast<int>(i));
  }
  return samples;
}

std::string write_predictions(const std::vector<TrialRecord>& records, const Dataset& data,
                              const std::vector<int>& samples, const fs::path& folder) {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  const ParameterFolder parameters(folder / "parameters");
  PictureFolder pictures(folder, data);
  for (const int i : samples) {
    pictures.add("input", input_of(data, i), {i, "input", "", 0, nan, 0, 0, ""});
    pictures.add("truth", coloured(data, truth_of(data.test, i)), {i, "truth", "", 0, nan, 0, 0, ""});
  }
  // Of each optimizer on each network the first trial that completed and has its parameters.
  const std::vector<std::string> settings = settings_texts(records);
  const bool several = std::ranges::any_of(
      records, [&](const TrialRecord& r) { return r.spec.network != records[0].spec.network; });
  std::vector<std::string> drawn, without;
  const auto has = [](const std::vector<std::string>& names, const std::string& name) {
    return std::ranges::find(names, name) != names.end();
  };
  for (size_t r = 0; r < records.size(); ++r) {
    const TrialSpec& spec = records[r].spec;
    const std::string optimizer = optimizer_label(spec.optimizer, settings[r]),
                      label = several ? fmt::format("{} {}", spec.network, optimizer) : optimizer;
    if (records[r].status != Status::completed || has(drawn, label)) continue;
    if (!parameters.has(spec.hash())) {
      if (!has(without, label)) without.push_back(label);
      continue;
    }
    drawn.push_back(label);
    const fs::path file = parameters.path(spec.hash());
    const auto labels = spec.precision == "double" ? predict<double>(spec, data, samples, file)
                                                   : predict<float>(spec, data, samples, file);
    for (size_t k = 0; k < samples.size(); ++k)
      pictures.add(fmt::format("prediction-{}", drawn.size()), coloured(data, labels[k]),
                   {samples[k], "prediction", label, spec.trial,
                    accuracy(labels[k], truth_of(data.test, samples[k]), data), 0, 0, ""});
  }
  std::erase_if(without, [&](const std::string& label) { return has(drawn, label); });
  pictures.commit();
  if (without.empty()) return "";
  return fmt::format("no pictures of {}: their parameters were not kept (--export)\n",
                     fmt::join(without, ", "));
}

}  // namespace symopt
