// test_tune.cpp — studies, rungs, winners: who starts, who goes on, what is asked of whom.
#include <cmath>
#include <map>
#include <set>

#include "experiments/plan/spaces.hpp"
#include "experiments/plan/tune.hpp"
#include "experiments/plan/tune_report.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/csv_table.hpp"
#include "tests/support/errors.hpp"
#include "tests/support/records.hpp"
#include "tests/support/small_data.hpp"

using namespace symopt;
using namespace symopt::test;

namespace {

Request asking(const std::string& set, const std::string& sampler = "grid", int budget = 0) {
  Request request;
  request.networks = "mlp:8-5-3,mlp:8-6-3", request.optimizers = "sgd,momentum";
  request.trials = 7, request.seed = 5;
  request.sweep = {set, "", sampler, budget};
  return request;
}

std::vector<std::string> texts(const std::vector<Entrant>& entrants) {
  std::vector<std::string> list;
  for (const Entrant& e : entrants) list.push_back(e.candidate.text());
  return list;
}

std::vector<TrialRecord> records_of(const Request& request, const Dataset& data) {
  std::vector<TrialRecord> records;
  for (const TrialSpec& spec : expand(request, data)) {
    TrialRecord record;
    record.spec = spec;
    // The higher the rate the better, on the second network the lower.
    const double rate = spec.protocol.learning_rate;
    record.curve = {{1, 10, rate, 1, 0, spec.network == "mlp:8-5-3" ? 1 - rate : rate, 0.5}};
    records.push_back(record);
  }
  return records;
}

// What became of each network's and optimizer's settings: of each rung the epochs and who trained, at the end
// who won. `parts`: folder, epochs and number of settings of each part, as tune_parts() has them.
struct Course {
  std::map<std::pair<size_t, std::string>, std::vector<std::string>> of;
  std::vector<std::string> parts;
};

std::string part_text(const std::filesystem::path& folder, int epochs, size_t settings) {
  return fmt::format("{} {} {}", folder.string(), epochs, settings);
}

Course course_of(const Request& request, const TuneSettings& tune, const Dataset& data, int study = 0) {
  Course course;
  const auto key = [](const Entrant& e) { return std::pair(e.network, e.candidate.entry->name); };
  const std::filesystem::path own = study_folder(tune, study);
  Race race(study_entrants(request, tune, data, study), tune, request.protocol.max_epochs);
  while (race.next()) {
    const Request rung = rung_request(request, tune, study, race.entrants(), race.epochs());
    std::vector<TrialRecord> records = records_of(rung, data);
    // Another order in every rung, as if by chance, which depends on nothing but the setting.
    for (TrialRecord& r : records)
      r.curve[0].validation_error = static_cast<double>(std::lround(1e4 * r.spec.protocol.learning_rate) *
                                                        7919 % (race.epochs() + 97)) /
                                    1e4;
    course.parts.push_back(part_text(own / race.folder(), race.epochs(), race.entrants().size()));
    std::map<std::pair<size_t, std::string>, std::string> trained;
    for (const Entrant& e : race.entrants()) trained[key(e)] += fmt::format(" {}", e.candidate.text());
    for (const auto& [group, text] : trained)
      course.of[group].push_back(fmt::format("{} epochs:{}", race.epochs(), text));
    race.end_rung(promote(judge_entrants(rung, race.entrants(), records, data, {}), tune, race.last()));
  }
  for (const Entrant& e : race.winners())
    course.of[key(e)].push_back(fmt::format("won: {}", e.candidate.text()));
  course.parts.push_back(part_text(own / "final", request.protocol.max_epochs, race.winners().size()));
  return course;
}

}  // namespace

TEST_CASE("tune: on a grid every study starts with every point, on each network apart") {
  const Dataset data = noisy_classes();
  const Request request = asking("lr=0.1,0.2 momentum.momentum=0.5,0.9");
  for (int study = 0; study < 2; ++study) {
    const auto entrants = study_entrants(request, {.studies = 2}, data, study);
    REQUIRE(entrants.size() == 2 * (2 + 4));
    CHECK(texts(entrants)[0] == "sgd:lr=0.1:on=1");
    CHECK(texts(entrants)[6] == "sgd:lr=0.1:on=2");
    CHECK((entrants[6].network == 1 && entrants[6].place == 0 && entrants[8].place == 1));
  }
  Request one = request;
  one.networks = "mlp:8-5-3";
  CHECK(texts(study_entrants(one, {}, data, 0))[0] == "sgd:lr=0.1");
}

