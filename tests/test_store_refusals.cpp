// test_store_refusals.cpp — which folders a store takes for its own: extended, refused or filled.
#include "core/data/sha256.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/csv_table.hpp"
#include "tests/support/results_folder.hpp"

using namespace symopt;
using namespace symopt::test;
namespace fs = std::filesystem;

TEST_CASE("store: another configuration is refused in one line that names the key, and nothing changes") {
  ScratchFolder folder;
  half_finish(folder / "out");
  const auto before = snapshot(folder.path);
  Configuration other = kConfiguration;
  other[0].second = "pa\nper 2";
  CHECK(error_of_opening(folder / "out", other, kPlan) ==
        "output folder: " + (folder / "out/config.ini").string() +
            ": key experiment: expected 'pa\\nper 2' as asked, found 'paper' in the folder; use --out or "
            "--fresh");
  other = kConfiguration;
  other.emplace_back("momentum", "0.9");
  CHECK(contains(error_of_opening(folder / "out", other, kPlan),
                 "key momentum: expected '0.9' as asked, found nothing in the folder"));
  other = {kConfiguration[1], kConfiguration[2]};
  CHECK(contains(error_of_opening(folder / "out", other, kPlan),
                 "key experiment: expected nothing as asked, found 'paper' in the folder"));
  CHECK(snapshot(folder.path) == before);
}

TEST_CASE("store: a longer plan extends the folder, and config.ini says so") {
  ScratchFolder folder;
  half_finish(folder / "out");
  Configuration longer = kConfiguration;
  longer[1].second = "un,sgd", longer[2].second = "6";
  const std::vector<TrialSpec> plan = make_plan({"un", "sgd"}, 6);
  {
    Store store(folder / "out", longer, plan, kExtendable);
    CHECK(store.records(plan).size() == 2);
  }
  CHECK(read_configuration(folder / "out/config.ini") == longer);
  CHECK(read_csv(folder / "out/plan.csv").rows.size() == plan.size());
}

TEST_CASE("store: a plan without a finished trial is refused by the key that changed") {
  ScratchFolder folder;
  half_finish(folder / "out");
  const auto before = snapshot(folder.path);
  Configuration shorter = kConfiguration;
  shorter[2].second = "1";
  CHECK(contains(
      error_of_opening(folder / "out", shorter, make_plan({"un"}, 1)),
      "key trials: expected '1' as asked, found '4' in the folder; a plan may grow, but not leave out "
      "finished trials, as "));
  CHECK(snapshot(folder.path) == before);
}

TEST_CASE("store: of a plan that grows and shrinks, what is in the way is what leaves out finished trials") {
  ScratchFolder folder;
  half_finish(folder / "out");
  const auto before = snapshot(folder.path);
  // More optimizers, which would do, and fewer trials, which would not; and the other way round.
  Configuration other = kConfiguration;
  other[1].second = "un,sgd", other[2].second = "1";
  CHECK(contains(error_of_opening(folder / "out", other, make_plan({"un", "sgd"}, 1)),
                 "key trials: expected '1' as asked, found '4' in the folder; a plan may grow"));
  other[1].second = "sgd", other[2].second = "6";
  CHECK(contains(error_of_opening(folder / "out", other, make_plan({"sgd"}, 6)),
                 "key optimizers: expected 'sgd' as asked, found 'un' in the folder; a plan may grow"));
  CHECK(snapshot(folder.path) == before);
}

TEST_CASE("store: trials of other data under the same configuration are refused by the field that differs") {
  ScratchFolder folder;
  half_finish(folder / "out");
  std::vector<TrialSpec> plan = kPlan;
  for (TrialSpec& spec : plan) spec.checksum = std::string(64, 'b');
  const std::string error = error_of_opening(folder / "out", kConfiguration, plan);
  CHECK(contains(error, "key checksum: expected 'bbb"));
  CHECK(contains(error, "found 'aaa"));
  CHECK(contains(error_of_opening(folder / "out", kConfiguration, {}), "mnist archbn-2 un seed 1 trial"));
}

TEST_CASE("store: trials of another result version are refused, not set aside") {
  ScratchFolder folder;
  half_finish(folder / "out");
  const fs::path file = trial_file(folder / "out", kPlan[0]);
  std::string body = read_text(file);
  body.resize(body.rfind("sha256="));
  const std::string own = fmt::format("results={}", kResultVersion);
  body.replace(body.find(own), own.size(), "results=0");
  write_text(file, body + "sha256=" + sha256(body) + "\n");
  const auto before = snapshot(folder.path);
  CHECK(contains(error_of_opening(folder / "out", kConfiguration, kPlan), "results=0"));
  CHECK(snapshot(folder.path) == before);
}

TEST_CASE("store: a folder of someone else is refused and not touched") {
  ScratchFolder folder;
  write_text(folder / "thesis.tex", "years of work");
  const std::string error = error_of_opening(folder.path, kConfiguration, kPlan);
  CHECK(contains(error, "thesis.tex"));
  CHECK(contains(error, folder.path.string()));
  CHECK(std::distance(fs::directory_iterator(folder.path), {}) == 1);
  write_text(folder / "file", "x");
  CHECK(contains(error_of_opening(folder / "file", kConfiguration, kPlan), "expected a folder"));
}

TEST_CASE(
    "store: a folder that lost its config.ini is refused with the way to its trials, which can be read") {
  ScratchFolder folder;
  half_finish(folder / "out");
  fs::remove(folder / "out/config.ini");
  const auto before = snapshot(folder.path);
  const std::string error = error_of_opening(folder / "out", kConfiguration, kPlan),
                    out = (folder / "out").string();
  CHECK(error ==
        "output folder: " + out +
            ": expected a config.ini, found none, and finished trials, which are kept; put its config.ini "
            "back, "
            "or take the trials into a new folder: the command that made them, with --out NEW --reuse " +
            out);
  CHECK(contains(error_of([&] { read_records(folder / "out"); }), "--reuse " + out));
  CHECK(read_records(folder / "out", true).size() == 2);
  CHECK(snapshot(folder.path) == before);
  fs::remove_all(folder / "out/trials");
  CHECK(contains(error_of([&] { read_records(folder / "out", true); }),
                 "expected a folder with a config.ini, found none"));
}

TEST_CASE("store: an empty folder and one whose making was interrupted are filled") {
  ScratchFolder folder;
  CHECK(error_of_opening(folder.path, kConfiguration, kPlan).empty());
  fs::create_directory(folder / "out");
  write_text(folder / "out/.lock", "process 1 on nowhere\n");
  write_text(folder / "out/.config.ini.tmp-1-0", "exper");
  CHECK(error_of_opening(folder / "out", kConfiguration, kPlan).empty());
  CHECK(read_configuration(folder / "out/config.ini") == kConfiguration);
  CHECK_FALSE(fs::exists(folder / "out/.config.ini.tmp-1-0"));
}
