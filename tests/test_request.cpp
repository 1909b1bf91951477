// test_request.cpp — what a user asks for, as options, as config.ini and as a list of trials.
#include <map>
#include <set>

#include "core/network/start.hpp"
#include "experiments/plan/experiment.hpp"
#include "experiments/plan/request.hpp"
#include "protocols/annealing.hpp"
#include "protocols/spec_check.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/errors.hpp"
#include "tests/support/records.hpp"
#include "tests/support/small_data.hpp"

using namespace symopt;
using namespace symopt::test;

namespace {

// A value that each option takes and that is not its default.
std::string other_value(const OptionInfo& option) {
  const std::map<std::string, std::string> texts = {{"experiment", "other"},
                                                    {"dataset", "synth-digits"},
                                                    {"networks", "arch1-2, archbn-4"},
                                                    {"optimizers", "un:retraction=exp,sgd"}};
  if (const auto text = texts.find(option.name); text != texts.end()) return text->second;
  if (option.type == "bool") return option.default_value == "true" ? "false" : "true";
  if (option.type == "text") return option.range.substr(option.range.rfind('|') + 1);
  if (option.type == "integer") return option.default_value == "7" ? "8" : "7";
  return "0.123456789012345678";
}

std::string set_error(const std::string& name, const std::string& value) {
  Request request;
  return error_of([&] { request.set(name, value); });
}

Request asking(const std::string& networks, const std::string& optimizers, int trials = 2) {
  Request request;
  request.networks = networks, request.optimizers = optimizers, request.trials = trials;
  return request;
}

std::string expand_error(const std::string& networks, const std::string& optimizers) {
  const Dataset data = noisy_classes();
  return error_of([&] { expand(asking(networks, optimizers), data); });
}

const char* const kNetwork = "archbn:8-4-3/pool2";

}  // namespace

TEST_CASE("request: the defaults are the paper's, and one experiment's defaults are them") {
  Request request;
  find_experiment("paper").defaults(request);
  CHECK(request.configuration() == Request{}.configuration());
  CHECK(request.trials == 10);
  CHECK(request.networks == "archbn-2,archbn-4");
  CHECK(request.optimizers == "sgd,b-sgd,un,sm");
  const ProtocolSettings& p = request.protocol;
  CHECK((p.search && p.search_train == 1000 && p.search_validation == 500 && p.search_epochs == 50));
  CHECK((p.search_eta_min == 0 && p.search_eta_max == 5 && p.search_eta_step == 0.5));
  CHECK((p.batch == 100 && p.train == 50000 && p.validation == 10000 && p.max_epochs == 60));
  CHECK((p.min_epochs == 25 && p.stop_every == 5 && p.stop_lookback == 4));
  CHECK((p.stop_train_error == 1e-5 && p.stop_validation_change == 1e-5 && p.stop_early));
  CHECK((p.annealing == "bold-driver" && p.bold_up == 1.1 && p.bold_down == 0.5 && p.decay == 0.95));
  CHECK((p.bn_statistics == "running" && p.bn_momentum == 0.1 && p.bn_epsilon == 1e-5));
}

TEST_CASE(
    "request: a set of fewer samples than the defaults is split into four fifths and one, unless told how") {
  Dataset data;
  data.name = "some";
  data.train.labels.resize(50000);
  Request request;
  CHECK(fit_split(request, data) == "some has 50000 samples to train on: train = 40000, validation = 10000");
  CHECK((request.protocol.train == 40000 && request.protocol.validation == 10000));
  CHECK(fit_split(request, data).empty());  // they fit now
  for (const char* given : {"train", "validation"}) {
    Request told;
    told.set(given, "20000");
    CHECK(fit_split(told, data).empty());
    CHECK(told.protocol.train == (std::string(given) == "train" ? 20000 : 50000));
  }
  data.train.labels.resize(60000);
  Request fits;
  CHECK(fit_split(fits, data).empty());
  CHECK(fits.configuration() == Request{}.configuration());
  data.train.labels.resize(4);
  CHECK_FALSE(fit_split(fits, data).empty());
  CHECK((fits.protocol.train == 3 && fits.protocol.validation == 1));
}