TEST_CASE(
    "tune: of a sampler's points the studies share all, each point in one, the same for every optimizer") {
  const Dataset data = noisy_classes();
  const Request request = asking("lr=0.001:1:log", "halton", 4);
  Request whole = request;
  whole.sweep.budget = 12;
  std::map<std::string, std::multiset<std::string>> dealt;
  for (int study = 0; study < 3; ++study) {
    std::map<std::string, std::vector<std::string>> rates;
    for (const Entrant& e : study_entrants(request, {.studies = 3}, data, study)) {
      const std::string key = fmt::format("{} {}", e.network, e.candidate.entry->name);
      rates[key].push_back(*e.candidate.value("lr"));
      dealt[key].insert(*e.candidate.value("lr"));
    }
    REQUIRE(rates.size() == 4);
    for (const auto& [key, list] : rates) {
      CHECK(list.size() == 4);
      CHECK(list == rates.begin()->second);
    }
  }
  std::multiset<std::string> expected;
  for (const Candidate& c : Sweep(whole.sweep, whole.seed).points(parse_candidate("sgd")))
    expected.insert(*c.value("lr"));
  for (const auto& [key, rates] : dealt) CHECK(rates == expected);
}

TEST_CASE("tune: rungs train longer and longer, the last one all epochs") {
  using Epochs = std::vector<int>;
  CHECK(rung_epochs(9, 0, 60) == Epochs{60});
  CHECK(rung_epochs(9, 1, 60) == Epochs{60});
  CHECK(rung_epochs(9, 3, 54) == Epochs{6, 18, 54});
  CHECK(rung_epochs(8, 3, 54) == Epochs{18, 54});
  CHECK(rung_epochs(2, 3, 54) == Epochs{54});
  CHECK(rung_epochs(1000, 2, 4) == Epochs{1, 2, 4});  // never less than one epoch, never one rung twice
}

TEST_CASE("tune: a rung's trials leave the test data alone, the final ones have seeds that no rung had") {
  const Dataset data = noisy_classes();
  const Request request = asking("lr=0.1,0.2");
  const TuneSettings tune = {.trials = 3, .studies = 2};
  std::set<std::uint64_t> tuned, tested;
  for (int study = 0; study < 2; ++study) {
    const auto entrants = study_entrants(request, tune, data, study);
    const Request rung = rung_request(request, tune, study, entrants, 6);
    CHECK_FALSE(rung.protocol.test);
    CHECK((rung.protocol.max_epochs == 6 && rung.trials == 3 && rung.sweep.empty()));
    const auto specs = expand(rung, data);
    REQUIRE(specs.size() == entrants.size() * 3);
    for (size_t i = 0; i < specs.size(); ++i) {
      tuned.insert(specs[i].seed);
      // In the entrants' order, every setting with the same trials.
      CHECK(to_text(specs[i].protocol.learning_rate) == *entrants[i / 3].candidate.value("lr"));
      CHECK(specs[i].trial == static_cast<int>(i % 3));
    }
    const Request final = final_request(request, tune, study, {entrants[0], entrants[5]});
    CHECK((final.protocol.test && final.trials == 7 && final.protocol.max_epochs == 60));
    for (const TrialSpec& spec : expand(final, data)) tested.insert(spec.seed);
    // Without fresh seeds the chosen run is the tuning's own.
    const Request same =
        final_request(request, {.trials = 3, .studies = 2, .fresh_seed = false}, study, entrants);
    CHECK(same.seed == rung.seed);
  }
  CHECK(tuned == std::set<std::uint64_t>{5, 6});
  CHECK(tested == std::set<std::uint64_t>{7, 8});
}

TEST_CASE("tune: a configuration file of a request reads back to the same trials") {
  const Dataset data = noisy_classes();
  const Request request = asking("lr=0.1,0.2 batch=4,5");
  const Request rung = rung_request(request, {}, 0, study_entrants(request, {}, data, 0), 6);
  const ScratchFolder folder;
  write_text(folder / "winner.ini", to_ini(rung.configuration(), ""));
  Request again;
  for (const auto& [name, value] : read_configuration(folder / "winner.ini")) again.set(name, value);
  CHECK(expand(again, data) == expand(rung, data));
}

