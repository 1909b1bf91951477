// test_checkpoint.cpp — a trial that is interrupted and taken up again ends with the same bits, whatever the
// optimizer and the moment; what cannot be taken up is set aside and costs time only.
#include <bit>
#include <cmath>

#include "optimizers/optimizer.hpp"
#include "protocols/annealing.hpp"
#include "protocols/trainer.hpp"
#include "results/files.hpp"
#include "results/store.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/errors.hpp"
#include "tests/support/records.hpp"
#include "tests/support/small_data.hpp"
#include "tests/support/twins.hpp"

using namespace symopt;
using namespace symopt::test;
namespace fs = std::filesystem;

namespace {

const char* const kNetwork = "archbn:8-4-3/pool2";

// Stops a trial after so many epochs of this process, search included.
struct Interrupter final : Monitor {
  int epochs;
  std::vector<std::string> notes;
  explicit Interrupter(int after) : epochs(after) {}
  void epoch(const TrialSpec&, const char*, int, int) override { --epochs; }
  void note(const std::string& line) override { notes.push_back(line); }
  bool cancelled() const override { return epochs <= 0; }
};
constexpr int kNever = 1 << 30;

struct Bench {
  ScratchFolder scratch;
  Dataset data = noisy_classes();
  CheckpointFolder folder{scratch / "checkpoints", scratch / "damaged"};
  TrialControl control{0, &folder, 60};

  TrialRecord whole(const TrialSpec& spec) const {
    Interrupter patient(kNever);
    return without_seconds(run_trial(spec, data, patient));
  }
  // Interrupted after every `step`th epoch until it ends; the number of interruptions in `times`.
  TrialRecord in_parts(const TrialSpec& spec, int step, int& times) const {
    folder.remove(spec.hash());
    for (times = 0;; ++times) {
      REQUIRE(times < 1000);
      Interrupter impatient(step);
      try {
        const TrialRecord record = run_trial(spec, data, impatient, control);
        CHECK(impatient.notes.empty());
        return without_seconds(record);
      } catch (const Cancelled&) {
        REQUIRE(impatient.notes.empty());
      }
    }
  }
  // Leaves the state after so many epochs behind.
  void leave(const TrialSpec& spec, int epochs) const {
    Interrupter impatient(epochs);
    CHECK_THROWS_AS(run_trial(spec, data, impatient, control), Cancelled);
    REQUIRE(fs::exists(file(spec)));
  }
  fs::path file(const TrialSpec& spec) const {
    return scratch.path / "checkpoints" / (spec.hash() + ".ckpt");
  }
  static TrialRecord without_seconds(TrialRecord record) {
    record.search_seconds = 0;
    for (EpochTiming& t : record.timings) t = {0, 0};  // one an epoch all the same
    for (Teleport& t : record.teleports) t.seconds = 0;
    return record;
  }
};

Checkpoint any_checkpoint(Stream& stream) {
  Checkpoint c;
  c.record = any_record(stream);
  c.searching = stream.below(2) == 0;
  c.epoch = static_cast<int>(stream.below(1ULL << 31));
  c.cost = std::bit_cast<double>(stream.below(1ULL << 62));
  c.steps = static_cast<std::int64_t>(stream.below(1ULL << 63));
  c.seconds = stream.uniform();
  for (std::uint64_t n = stream.below(4); n > 0; --n) {
    StateArray array{"optimizer " + std::to_string(n), stream.below(2) == 0 ? 4 : 8, ""};
    for (std::uint64_t bytes = stream.below(20) * static_cast<std::uint64_t>(array.element_size); bytes > 0;
         --bytes)
      array.bytes += static_cast<char>(stream.below(256));
    c.arrays.push_back(array);
  }
  return c;
}

std::string error_of_text(const std::string& text) {
  return error_of([&] { from_checkpoint_text(text, "out/checkpoints/x.ckpt"); });
}

}  // namespace