TEST_CASE("request: quick changes numbers of the paper's experiment, not what it compares") {
  Request quick;
  find_experiment("paper").quick(quick);
  CHECK(quick.trials < 10);
  CHECK(quick.networks == Request{}.networks);
  CHECK(quick.optimizers == Request{}.optimizers);
}

TEST_CASE("request: every option is settable, stands in the configuration, and reads back from config.ini") {
  const ScratchFolder folder;
  Request request;
  const auto options = request_options();
  REQUIRE(options.size() == request.configuration().size());
  std::set<std::string> names;
  for (size_t i = 0; i < options.size(); ++i) {
    INFO(options[i].name);
    CHECK(names.insert(options[i].name).second);
    CHECK_FALSE(options[i].help.empty());
    CHECK(request.configuration()[i] == std::pair(options[i].name, options[i].default_value));
    request.set(options[i].name, other_value(options[i]));
    CHECK(request.configuration()[i].second != options[i].default_value);
  }
  write_text(folder / "config.ini", to_ini(request.configuration(), "heading"));
  Request read;
  for (const auto& [name, value] : read_configuration(folder / "config.ini")) read.set(name, value);
  CHECK(read.configuration() == request.configuration());
  CHECK(read.protocol == request.protocol);
}

TEST_CASE("request: start and annealing take what the registries hold") {
  std::string starts = "auto", schedules;
  for (const std::string& kind : start_kinds()) starts += "|" + kind;
  for (const Schedule& schedule : schedule_registry())
    schedules += (schedules.empty() ? "" : "|") + schedule.name;
  std::map<std::string, std::string> ranges;
  for (const OptionInfo& option : request_options()) ranges[option.name] = option.range;
  CHECK(ranges.at("start") == starts);
  CHECK(ranges.at("annealing") == schedules);
}

TEST_CASE("request: an unknown option is refused with the nearest one") {
  CHECK(set_error("trails", "3") == "unknown option 'trails'; did you mean 'trials'?");
  CHECK(set_error("max-epoch", "3") == "unknown option 'max-epoch'; did you mean 'max-epochs'?");
  CHECK(contains(set_error("", "3"), "unknown option ''"));
}

TEST_CASE("request: values out of range are refused with the range and the value") {
  CHECK(set_error("trials", "0") == "option 'trials': expected 1 to 100000, found 0");
  CHECK(contains(set_error("trials", "100001"), "found 100001"));
  CHECK(contains(set_error("trials", "2.5"), "expected an integer, found '2.5'"));
  CHECK(contains(set_error("trials", ""), "expected an integer, found ''"));
  CHECK(contains(set_error("trials", "99999999999999999999"), "99999999999999999999"));
  CHECK(contains(set_error("seed", "-1"), "expected 0 or more"));
  CHECK(contains(set_error("batch", "0"), "found 0"));
  CHECK(contains(set_error("bold-down", "1.5"), "found 1.5"));
  CHECK(contains(set_error("learning-rate", "nan"), "expected a number"));
  CHECK(contains(set_error("learning-rate", "inf"), "found inf"));
  CHECK(contains(set_error("learning-rate", "0.1x"), "'0.1x'"));
  CHECK(contains(set_error("search", "maybe"), "expected true or false"));
  CHECK(set_error("start", "balancd") ==
        "option 'start': expected auto|gaussian|balanced|he|glorot|uniform|unbalanced, found 'balancd'; did "
        "you mean "
        "'balanced'?");
  CHECK(contains(set_error("annealing", "bold"), "found 'bold'; did you mean 'bold-driver'?"));
}

TEST_CASE("request: every option's error names the option, over the whole list") {
  for (const OptionInfo& option : request_options()) {
    if (option.range == "any") continue;
    INFO(option.name);
    CHECK(contains(set_error(option.name, "\x01?"), "'" + option.name + "'"));
  }
}

TEST_CASE("lists: names between commas, blanks trimmed, none empty") {
  using Names = std::vector<std::string>;
  CHECK(split_list("networks", "a") == Names{"a"});
  CHECK(split_list("networks", " a ,b,\tc d ") == Names{"a", "b", "c d"});
  for (const char* bad : {"", " ", ",", "a,", ",a", "a,,b", "a, ,b"}) {
    INFO("'" << bad << "'");
    CHECK(contains(error_of([&] { split_list("networks", bad); }), "option 'networks': expected"));
  }
}