TEST_CASE("tune: each network's and optimizer's best go on, and the only one left has won") {
  const Dataset data = noisy_classes();
  const Request request = asking("lr=0.1,0.2,0.3 momentum.lr=0.1,0.2");
  const auto entrants = study_entrants(request, {}, data, 0);
  const Request rung = rung_request(request, {.trials = 2}, 0, entrants, 1);
  const auto judged = judge_entrants(rung, entrants, records_of(rung, data), data, {});
  const auto names = [&](const std::vector<size_t>& list) {
    std::set<std::string> set;
    for (const size_t i : list) set.insert(entrants[i].candidate.text());
    return set;
  };
  const Promotion middle = promote(judged, {.halving = 2}, false);
  CHECK(names(middle.kept) ==
        std::set<std::string>{"sgd:lr=0.3:on=1", "sgd:lr=0.2:on=1", "sgd:lr=0.1:on=2", "sgd:lr=0.2:on=2"});
  CHECK(names(middle.winners) == std::set<std::string>{"momentum:lr=0.2:on=1", "momentum:lr=0.1:on=2"});
  const Promotion last = promote(judged, {.halving = 2}, true);
  CHECK(last.kept.empty());
  CHECK(names(last.winners) == std::set<std::string>{"sgd:lr=0.3:on=1", "sgd:lr=0.1:on=2",
                                                     "momentum:lr=0.2:on=1", "momentum:lr=0.1:on=2"});
  CHECK(names(promote(judged, {}, true).winners) == names(last.winners));
}

TEST_CASE("tune: what will run is known beforehand but for who goes on") {
  const Dataset data = noisy_classes();
  const Request request = asking("lr=0.1,0.2,0.3,0.4 momentum.momentum=0.5,0.9,0.99");
  const TuneSettings tune = {.trials = 2, .halving = 3, .studies = 2};
  const std::vector<TunePart> parts = tune_parts(request, tune, data);
  const auto settings = [&](const TunePart& part) { return contestants(part.request, data).size(); };
  REQUIRE(parts.size() == 2 * 4);
  const char* const names[] = {"rung-1", "rung-2", "rung-3", "final"};
  // The plain one's four settings need two rungs, so they wait for the second.
  const size_t counts[] = {2 * 12, 2 * (4 + 4), 2 * (2 + 2), 2 * 2};
  const int epochs[] = {7, 20, 60, 60};
  for (size_t i = 0; i < 8; ++i) {
    INFO(parts[i].folder);
    CHECK(parts[i].study == static_cast<int>(i / 4));
    CHECK(parts[i].folder == fmt::format("study-{}/{}", i / 4 + 1, names[i % 4]));
    CHECK(parts[i].request.protocol.max_epochs == epochs[i % 4]);
    CHECK(parts[i].request.trials == (i % 4 == 3 ? 7 : 2));
    CHECK(parts[i].request.protocol.test == (i % 4 == 3));
    CHECK(settings(parts[i]) == counts[i % 4]);
  }
  // Without halving there is one search.
  const auto plain = tune_parts(request, {.trials = 2}, data);
  REQUIRE(plain.size() == 2);
  CHECK((plain[0].folder == "search" && settings(plain[0]) == 32));
  CHECK((plain[1].folder == "final" && settings(plain[1]) == 4));
}