TEST_CASE("checkpoint: any state reads back to the bit") {
  Stream stream(21);
  for (int i = 0; i < 300; ++i) {
    const Checkpoint c = any_checkpoint(stream);
    const std::string text = to_checkpoint_text(c);
    const Checkpoint again = from_checkpoint_text(text, "x.ckpt");
    CHECK(to_checkpoint_text(again) == text);
    CHECK(same_bits(again.record, c.record));
    CHECK((again.searching == c.searching && again.epoch == c.epoch && again.steps == c.steps));
    CHECK((again.cost == c.cost && again.seconds == c.seconds));
    REQUIRE(again.arrays.size() == c.arrays.size());
    for (size_t a = 0; a < c.arrays.size(); ++a) {
      CHECK(again.arrays[a].name == c.arrays[a].name);
      CHECK(again.arrays[a].element_size == c.arrays[a].element_size);
      CHECK(again.arrays[a].bytes == c.arrays[a].bytes);
    }
  }
}

TEST_CASE("checkpoint: a file cut or changed at any byte is an error that names it") {
  Stream stream(22);
  Checkpoint c = any_checkpoint(stream);
  c.record = make_record(make_spec("un", 0), 2);
  const std::string text = to_checkpoint_text(c);
  for (size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    changed[i] = static_cast<char>(changed[i] ^ static_cast<char>(1 + stream.below(255)));
    for (const std::string& wrong : {text.substr(0, i), changed}) {
      const std::string error = error_of_text(wrong);
      if (!contains(error, "out/checkpoints/x.ckpt")) FAIL_CHECK("byte " << i << ": " << error);
    }
  }
}

TEST_CASE("checkpoint: a trial interrupted after every epoch equals the whole one, for every optimizer",
          "[slow]") {
  const Bench bench;
  int interrupted = 0;
  for (const OptimizerEntry& entry : optimizer_registry()) {
    const Twin* twin = find_twin(entry.name);
    REQUIRE(twin != nullptr);
    for (const std::string& settings : twin->settings)
      for (const char* precision : {"float", "double"}) {
        for (const char* network : {kNetwork, "mlp:8-5-3+bias", "conv:2x4x1-3c3-p2s2-3/bn/relu"}) {
          // Every save is synced to the disk: one setting on all, the others on one.
          if (!settings.empty() && (precision != std::string("double") || network != kNetwork)) continue;
          TrialSpec spec = small_trial(bench.data, network, entry.name);
          spec.settings = entry.canonical(parse_settings(settings));
          spec.precision = precision;
          if (entry.refuses(parse_network(spec.shape, 0, 0), parse_settings(spec.settings))) continue;
          INFO(spec.optimizer_label() << " on " << network << " in " << precision);
          int times = 0;
          CHECK(same_bits(bench.in_parts(spec, 1, times), bench.whole(spec)));
          interrupted += times;
        }
      }
  }
  // A search of 3 × 2 epochs alone gives 6, where nothing diverges at once.
  CHECK(interrupted > 500);
}

TEST_CASE("checkpoint: teleports before and after an interruption are all on record") {
  const Bench bench;
  for (const char* inner : {"sgd", "un-adam"}) {
    TrialSpec spec = small_trial(bench.data, "mlp:8-5-3", std::string("teleport+") + inner);
    spec.start = "he";
    spec.settings = find_optimizer(spec.optimizer)
                        .canonical(parse_settings("epochs=1-8 first-batches=2 steps=2 tele-batch=10"));
    for (int step : {1, 3}) {
      int times = 0;
      const TrialRecord whole = bench.whole(spec), parts = bench.in_parts(spec, step, times);
      CHECK(same_bits(parts, whole));
      CHECK(whole.teleports.size() >= 4);
      CHECK(times >= 2);
    }
  }
}

TEST_CASE("checkpoint: every schedule, both kinds of statistics and a trial without search go on exactly") {
  const Bench bench;
  for (const Schedule& schedule : schedule_registry())
    for (const char* statistics : {"running", "population"})
      for (bool search : {true, false}) {
        TrialSpec spec = small_trial(bench.data, kNetwork, "un-adam", 3);
        spec.protocol.annealing = schedule.name, spec.protocol.decay_every = 2;
        spec.protocol.bn_statistics = statistics;
        spec.protocol.search = search;
        spec.protocol.warmup = search ? 2 : 0;
        INFO(schedule.name << " " << statistics << " search " << search);
        int times = 0;
        CHECK(same_bits(bench.in_parts(spec, 1, times), bench.whole(spec)));
        CHECK(times >= 3);
      }
}

