// test_round_trip.cpp — any configuration that can be asked for is the same after config.ini: same options,
// same trials by their hashes.
#include <bit>
#include <cmath>

#include "core/random.hpp"
#include "experiments/plan/request.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/errors.hpp"
#include "tests/support/records.hpp"
#include "tests/support/small_data.hpp"

using namespace symopt;
using namespace symopt::test;

namespace {

template <class T>
const T& one_of(Stream& stream, const std::vector<T>& list) {
  return list[stream.below(list.size())];
}

std::vector<std::string> choices(const std::string& range) {
  std::vector<std::string> list;
  for (size_t begin = 0; begin <= range.size();) {
    const size_t end = std::min(range.find('|', begin), range.size());
    list.push_back(range.substr(begin, end - begin));
    begin = end + 1;
  }
  return list;
}

// "LOW to HIGH", "LOW or more", "at most HIGH", "any".
std::pair<double, double> bounds(const std::string& range) {
  double low = -1e300, high = 1e300;
  if (const size_t to = range.find(" to "); to != std::string::npos)
    low = std::stod(range.substr(0, to)), high = std::stod(range.substr(to + 4));
  else if (range.ends_with(" or more"))
    low = std::stod(range);
  else if (range.starts_with("at most "))
    high = std::stod(range.substr(8));
  return {low, high};
}

// A number within the bounds: an end, something of any size, or any bits that happen to fit.
double number(Stream& stream, const std::string& range) {
  const auto [low, high] = bounds(range);
  switch (stream.below(4)) {
    case 0:
      return low;
    case 1:
      return high;
    case 2:
      return std::min(std::max(low, std::pow(10.0, 12 * stream.uniform() - 9)), high);
    default:
      const double any = std::bit_cast<double>((stream.below(1u << 31) << 33) | stream.below(1u << 31));
      return std::isfinite(any) ? std::min(std::max(low, any), high) : low;
  }
}

std::string any_value(Stream& stream, const OptionInfo& option) {
  const std::vector<std::string> networks = {"archbn-2", "arch1-4,archbn:8-4-3/pool2",
                                             " mlp:8-5-3 , archbn-4",
                                             "mlp:8-3-3/sigmoid+bias,arch1:8-4x2-3/pool2/leaky-relu"};
  const std::vector<std::string> optimizers = {"sgd", "un:retraction=exp,sgd", "adam,un:theta=unit",
                                               " b-sgd,\tsm "};
  const std::vector<std::string> sweeps = {"", "lr=1e-4:1:log:3", "lr=0.1,0.01;trials=3", "#x=\"1\" "};
  if (option.name == "networks") return one_of(stream, networks);
  if (option.name == "optimizers") return one_of(stream, optimizers);
  if (option.name == "dataset")
    return one_of<std::string>(stream, {"auto", "mnist", "synth-digits", "cifar-10"});
  if (option.type == "bool") return stream.below(2) == 0 ? "true" : "false";
  if (option.range.find('|') != std::string::npos) return one_of(stream, choices(option.range));
  // Text without choices: what a file could take for something else.
  if (option.type == "text")
    return one_of<std::string>(stream,
                               {"", "a # b", "\"quoted\"", " blank ", "a\nb", "x = y", "[s]", ";", "\\"});
  const double value = number(stream, option.range);
  if (option.type == "number") return to_text(value);
  const double whole = std::min(std::max(value, -2147483648.0), option.name == "seed" ? 9e15 : 2147483647.0);
  return fmt::format("{}", static_cast<std::int64_t>(std::trunc(whole)));
}

Request read_back(const Request& request) {
  const ScratchFolder folder;
  write_text(folder / "config.ini", to_ini(request.configuration(), "any\nheading = 1"));
  Request read;
  for (const auto& [name, value] : read_configuration(folder / "config.ini")) read.set(name, value);
  return read;
}

std::vector<std::string> hashes(Request request) {
  request.trials = 2;
  std::vector<std::string> list;
  for (const TrialSpec& spec : expand(request, noisy_classes())) list.push_back(spec.hash());
  return list;
}

}  // namespace

TEST_CASE("round trip: any values of all options are the same after config.ini, to the text") {
  Stream stream(2024);
  for (int round = 0; round < 300; ++round) {
    Request request;
    for (const OptionInfo& option : request_options()) {
      const std::string value = any_value(stream, option);
      INFO(option.name << " = " << value << " (" << option.range << ")");
      REQUIRE(error_of([&] { request.set(option.name, value); }).empty());
    }
    const Request read = read_back(request);
    CHECK(read.configuration() == request.configuration());
    CHECK(read.protocol == request.protocol);
    CHECK(read.seed == request.seed);
  }
}

TEST_CASE(
    "round trip: the trials of a configuration that was read back have the same hashes, option by option") {
  Stream stream(2025);
  Request plain;
  plain.networks = "archbn:8-4-3/pool2", plain.optimizers = "un:retraction=exp,sgd";
  const std::vector<std::string> before = hashes(plain);
  for (const OptionInfo& option : request_options()) {
    // What chooses trials, and no number of them: the sweep has its own tests.
    if (option.name == "set" || option.name == "zip" || option.name == "sampler" || option.name == "budget")
      continue;
    for (int round = 0; round < 20; ++round) {
      Request request = plain;
      const std::string value = any_value(stream, option);
      request.set(option.name, value);
      INFO(option.name << " = " << value);
      const std::vector<std::string> expected = hashes(request);
      CHECK(hashes(read_back(request)) == expected);
      // A protocol option that has another value makes other trials.
      if (protocol_options().has(option.name))
        CHECK((expected == before) == (request.protocol == plain.protocol));
    }
  }
}

TEST_CASE("round trip: a sweep read back makes the same points") {
  for (const Configuration& sweep :
       {Configuration{{"set", "lr=1e-4:1:log:5"}},
        Configuration{{"set", "lr=0.1,0.01"}, {"optimizers", "sgd,un"}},
        Configuration{{"set", "lr=1e-4:1:log:9"}, {"sampler", "halton"}, {"budget", "4"}, {"seed", "77"}},
        Configuration{{"set", "lr=1e-4:1:log:9"}, {"sampler", "random"}, {"budget", "4"}}}) {
    Request request;
    request.networks = "archbn:8-4-3/pool2";
    for (const auto& [name, value] : sweep) request.set(name, value);
    const std::vector<std::string> expected = hashes(request);
    CHECK(expected.size() > 4);
    CHECK(hashes(read_back(request)) == expected);
  }
}