TEST_CASE(
    "tune: an optimizer's rungs, epochs and survivors are those that it has alone, and the plan lists them",
    "[slow]") {
  const Dataset data = noisy_classes();
  using Sizes = std::vector<std::pair<std::string, int>>;
  const Sizes lists[] = {{{"sgd", 3}, {"momentum", 27}},
                         {{"momentum", 27}, {"sgd", 3}, {"adam", 1}},
                         {{"sgd", 20}, {"adam", 9}, {"momentum", 10}},
                         {{"adam", 2}, {"sgd", 8}, {"momentum", 4}},
                         {{"sgd", 5}, {"momentum", 5}}};
  const auto ask = [](const Sizes& sizes, const std::string& sampler) {
    Request request = asking("", sampler, sampler == "grid" ? 0 : 7);
    request.optimizers.clear();
    for (const auto& [name, count] : sizes) {
      request.optimizers += (request.optimizers.empty() ? "" : ",") + name;
      request.sweep.set += (request.sweep.set.empty() ? "" : " ") + name + ".lr=";
      if (sampler != "grid") request.sweep.set += "0.001:1:log";
      for (int i = 0; sampler == "grid" && i < count; ++i)
        request.sweep.set += fmt::format("{}{}", i > 0 ? "," : "", to_text(0.01 * (i + 1)));
    }
    return request;
  };
  for (const char* sampler : {"grid", "halton"})
    for (const Sizes& sizes : lists)
      for (const int halving : {0, 2, 3, 4})
        for (const int epochs : {81, 60, 4}) {
          const TuneSettings tune = {.trials = 2, .halving = halving, .studies = 2};
          Request together = ask(sizes, sampler);
          together.protocol.max_epochs = epochs;
          INFO(sampler << " " << together.sweep.set << ", halving " << halving << ", epochs " << epochs);
          const Course course = course_of(together, tune, data, 1);
          REQUIRE(course.of.size() == 2 * sizes.size());
          for (const auto& one : sizes) {
            Request alone = ask({one}, sampler);
            alone.protocol.max_epochs = epochs;
            for (const auto& [group, history] : course_of(alone, tune, data, 1).of) {
              INFO(group.second << " on network " << group.first + 1);
              CHECK(course.of.at(group) == history);
            }
          }
          std::vector<std::string> planned;
          for (const TunePart& part : tune_parts(together, tune, data))
            if (part.study == 1)
              planned.push_back(part_text(part.folder, part.request.protocol.max_epochs,
                                          contestants(part.request, data).size()));
          CHECK(planned == course.parts);
        }
}

TEST_CASE(
    "tune: few settings wait for the rungs that they need, and a rung for one that is left is skipped") {
  const Dataset data = noisy_classes();
  Request request = asking("lr=0.01,0.1,1");
  request.networks = "mlp:8-5-3", request.optimizers = "sgd";
  request.protocol.max_epochs = 81;
  const TuneSettings tune = {.halving = 3};
  const Course alone = course_of(request, tune, data);
  CHECK(alone.parts == std::vector<std::string>{"rung-1 27 3", "final 81 1"});
  // Three rates of momentum with 27 momenta each.
  request.optimizers = "sgd,momentum", request.sweep.set += " momentum.momentum=0:0.95:lin:27";
  const Course both = course_of(request, tune, data);
  CHECK(both.parts ==
        std::vector<std::string>{"rung-1 1 81", "rung-2 3 27", "rung-3 9 9", "rung-4 27 6", "final 81 2"});
  const auto& sgd = both.of.at({0, "sgd"});
  CHECK(sgd == alone.of.at({0, "sgd"}));
  REQUIRE(sgd.size() == 2);
  CHECK(sgd[0] == "27 epochs: sgd:lr=0.01 sgd:lr=0.1 sgd:lr=1");
}

TEST_CASE("tune: presets hold only options that there are, with values that they take") {
  CHECK(rule_values("none").empty());
  for (const char* rule : {"deepobs", "algoperf", "algoperf-self"})
    for (const auto& [name, value] : rule_values(rule)) {
      INFO(rule << " " << name);
      Request request;
      TuneSettings tune;
      if (tune_options().has(name))
        tune_options().set(tune, name, value);
      else
        request.set(name, value);
    }
  CHECK(contains(error_of([] { rule_values("deepob"); }), "did you mean 'deepobs'?"));
  // DeepOBS: 36 rates from 1e-5 to 100.
  Request request;
  for (const auto& [name, value] : rule_values("deepobs"))
    if (!tune_options().has(name)) request.set(name, value);
  const auto rates = Sweep(request.sweep, 1).points(parse_candidate("sgd"));
  REQUIRE(rates.size() == 36);
  CHECK((*rates.front().value("lr") == "1e-05" && *rates.back().value("lr") == "100"));
  CHECK(request.trials == 10);
}

