// test_variation.cpp — tables tell apart whatever of an optimizer's trials varies, and say nothing else.
#include "results/summary.hpp"
#include "results/tables.hpp"
#include "results/targets.hpp"
#include "results/variation.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/csv_table.hpp"
#include "tests/support/errors.hpp"
#include "tests/support/records.hpp"

using namespace symopt;
using namespace symopt::test;

namespace {

using Texts = std::vector<std::string>;

TrialSpec with(TrialSpec spec, const std::string& name, const std::string& value) {
  if (name == "start")
    spec.start = value;
  else if (name == "precision")
    spec.precision = value;
  else
    protocol_options().set(spec.protocol, name, value);
  return spec;
}

std::vector<TrialRecord> records_of(const std::vector<TrialSpec>& specs) {
  std::vector<TrialRecord> records;
  for (const TrialSpec& spec : specs) records.push_back(make_record(spec, 3));
  return records;
}

const std::vector<TrialSpec> kTwoRates = {
    with(make_spec("un", 0), "learning-rate", "0.1"), with(make_spec("un", 1), "learning-rate", "0.1"),
    with(make_spec("un", 0), "learning-rate", "0.2"), with(make_spec("un", 1), "learning-rate", "0.2")};

}  // namespace

TEST_CASE("settings: where nothing but the optimizer's options varies they are all there is") {
  CHECK(settings_texts(std::vector{make_spec("un", 0), make_spec("un", 1),
                                   make_spec("un", 0, "theta=unit")}) == Texts{"", "", "theta=unit"});
  // Another optimizer, network or data set may have another protocol.
  TrialSpec other = with(make_spec("un", 0), "batch", "50");
  other.network = "archbn-4";
  CHECK(settings_texts(std::vector{make_spec("un", 0), with(make_spec("sgd", 0), "start", "he"), other}) ==
        Texts{"", "", ""});
  // Seeds and trials are columns of their own.
  TrialSpec seeded = make_spec("un", 0);
  seeded.seed = 2;
  CHECK(settings_texts(std::vector{make_spec("un", 0), seeded}) == Texts{"", ""});
}

TEST_CASE("settings: what varies follows the optimizer's options, in the order of the options") {
  CHECK(settings_texts(kTwoRates) == Texts{"lr=0.1", "lr=0.1", "lr=0.2", "lr=0.2"});
  const std::vector<TrialSpec> specs = {
      make_spec("un", 0, "theta=unit"),
      with(with(make_spec("un", 0), "batch", "50"), "start", "he"),
  };
  CHECK(settings_texts(specs) == Texts{"theta=unit start=balanced batch=100", "start=he batch=50"});
}

TEST_CASE("settings: every option that may vary is told, over the whole list") {
  const TrialSpec base = make_spec("un", 0);
  for (const OptionInfo& info : protocol_options().infos()) {
    INFO(info.name);
    std::string value = info.type == "integer" ? "7" : "0.125";
    if (info.type == "bool") value = info.default_value == "true" ? "false" : "true";
    if (info.type == "text") value = info.range.substr(info.range.rfind('|') + 1);
    const Texts texts = settings_texts(std::vector{base, with(base, info.name, value)});
    const std::string name = info.name == "learning-rate" ? "lr" : info.name;
    CHECK(texts[1] == name + "=" + value);
    CHECK(texts[0] == name + "=" + protocol_options().text(base.protocol, info.name));
  }
  CHECK(settings_texts(std::vector{base, with(base, "precision", "double")})[1] == "precision=double");
}

TEST_CASE("settings: an option of the protocol that has the name of the optimizer's is told by its place") {
  const TrialSpec a = make_spec("rmsprop", 0, "decay=0.5"), b = with(a, "decay", "0.75");
  CHECK(settings_texts(std::vector{a, b}) ==
        Texts{"decay=0.5 protocol.decay=0.95", "decay=0.5 protocol.decay=0.75"});
}

TEST_CASE("settings: those that tell apart are nothing where an optimizer has one text for all") {
  std::vector<TrialRecord> records = records_of(kTwoRates);
  for (const char* network : {"archbn-2", "archbn-4"}) {
    records.push_back(make_record(make_spec("sm", 0, "theta=unit"), 3));
    records.back().spec.network = network;
  }
  CHECK(distinct_settings(records) == Texts{"lr=0.1", "lr=0.1", "lr=0.2", "lr=0.2", "", ""});
}

TEST_CASE("groups: trials with other rates are other groups, in summary, tests, targets and trials") {
  const std::vector<TrialRecord> records = records_of(kTwoRates);
  const std::vector<Group> groups = group_records(records);
  REQUIRE(groups.size() == 2);
  CHECK(groups[0].optimizer == "un(lr=0.1)");
  CHECK(groups[1].settings == "lr=0.2");
  CHECK(groups[1].trials == 2);
  CHECK(group_efforts(records, {}).size() == 2);
  const ScratchFolder folder;
  write_csvs(folder.path, records, 1);
  for (const char* file :
       {"trials.csv", "epochs.csv", "search.csv", "summary.csv", "timings.csv", "targets.csv"}) {
    INFO(file);
    const CsvTable table = read_csv(folder / file);
    const size_t settings = table.column("settings");
    REQUIRE_FALSE(table.rows.empty());
    CHECK(table.rows.front()[settings] == "lr=0.1");
    CHECK(table.rows.back()[settings] == "lr=0.2");
  }
  const CsvTable tests = read_csv(folder / "tests.csv");
  REQUIRE(tests.rows.size() == 1);
  CHECK(tests.rows[0][tests.column("optimizer_a")] == "un(lr=0.1)");
  CHECK(tests.rows[0][tests.column("optimizer_b")] == "un(lr=0.2)");
}

TEST_CASE("trials without a test: their hashes and groups say so, and the others' are as they were") {
  const TrialSpec tested = make_spec("un", 0), untested = with(tested, "test", "false");
  CHECK(tested.hash() != untested.hash());
  for (const auto& [name, ignored] : tested.fields()) CHECK(name != "test");
  CHECK(TrialSpec::from_fields(untested.fields()) == untested);
  CHECK(TrialSpec::from_fields(tested.fields()) == tested);
  const Group group = group_records(records_of({untested})).at(0);
  CHECK(group.completed == 1);
  CHECK(group.test_error.empty());
  CHECK(group.validation_error.size() == 1);
}