TEST_CASE("data sets: names between commas, and a comma of a path is the path's") {
  using Names = std::vector<std::string>;
  CHECK(listed_datasets("mnist") == Names{"mnist"});
  CHECK(listed_datasets(" mnist, auto,camvid|synth-streets") ==
        Names{"mnist", "auto", "camvid|synth-streets"});
  CHECK(listed_datasets("folder:/a,b c,mnist,folder:~/d") == Names{"folder:/a,b c", "mnist", "folder:~/d"});
  CHECK(listed_datasets("folder:/a,folder:/b") == Names{"folder:/a", "folder:/b"});
  for (const char* bad : {"", ",", "mnist,", ",mnist", "mnist,,auto"}) {
    INFO("'" << bad << "'");
    CHECK(contains(error_of([&] { listed_datasets(bad); }), "option 'dataset': expected comma-separated"));
  }
  CHECK(contains(error_of([] { listed_datasets("mnist,auto,mnist"); }),
                 "option 'dataset': expected each one once, found 'mnist' twice"));
}

TEST_CASE("expand: networks × optimizers × trials, in this order") {
  const Dataset data = noisy_classes();
  const auto specs = expand(asking(std::string(kNetwork) + ", mlp:8-5-3", "un , sgd"), data);
  REQUIRE(specs.size() == 8);
  size_t i = 0;
  for (const char* network : {kNetwork, "mlp:8-5-3"})
    for (const char* optimizer : {"un", "sgd"})
      for (int trial = 0; trial < 2; ++trial, ++i) {
        CHECK(specs[i].network == network);
        CHECK(specs[i].optimizer == optimizer);
        CHECK(specs[i].trial == trial);
        CHECK(specs[i].start == (specs[i].optimizer == "sgd" ? "gaussian" : "balanced"));
        CHECK(specs[i].dataset == data.name);
        CHECK(specs[i].checksum == data.checksum);
      }
}

TEST_CASE("expand: named networks take the data set's shape") {
  const Dataset data = noisy_classes();
  const auto specs = expand(asking("archbn-2", "un", 1), data);
  CHECK(specs.at(0).shape == "archbn:8-64-64-3/pool2/relu");
}

TEST_CASE("expand: more trials are the same trials and some more") {
  const Dataset data = noisy_classes();
  const auto few = expand(asking(kNetwork, "un", 3), data), many = expand(asking(kNetwork, "un", 5), data);
  REQUIRE(many.size() == 5);
  for (size_t i = 0; i < few.size(); ++i) CHECK(many[i].hash() == few[i].hash());
}

TEST_CASE("expand: whatever the request says of the trials reaches every trial") {
  const Dataset data = noisy_classes();
  Request request = asking(kNetwork, "un,sgd", 1);
  request.seed = 77, request.precision = "double", request.start = "he";
  request.protocol.bold_up = 1.25;
  for (const TrialSpec& spec : expand(request, data)) {
    CHECK(spec.seed == 77);
    CHECK(spec.precision == "double");
    CHECK(spec.start == "he");
    CHECK(spec.protocol == request.protocol);
  }
}

TEST_CASE("expand: an optimizer's options follow it, defaults left out") {
  const Dataset data = noisy_classes();
  const auto specs =
      expand(asking(kNetwork, "un:theta=unit:retraction=exp,un:retraction=normalize", 1), data);
  REQUIRE(specs.size() == 2);
  CHECK(specs[0].optimizer_label() == "un(retraction=exp theta=unit)");
  CHECK(specs[1].optimizer_label() == "un");
}

TEST_CASE("expand: all is every optimizer of the registry that serves the network, in its order") {
  const Dataset data = noisy_classes();
  const auto specs = expand(asking(kNetwork, "all", 1), data);
  std::vector<std::string> served;
  for (const OptimizerEntry& entry : optimizer_registry())
    if (!entry.refuses(parse_network(kNetwork, 0, 0))) served.push_back(entry.name);
  REQUIRE(specs.size() == served.size());
  for (size_t i = 0; i < specs.size(); ++i) CHECK(specs[i].optimizer == served[i]);
}