TEST_CASE("tune: AlgoPerf 0.6 has three studies, of five points or of none") {
  for (const std::string rule : {"algoperf", "algoperf-self"}) {
    std::map<std::string, std::string> values;
    for (const auto& [name, value] : rule_values(rule)) values[name] = value;
    CHECK(values.at("studies") == "3");
    CHECK(values.at("budget") == (rule == "algoperf" ? "5" : "0"));
  }
  // Without a search there are the chosen settings alone, each study's with a seed of its own.
  Request request = asking("");
  request.networks = "mlp:8-5-3", request.optimizers = "sgd:lr=0.1,momentum:lr=0.1", request.trials = 1;
  const TuneSettings tune = {.rule = "algoperf-self", .studies = 3, .fresh_seed = false};
  const auto parts = tune_parts(request, tune, noisy_classes());
  REQUIRE(parts.size() == 3);
  for (size_t i = 0; i < 3; ++i) {
    CHECK(parts[i].folder == fmt::format("study-{}/final", i + 1));
    CHECK(parts[i].request.seed == request.seed + i);
    CHECK(parts[i].request.optimizers == "sgd:lr=0.1,momentum:lr=0.1");
  }
}

TEST_CASE("spaces: every one that is built in makes a plan, with what its file says") {
  const Dataset data = noisy_classes();
  REQUIRE(space_files().size() >= 7);
  for (const SpaceFile& space : space_files()) {
    INFO(space.name);
    CHECK(description_of(space).size() > 10);
    Request request;
    request.networks = "mlp:8-5-3", request.trials = 1;
    for (const auto& [name, value] : read_spaces(std::string(space.name))) request.set(name, value);
    const bool interval = request.sweep.set.find("log ") != std::string::npos;
    if (interval) request.sweep.sampler = "halton", request.sweep.budget = 15;
    for (const Contestant& c : contestants(request, data))
      CHECK(error_of([&] { c.candidate.applied_to(c.spec); }).empty());
  }
  // DeepOBS: 36 rates of three optimizers; AlgoPerf's AdamW: momenta evenly in the logarithm of 1 − beta1.
  Request request;
  request.networks = "mlp:8-5-3", request.trials = 1;
  for (const auto& [name, value] : read_spaces("deepobs")) request.set(name, value);
  CHECK(expand(request, data).size() == 3 * 36);
  for (const auto& [name, value] : read_spaces("algoperf-adamw,algoperf-nesterov")) request.set(name, value);
  request.sweep.sampler = "halton", request.sweep.budget = 5;
  const auto both = contestants(request, data);
  REQUIRE(both.size() == 10);
  CHECK(both[0].spec.protocol.annealing == "cosine");
  CHECK(both[9].spec.protocol.annealing == "polynomial");
  CHECK(both[9].spec.protocol.warmup == 3);
  for (size_t i = 0; i < 5; ++i) {
    const double beta1 = both[i].candidate.number("beta1").value();
    CHECK((beta1 >= 0.5 && beta1 <= 0.98));
  }
  CHECK(contains(error_of([] { read_spaces("algoperf-adam"); }), "did you mean 'algoperf-adamw'?"));
  CHECK(contains(error_of([] { read_spaces("nowhere.ini"); }), "expected a file, found none"));
}

TEST_CASE("tune report: the studies' median, edges, and what was kept") {
  const Dataset data = noisy_classes();
  Request request = asking("lr=0.1,0.2,0.3");
  request.networks = "mlp:8-5-3", request.optimizers = "sgd";
  const TuneSettings tune = {.studies = 3};
  TuneReport report(request, tune);
  for (int study = 0; study < 3; ++study) {
    const auto entrants = study_entrants(request, tune, data, study);
    const Request rung = rung_request(request, tune, study, entrants, 60);
    const auto judged = judge_entrants(rung, entrants, records_of(rung, data), data, {});
    const Promotion promotion = promote(judged, tune, true);
    report.add_rung(study, 1, 60, judged, promotion);
    const size_t winner = promotion.winners.at(0);
    report.add_winner(study, judged[winner], entrants[winner], entrants);
    const Request final = final_request(request, tune, study, {entrants[winner]});
    auto records = records_of(final, data);
    for (TrialRecord& r : records) r.curve[0].test_error = 0.1 * (study + 1);
    report.add_final(study, judge_entrants(final, {entrants[winner]}, records, data, {}), records);
  }
  const std::string text = report.text();
  CHECK(contains(text, "sgd:lr=0.3"));
  CHECK(contains(text, "the best lr = 0.3 is the highest of 0.1 to 0.3"));
  CHECK(contains(text, "20.000"));  // the median of 10, 20 and 30 %
  const ScratchFolder folder;
  report.write(folder.path);
  CHECK(read_text(folder / "report.txt") == text);
  const CsvTable candidates = read_csv(folder / "candidates.csv");
  REQUIRE(candidates.rows.size() == 9);
  int kept = 0;
  for (size_t r = 0; r < 9; ++r) {
    kept += candidates.rows[r][candidates.column("kept")] == "1";
    CHECK(candidates.rows[r][candidates.column("setting")].starts_with("sgd:lr="));
  }
  CHECK(kept == 3);
  CHECK(read_csv(folder / "studies.csv").rows.size() == 3);
  CHECK(report.without_result().empty());
}

