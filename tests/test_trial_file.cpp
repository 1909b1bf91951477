// test_trial_file.cpp — a trial as text: exact, and any damage is seen.
#include "core/data/sha256.hpp"
#include "results/trial_file.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/errors.hpp"
#include "tests/support/records.hpp"

using namespace symopt;
using namespace symopt::test;

namespace {

std::string error_of_trial(const std::string& text) {
  return error_of([&] { from_trial_text(text, "out/trials/x.trial"); });
}

// A file whose seal holds, so that only its content is wrong.
std::string resealed(const std::string& text, const std::string& from, const std::string& to) {
  std::string body = text.substr(0, text.rfind("sha256="));
  const std::size_t at = body.find(from);
  if (at == std::string::npos) throw std::logic_error("not in the file: " + from);
  body.replace(at, from.size(), to);
  return body + "sha256=" + sha256(body) + "\n";
}

const TrialRecord& sample() {
  static const TrialRecord record = [] {
    TrialRecord r = make_record(make_spec("un", 0, "retraction=exp"), 3);
    r.message = "line one\nline two, \"quoted\" π";
    return r;
  }();
  return record;
}

}  // namespace

TEST_CASE("trial file: any record reads back to the bit") {
  Stream stream(1);
  for (int i = 0; i < 500; ++i) {
    const TrialRecord record = any_record(stream);
    const std::string text = to_trial_text(record);
    const TrialRecord again = from_trial_text(text, "x.trial");
    CHECK(same_bits(again, record));
    CHECK(to_trial_text(again) == text);
  }
}

TEST_CASE("trial file: a file cut at any byte is an error that names it") {
  const std::string text = to_trial_text(sample());
  for (std::size_t size = 0; size < text.size(); ++size) {
    const std::string error = error_of_trial(text.substr(0, size));
    if (!contains(error, "out/trials/x.trial")) FAIL_CHECK("cut to " << size << ": " << error);
  }
}

TEST_CASE("trial file: a file with any byte changed is an error that names it") {
  const std::string text = to_trial_text(sample());
  Stream stream(2);
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    changed[i] = static_cast<char>(changed[i] ^ static_cast<char>(1 + stream.below(255)));
    const std::string error = error_of_trial(changed);
    if (!contains(error, "out/trials/x.trial")) FAIL_CHECK("byte " << i << ": " << error);
  }
}

TEST_CASE("trial file: bytes added anywhere are an error") {
  const std::string text = to_trial_text(sample());
  for (std::size_t i = 0; i <= text.size(); ++i) {
    std::string changed = text;
    changed.insert(i, 1, '\n');
    if (error_of_trial(changed).empty()) FAIL_CHECK("before byte " << i);
  }
}

TEST_CASE("trial file: another version is told from damage") {
  const std::string text =
      resealed(to_trial_text(sample()), fmt::format("results={}", kResultVersion), "results=999");
  CHECK_THROWS_AS(from_trial_text(text, "x.trial"), VersionError);
  CHECK(contains(error_of_trial(text), "results=999"));
}

TEST_CASE("trial file: wrong content under a right seal is an error with its place") {
  const std::string text = to_trial_text(sample());
  struct Case {
    std::string from, to, said;
  };
  const std::vector<Case> cases = {
      {"dataset=", "datasat=", "datasat"},
      {"[spec] 36\n", "[spec] 36\ndataset=mnist\n", "dataset: expected one"},
      {"[spec] 36", "[spec] 35", "bn-epsilon: expected a value"},
      {"[spec] 36", "[spec] 99999999999", "as many lines"},
      {"[spec] 36", "[spec] -1", "a count"},
      {"max-epochs=60", "max-epochs=0", "max-epochs"},
      {"max-epochs=60", "max-epochs", "name=value"},
      {"annealing=bold-driver", "annealing=bald-driver", "bold-driver"},
      {"status=completed", "status=done", "done"},
      {"message=", "massage=", "massage"},
      {"message=", "message=\\q", "escapes"},
      {"learning_rate=0.1", "learning_rate=0,1", "a number"},
      {"[search] 11", "[search] 12", "line"},
      {"[search] 11", "[search] 10", "line"},
      {"[search] 11", "[search] 11x", "a count"},
      {"validation_error\n1,completed,", "validation_error\n1,completed,7,", "the end of the row"},
      {"validation_error\n1,completed,", "validation_error\n1,", "status"},
      {"validation_error\n1,completed,", "validation_error\n1x,completed,", "a number"},
      {"\n1,500,", "\n1,500.5,", "an integer"},
      {"\n1,500,", "\n4294967296,500,", "32-bit"},
      {"validation_error\n1,completed,", "validation_error\n1,completed\n", "another cell"},
      {"epoch,steps", "steps,epoch", "epoch,steps"},
      {"[timings] 3", "[timings] 2", "the end"},
  };
  for (const Case& c : cases) {
    const std::string error = error_of_trial(resealed(text, c.from, c.to));
    CAPTURE(c.from, c.to, error);
    CHECK(contains(error, "out/trials/x.trial"));
    CHECK(contains(error, c.said));
  }
}

TEST_CASE("trial file: people can read it") {
  const std::string text = to_trial_text(sample());
  for (const std::string line :
       {"optimizer=un", "settings=retraction=exp", "trial=0", "max-epochs=60", "status=completed",
        "message=line one\\nline two, \\\"quoted\\\" π", "learning_rate=0.1", "stop=max-epochs"})
    CHECK(contains(text, "\n" + line + "\n"));
}
