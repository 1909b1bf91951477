// test_trial.cpp — specs as fields and hash, outcomes of curves.
#include <cmath>
#include <limits>
#include <set>

#include "results/trial.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/errors.hpp"
#include "tests/support/records.hpp"

using namespace symopt;
using namespace symopt::test;

TEST_CASE("trial: a spec reads back from its fields, whatever its texts hold") {
  Stream stream(1);
  for (int i = 0; i < 200; ++i) {
    const TrialSpec spec = any_record(stream).spec;
    CHECK(TrialSpec::from_fields(spec.fields()) == spec);
  }
}

TEST_CASE("trial: seeds use all 64 bits and nothing else is a seed") {
  TrialSpec spec = make_spec("un", 0);
  spec.seed = std::numeric_limits<std::uint64_t>::max();
  CHECK(TrialSpec::from_fields(spec.fields()).seed == spec.seed);
  for (const std::string text : {"-1", "18446744073709551616", "1.5", "", " 1"}) {
    Assignments fields = spec.fields();
    for (auto& [name, value] : fields)
      if (name == "seed") value = text;
    CHECK(contains(error_of([&] { TrialSpec::from_fields(fields); }), "seed"));
  }
}

TEST_CASE("trial: numbers of trials out of their range are refused") {
  for (const std::string text : {"-1", "2147483648", "x"}) {
    Assignments fields = make_spec("un", 0).fields();
    for (auto& [name, value] : fields)
      if (name == "trial") value = text;
    CHECK(contains(error_of([&] { TrialSpec::from_fields(fields); }), "trial"));
  }
}

TEST_CASE("trial: a missing, doubled or unknown field is named") {
  const Assignments fields = make_spec("un", 0).fields();
  for (std::size_t i = 0; i < fields.size(); ++i) {
    INFO(fields[i].first);
    Assignments missing = fields, doubled = fields, unknown = fields, replaced = fields;
    missing.erase(missing.begin() + static_cast<std::ptrdiff_t>(i));
    doubled.push_back(fields[i]);
    unknown[i].first += "-x";
    replaced[i] = fields[(i + 1) % fields.size()];  // as many as there should be, one of them twice
    CHECK(contains(error_of([&] { TrialSpec::from_fields(missing); }), fields[i].first));
    CHECK(contains(error_of([&] { TrialSpec::from_fields(doubled); }), fields[i].first));
    CHECK(contains(error_of([&] { TrialSpec::from_fields(unknown); }), fields[i].first + "-x"));
    CHECK(contains(error_of([&] { TrialSpec::from_fields(replaced); }), replaced[i].first));
  }
}

TEST_CASE("trial: the hash depends on every field and on nothing else") {
  const TrialSpec spec = make_spec("un", 3);
  CHECK(spec.hash() == TrialSpec::from_fields(spec.fields()).hash());
  CHECK(spec.hash().size() == 32);
  CHECK(spec.hash().find_first_not_of("0123456789abcdef") == std::string::npos);

  std::set<std::string> hashes = {spec.hash()};
  std::size_t changed = 0;
  for (const auto& [name, value] : spec.fields()) {
    // One of these is another valid value of any field.
    for (const std::string other : {"2", "0.25", "false", "step", "population"}) {
      Assignments fields = spec.fields();
      for (auto& field : fields)
        if (field.first == name && field.second != other) field.second = other;
      TrialSpec different;
      try {
        different = TrialSpec::from_fields(fields);
      } catch (const UserError&) {
        continue;
      }
      if (different == spec) continue;
      INFO(name);
      CHECK(hashes.insert(different.hash()).second);
      ++changed;
      break;
    }
  }
  CHECK(changed == spec.fields().size());
}

TEST_CASE("trial: hashes are what they were before last-batch and test were options") {
  CHECK(make_spec("un", 0).hash() == "f8174fbc8f3c76917f70c80034c34572");
  CHECK(make_spec("sm", 3, "theta=unit").hash() == "50c423ce203d8d92b0d5f674225dcd7c");
  for (const char* option : {"last-batch", "test"}) {
    INFO(option);
    CHECK(protocol_options().came_later(option));
    TrialSpec spec = make_spec("un", 0);
    for (const auto& [name, ignored] : spec.fields()) CHECK(name != option);
    protocol_options().set(spec.protocol, option, std::string(option) == "test" ? "false" : "drop");
    CHECK(spec.hash() != make_spec("un", 0).hash());
    CHECK(TrialSpec::from_fields(spec.fields()) == spec);
    // As many fields as one without the option has, and still one is missing.
    Assignments fields = spec.fields();
    std::erase_if(fields, [](const auto& field) { return field.first == "batch"; });
    CHECK(contains(error_of([&] { TrialSpec::from_fields(fields); }), "batch"));
  }
  CHECK_FALSE(protocol_options().came_later("batch"));
  CHECK_FALSE(protocol_options().came_later("trials"));
}

TEST_CASE("trial: a value that looks like another field does not make the same hash") {
  const auto hash_of = [](const std::string& dataset, const std::string& checksum) {
    TrialSpec spec = make_spec("un", 0);
    spec.dataset = dataset, spec.checksum = checksum;
    return spec.hash();
  };
  CHECK(hash_of("x\nchecksum=1", "2") != hash_of("x", "1\nchecksum=2"));
  CHECK(hash_of("x\nchecksum:1=1", "2") != hash_of("x", "1\nchecksum:1=2"));
}

TEST_CASE("trial: every status reads back from its text") {
  for (const Status s : {Status::completed, Status::diverged, Status::failed, Status::timed_out})
    CHECK(parse_status(to_text(s)) == s);
  CHECK_FALSE(parse_status("done"));
}

TEST_CASE("trial: the label holds the settings where there are some") {
  CHECK(make_spec("un", 0).optimizer_label() == "un");
  CHECK(make_spec("un", 0, "retraction=exp").optimizer_label() == "un(retraction=exp)");
}

TEST_CASE("trial: the outcome is the last epoch's and the first best validation epoch's") {
  TrialRecord record;
  record.curve = {
      {1, 5, .1, 2.0, .50, .40, .41}, {2, 10, .1, 1.0, .30, .20, .21}, {3, 15, .1, .5, .10, .20, .19}};
  const Outcome o = outcome(record);
  CHECK(o.test_error == .19);
  CHECK(o.train_error == .10);
  CHECK(o.validation_error == .20);
  CHECK(o.cost == .5);
  CHECK(o.best_epoch == 2);
  CHECK(o.best_validation_error == .20);
  CHECK(o.best_test_error == .21);
}

TEST_CASE("trial: an epoch without a validation error is never the best") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  TrialRecord record;
  record.curve = {{1, 5, .1, nan, nan, nan, nan}};
  CHECK(outcome(record).best_epoch == 0);
  CHECK(std::isnan(outcome(record).best_test_error));
  record.curve.push_back({2, 10, .1, 1.0, .30, .20, .21});
  CHECK(outcome(record).best_epoch == 2);
  CHECK(outcome(record).best_test_error == .21);
}

TEST_CASE("trial: an empty curve has no outcome") {
  const Outcome o = outcome(TrialRecord{});
  for (const double v :
       {o.test_error, o.train_error, o.validation_error, o.cost, o.best_validation_error, o.best_test_error})
    CHECK(std::isnan(v));
  CHECK(o.best_epoch == 0);
}