TEST_CASE("tune report: a chosen setting that completed no trial is –, worse than any, and named in a line") {
  const Dataset data = noisy_classes();
  Request request = asking("lr=0.1,0.2,0.3");
  request.networks = "mlp:8-5-3", request.optimizers = "sgd";
  const TuneSettings tune = {.studies = 3};
  TuneReport report(request, tune);
  for (int study = 0; study < 3; ++study) {
    const auto entrants = study_entrants(request, tune, data, study);
    const Request rung = rung_request(request, tune, study, entrants, 60);
    const auto judged = judge_entrants(rung, entrants, records_of(rung, data), data, {});
    report.add_winner(study, judged[0], entrants[0], entrants);
    const Request final = final_request(request, tune, study, {entrants[0]});
    auto records = records_of(final, data);
    for (TrialRecord& r : records) {
      r.curve[0].test_error = 0.1;
      if (study > 0 || r.spec.trial == 0) r.status = Status::diverged;
    }
    report.add_final(study, judge_entrants(final, {entrants[0]}, records, data, {}), records);
  }
  const std::string text = report.text(), trials = std::to_string(request.trials);
  INFO(text);
  CHECK(contains(text, "10.000, 1 diverged\n"));
  CHECK(contains(text, "–, " + trials + " diverged\n"));
  CHECK(contains(text, "       3       –  10.000        –\n"));  // studies, median, lowest, highest
  CHECK_FALSE(contains(text, "inf"));
  CHECK_FALSE(contains(text, "nan"));
  const std::string line = report.without_result();
  CHECK(contains(line, "2 of 3 chosen settings completed no trial: study 2: sgd:lr=0.1 on mlp:8-5-3, " +
                           trials + " diverged; study 3: "));
  CHECK(contains(text, line + "\n"));
  CHECK(contains(report.choices(1), "–, " + trials + " diverged\n"));
}

TEST_CASE("tune: a folder of another tuning, or of something else, is refused untouched") {
  const ScratchFolder folder;
  const Configuration mine = {{"seed", "1"}, {"halving", "2"}};
  claim_folder(folder / "out", mine, "heading");
  claim_folder(folder / "out", mine, "heading");
  CHECK(contains(error_of([&] {
                   claim_folder(folder / "out", {{"seed", "2"}, {"halving", "2"}}, "");
                 }),
                 "key seed: expected '2' as asked, found '1' in the folder"));
  CHECK(contains(error_of([&] {
                   claim_folder(folder / "out", {{"seed", "1"}}, "");
                 }),
                 "key halving: expected nothing as asked, found '2' in the folder"));
  std::filesystem::create_directory(folder / "other");
  write_text(folder / "other/thesis.tex", "");
  CHECK(contains(error_of([&] { claim_folder(folder / "other", mine, ""); }), "thesis.tex"));
  claim_folder(folder / "out", {{"seed", "1"}, {"halving", "3"}, {"interval", "t"}}, "heading",
               {"halving", "interval"});
  CHECK(read_configuration(folder / "out/config.ini") ==
        Configuration{{"seed", "1"}, {"halving", "3"}, {"interval", "t"}});
  CHECK_FALSE(std::filesystem::exists(folder / "other/config.ini"));
}