TEST_CASE("checkpoint: without an interruption one is left at the times that were asked for, or none") {
  const Bench bench;
  const TrialSpec spec = small_trial(bench.data, kNetwork, "un");
  TrialControl control = bench.control;
  for (double every : {0.0, 1e9}) {
    control.checkpoint_every = every;
    Interrupter patient(kNever);
    run_trial(spec, bench.data, patient, control);
    CHECK(!fs::exists(bench.file(spec)));
  }
  control.checkpoint_every = 0;
  Interrupter impatient(3);
  CHECK_THROWS_AS(run_trial(spec, bench.data, impatient, control), Cancelled);
  CHECK(!fs::exists(bench.file(spec)));
  control.checkpoint_every = 1e-9;  // at every end of an epoch
  Interrupter patient(kNever);
  const TrialRecord record = run_trial(spec, bench.data, patient, control);
  REQUIRE(fs::exists(bench.file(spec)));
  const auto last = bench.folder.load(spec);
  REQUIRE(last);
  CHECK(!last->searching);
  CHECK(last->epoch == static_cast<int>(record.curve.size()) - 1);  // the last epoch ends the trial
}

TEST_CASE("checkpoint: what is damaged or another trial's is set aside, said, and the trial starts anew") {
  const Bench bench;
  const TrialSpec spec = small_trial(bench.data, kNetwork, "un-adam"),
                  other = small_trial(bench.data, kNetwork, "un-adam", 1);
  const TrialRecord whole = bench.whole(spec);
  bench.leave(other, 8);
  const std::string foreign = read_text(bench.file(other));
  bench.leave(spec, 8);
  const std::string text = read_text(bench.file(spec));
  Checkpoint strange = *bench.folder.load(spec);
  strange.arrays[1].bytes.resize(strange.arrays[1].bytes.size() - 8);
  struct Case {
    std::string content, said;
  };
  const std::vector<Case> cases = {{text.substr(0, text.size() / 2), "SHA-256"},
                                   {"", "empty file"},
                                   {foreign, "trial of its name"},
                                   {to_checkpoint_text(strange), "optimizer 0"}};
  size_t aside = 0;
  for (const Case& c : cases) {
    write_text(bench.file(spec), c.content);
    Interrupter patient(kNever);
    const TrialRecord record = run_trial(spec, bench.data, patient, bench.control);
    CHECK(same_bits(Bench::without_seconds(record), whole));
    REQUIRE(patient.notes.size() == 1);
    CHECK(contains(patient.notes[0], bench.file(spec).string()));
    CHECK(contains(patient.notes[0], c.said));
    CHECK(contains(patient.notes[0], "set aside as"));
    CHECK(!fs::exists(bench.file(spec)));
    CHECK(list_folder(bench.scratch / "damaged").size() == ++aside);
  }
}

TEST_CASE("timeout: a trial that takes too long is a record with its partial curve") {
  const Bench bench;
  const TrialSpec spec = small_trial(bench.data, kNetwork, "un");
  TrialControl control = bench.control;
  control.timeout = 1e-9;
  Interrupter patient(kNever);
  const TrialRecord at_once = run_trial(spec, bench.data, patient, control);
  CHECK(at_once.status == Status::timed_out);
  CHECK(at_once.message == "time limit of 1e-09 s reached in epoch 1 of candidate 1 of the search");
  CHECK(at_once.search.empty());
  CHECK(at_once.curve.empty());
  CHECK(std::isnan(at_once.learning_rate));

  // Time that another process spent on it counts.
  bench.leave(spec, 9);
  Checkpoint state = *bench.folder.load(spec);
  CHECK(state.seconds > 0);
  state.seconds = 1e9;
  bench.folder.save(state);
  control.timeout = 1e6;
  const TrialRecord later = run_trial(spec, bench.data, patient, control), whole = bench.whole(spec);
  CHECK(later.status == Status::timed_out);
  CHECK(later.message == "time limit of 1000000 s reached in epoch 4 of the full training");
  CHECK(later.curve.size() == 3);
  CHECK(later.timings.size() == 3);
  CHECK(later.stop.empty());
  CHECK(later.learning_rate == whole.learning_rate);
  for (size_t i = 0; i < 3; ++i) CHECK(later.curve[i].test_error == whole.curve[i].test_error);
}