TEST_CASE("expand: unknown names are refused with the nearest ones") {
  CHECK(expand_error(kNetwork, "sdg") == "unknown optimizer 'sdg'; did you mean 'sgd'?");
  CHECK(contains(expand_error("archbn2", "sgd"), "did you mean 'archbn-2'?"));
  CHECK(contains(expand_error(kNetwork, "un:retration=exp"), "did you mean 'retraction'?"));
  CHECK(contains(expand_error(kNetwork, "un:retraction=expo"), "did you mean 'exp'?"));
  CHECK(contains(expand_error(kNetwork, "un:retraction"), "expected name=value, found 'retraction'"));
  CHECK(contains(expand_error(kNetwork, "sgd:momentum=0.9"), "'momentum'"));
}

TEST_CASE("names: what is unknown on every data set is refused before there is one") {
  const auto names_error = [](const std::string& networks, const std::string& optimizers) {
    return error_of([&] { check_names(asking(networks, optimizers)); });
  };
  CHECK(
      names_error("archbn-2,arch1-4,mlp:784-5-10,archbn:3072-64x2-7/pool2", "un:retraction=exp,sgd").empty());
  CHECK(names_error("archbn-2", "all").empty());
  CHECK(names_error("archbn-2", "sdg") == "unknown optimizer 'sdg'; did you mean 'sgd'?");
  CHECK(contains(names_error("archbn2", "sgd"), "did you mean 'archbn-2'?"));
  CHECK(contains(names_error("archbn-2", "un:retration=exp"), "did you mean 'retraction'?"));
  CHECK(contains(names_error("archbn-2", "un,un"), "found 'un' twice"));
}

TEST_CASE("expand: what stands in the list twice is refused") {
  CHECK(contains(expand_error(kNetwork, "sgd,un,sgd"),
                 "option 'optimizers': expected each one once, found 'sgd' twice"));
  CHECK(contains(expand_error(kNetwork, "un,un:retraction=normalize"),
                 "option 'optimizers': expected each setting once, found 'un' and 'un:retraction=normalize', "
                 "which are the same"));
  CHECK(contains(expand_error(std::string(kNetwork) + "," + kNetwork, "un"),
                 "option 'networks': expected each one once, found 'archbn:8-4-3/pool2' twice"));
  CHECK(contains(expand_error(kNetwork, "un:retraction=exp:retraction=normalize"),
                 "optimizer un: option 'retraction': expected once, found twice"));
}

TEST_CASE("expand: two names of one shape are refused with both names") {
  const auto same = [](const std::string& a, const std::string& b) {
    CHECK(contains(expand_error(a + "," + b, "un"),
                   fmt::format("option 'networks': expected each shape once, found '{}' and '{}', which are "
                               "the same",
                               a, b)));
  };
  same(kNetwork, "archbn:8-4-3/pool2/relu");
  same("archbn-2", "archbn:8-64x2-3/pool2");
  same("mlp:8-4-4-3+bias", "mlp:8-4x2-3+bias");
  CHECK(expand_error("mlp:8-4-3,mlp:8-4-3+bias", "un").empty());
}

TEST_CASE("expand: a network of another input or output size is refused") {
  CHECK(contains(expand_error("mlp:9-5-3", "un"), "expected 8 inputs"));
  CHECK(contains(expand_error("mlp:8-5-4", "un"), "expected 3 classes"));
}

TEST_CASE("expand: what it gives can run, over the whole registry") {
  const Dataset data = noisy_classes();
  Request request = asking(kNetwork, "all", 1);
  request.protocol = small_trial(data, kNetwork, "un").protocol;
  for (const TrialSpec& spec : expand(request, data))
    CHECK(error_of([&] { check_spec(spec, data); }).empty());
}

TEST_CASE("experiments: an unknown one is refused with the nearest") {
  CHECK(error_of([] { find_experiment("papper"); }) == "unknown experiment 'papper'; did you mean 'paper'?");
}
