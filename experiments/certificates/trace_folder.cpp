// trace_folder.cpp — index.json and the arrays beside it.
#include "experiments/certificates/trace_folder.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/network/network_spec.hpp"
#include "optimizers/optimizer.hpp"
#include "plots/page/markup.hpp"
#include "results/files.hpp"

namespace symopt {

namespace fs = std::filesystem;

namespace {

constexpr int kFormat = 1;

std::string file_of(const TraceArray& array) {
  return array.part.empty() ? array.quantity + ".npy" : fmt::format("{}/{}.npy", array.quantity, array.part);
}

std::string texts(const Assignments& values) {
  std::string text;
  for (const auto& [name, value] : values)
    text += fmt::format("{}{}: {}", text.empty() ? "" : ", ", json_text(name), json_text(value));
  return "{" + text + "}";
}

// Every option of the optimizer, defaults too.
Assignments settings_of(const TrialSpec& spec) {
  const OptimizerEntry& entry = find_optimizer(spec.optimizer);
  Assignments all;
  for (const OptionInfo& info : entry.options) {
    std::string value = info.default_value;
    for (const auto& [name, given] : parse_settings(spec.settings))
      if (name == info.name) value = given;
    all.emplace_back(info.name, value);
  }
  return all;
}

std::string network_json(const TrialSpec& spec) {
  const NetworkSpec n = parse_sized_network(spec.shape);
  return fmt::format(
      "{{\"name\": {}, \"shape\": {}, \"activation\": {}, \"leaky_slope\": {}, \"pool\": {}, "
      "\"batch_norm\": {}, \"bias\": {}, \"bn_epsilon\": {}, \"bn_momentum\": {}}}",
      json_text(spec.network), json_text(spec.shape), json_text(to_text(n.activation())),
      to_text(kLeakySlope), n.hidden_layers().front().pool, n.batch_norm(), n.bias(),
      to_text(spec.protocol.bn_epsilon), to_text(spec.protocol.bn_momentum));
}

std::string array_json(const TraceArray& a) {
  std::string axes;
  for (const char c : a.axes) axes += c == ',' ? "\", \"" : std::string(1, c);
  return fmt::format(
      "{{\"file\": {}, \"quantity\": {}, \"part\": {}, \"role\": {}, \"dtype\": \"{}\", \"shape\": [{}], "
      "\"axes\": [\"{}\"]}}",
      json_text(file_of(a)), json_text(a.quantity), json_text(a.part), json_text(a.role),
      name_of(a.array.type), fmt::join(a.array.shape, ", "), axes);
}

}  // namespace

void write_trace(const fs::path& folder, const TrialSpec& spec, const Dataset& data, const Trace& trace) {
  std::string arrays;
  for (const TraceArray& a : trace.arrays) {
    const fs::path file = folder / file_of(a);
    make_folder(file.parent_path());
    write_atomically(file, to_npy(a.array));
    arrays += fmt::format("{}\n    {}", arrays.empty() ? "" : ",", array_json(a));
  }
  std::string text = fmt::format(
      "{{\n  \"format\": {},\n  \"dataset\": {}, \"checksum\": {}, \"inputs\": {}, \"classes\": {}, "
      "\"ignored_label\": {},\n"
      "  \"network\": {},\n  \"optimizer\": {}, \"settings\": {},\n",
      kFormat, json_text(spec.dataset), json_text(spec.checksum), data.inputs(), data.classes, data.ignored,
      network_json(spec), json_text(spec.optimizer), texts(settings_of(spec)));
  text += fmt::format(
      "  \"start\": {}, \"seed\": {}, \"trial\": {}, \"precision\": {},\n  \"protocol\": {},\n"
      "  \"steps\": {}, \"epoch_steps\": {}, \"divergence\": {},\n  \"arrays\": [{}\n  ]\n}}\n",
      json_text(spec.start), spec.seed, spec.trial, json_text(spec.precision),
      texts(protocol_options().all(spec.protocol)), trace.steps, trace.epoch_steps,
      json_text(trace.divergence), arrays);
  write_atomically(folder / "index.json", text);
}

}  // namespace symopt
