// test_options.cpp — the list of options: defaults, ranges, strict parsing, texts that read back, errors.
#include <cmath>
#include <limits>

#include "core/options.hpp"
#include "core/random.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/errors.hpp"

using namespace symopt;
using namespace symopt::test;

namespace {

struct Settings {
  int epochs = 60;
  std::uint64_t seed = 1;
  double rate = 0.1, free = -2.5;
  bool fast = false;
  std::string kind = "plain", note = "";
};

const Options<Settings>& options() {
  using O = Option<Settings>;
  static const Options<Settings> list(
      {O{.name = "epochs", .field = &Settings::epochs, .low = 1, .high = 1000, .help = "how long"},
       O{.name = "seed", .field = &Settings::seed},
       O{.name = "rate", .field = &Settings::rate, .low = 0, .source = "a paper"},
       O{.name = "free", .field = &Settings::free}, O{.name = "fast", .field = &Settings::fast},
       O{.name = "kind", .field = &Settings::kind, .choices = {"plain", "nesterov"}},
       O{.name = "note", .field = &Settings::note}});
  return list;
}

std::string error(const std::string& name, const std::string& text) {
  Settings settings;
  return error_of([&] { options().set(settings, name, text); });
}

std::string round_trip(const std::string& name, const std::string& text) {
  Settings settings;
  options().set(settings, name, text);
  return options().text(settings, name);
}

}  // namespace

TEST_CASE("options: a value is read whole or refused, whatever its type") {
  CHECK(round_trip("epochs", "1") == "1");
  CHECK(round_trip("epochs", "1000") == "1000");
  CHECK(round_trip("rate", "0") == "0");
  CHECK(round_trip("rate", "1e-3") == "0.001");
  CHECK(round_trip("free", "-1.5e300") == "-1.5e+300");
  for (const char* yes : {"true", "yes", "1", "on"}) CHECK(round_trip("fast", yes) == "true");
  for (const char* no : {"false", "no", "0", "off"}) CHECK(round_trip("fast", no) == "false");
  CHECK(round_trip("kind", "nesterov") == "nesterov");
  CHECK(round_trip("note", "any text, = too") == "any text, = too");
  CHECK(round_trip("note", "") == "");

  for (const char* name : {"epochs", "seed"})
    for (const char* bad :
         {"", " ", "x", "1x", " 1", "1 ", "1.0", "1e2", "0x10", "nan", "inf", "--1", "99999999999999999999"})
      CHECK(error(name, bad) != "");
  for (const char* name : {"rate", "free"})
    for (const char* bad :
         {"", " ", "x", "1x", " 1", "1 ", "1,5", "0x10", "nan", "-nan", "NAN", "1e999", "."})
      CHECK(error(name, bad) != "");
  for (const char* bad : {"", "maybe", "2", "True", "true "}) CHECK(error("fast", bad) != "");
  for (const char* bad : {"", "Plain", "plain ", "plai"}) CHECK(error("kind", bad) != "");
}

TEST_CASE("options: an error names the option, what was expected and what was found") {
  CHECK(error("epochs", "0") == "option 'epochs': expected 1 to 1000, found 0");
  CHECK(error("epochs", "1001") == "option 'epochs': expected 1 to 1000, found 1001");
  CHECK(error("epochs", "x") == "option 'epochs': expected an integer, found 'x'");
  CHECK(error("rate", "-1e-9") == "option 'rate': expected 0 or more, found -1e-9");
  CHECK(error("rate", "fast") == "option 'rate': expected a number, found 'fast'");
  CHECK(error("seed", "-1") == "option 'seed': expected 0 or more, found -1");
  CHECK(error("fast", "maybe") == "option 'fast': expected true or false, found 'maybe'");
  CHECK(error("kind", "nestrov") ==
        "option 'kind': expected plain|nesterov, found 'nestrov'; did you mean 'nesterov'?");
  CHECK(error("epoch", "1") == "unknown option 'epoch'; did you mean 'epochs'?");
  CHECK(contains(error("something-else", "1"), "there are: epochs, seed, rate"));
  Settings settings;
  CHECK_THROWS_AS(options().set(settings, "epochs", "0"), UsageError);
  CHECK_THROWS_AS(options().set(settings, "unknown", "0"), UsageError);
}

TEST_CASE("options: a refused value leaves the setting as it was") {
  Settings settings;
  settings.epochs = 7;
  CHECK_THROWS_AS(options().set(settings, "epochs", "5000"), UsageError);
  CHECK_THROWS_AS(options().set(settings, "epochs", "7x"), UsageError);
  CHECK(settings.epochs == 7);
}

TEST_CASE("options: an integer that its type cannot hold is refused") {
  const Options<Settings> wide({Option<Settings>{.name = "value", .field = &Settings::epochs}});
  Settings settings;
  wide.set(settings, "value", "-2147483648");
  CHECK(settings.epochs == std::numeric_limits<int>::min());
  for (const char* bad : {"2147483648", "-2147483649", "9223372036854775807"})
    CHECK(contains(error_of([&] { wide.set(settings, "value", bad); }), "32-bit"));
}

TEST_CASE("options: every value of a setting reads back from its text") {
  Stream stream(1, 0);
  std::vector<double> numbers = {0.0,
                                 -0.0,
                                 0.1,
                                 1.0 / 3,
                                 1e-5,
                                 std::numeric_limits<double>::min(),
                                 std::numeric_limits<double>::denorm_min(),
                                 std::numeric_limits<double>::max(),
                                 std::numeric_limits<double>::infinity()};
  for (int i = 0; i < 2000; ++i)
    numbers.push_back(std::ldexp(stream.uniform(-1, 1), static_cast<int>(stream.below(2000)) - 1000));
  int lost = 0;
  for (double number : numbers) {
    Settings settings;
    settings.free = number;
    Settings copy;
    options().set(copy, options().all(settings));
    lost += copy.free != number || std::signbit(copy.free) != std::signbit(number);
  }
  CHECK(lost == 0);

  for (std::uint64_t seed : {std::uint64_t{0}, std::uint64_t{1} << 53, (std::uint64_t{1} << 53) + 1,
                             (std::uint64_t{1} << 63) - 1, std::uint64_t{1} << 63, ~std::uint64_t{0}}) {
    Settings settings, copy;
    settings.seed = seed, settings.epochs = 3, settings.fast = true, settings.kind = "nesterov";
    options().set(copy, options().all(settings));
    CHECK(copy.seed == seed);
    CHECK(copy.epochs == 3);
    CHECK(copy.fast);
    CHECK(copy.kind == "nesterov");
  }
}

TEST_CASE("options: the list that users see has every option's type, default and range, in order") {
  const auto infos = options().infos();
  REQUIRE(infos.size() == 7);
  const auto check = [&](size_t i, const char* name, const char* type, const char* value, const char* range) {
    CHECK(infos[i].name == name);
    CHECK(infos[i].type == type);
    CHECK(infos[i].default_value == value);
    CHECK(infos[i].range == range);
  };
  check(0, "epochs", "integer", "60", "1 to 1000");
  check(1, "seed", "integer", "1", "0 or more");
  check(2, "rate", "number", "0.1", "0 or more");
  check(3, "free", "number", "-2.5", "any");
  check(4, "fast", "bool", "false", "true|false");
  check(5, "kind", "text", "plain", "plain|nesterov");
  check(6, "note", "text", "", "any");
  CHECK(infos[0].help == "how long");
  CHECK(infos[2].source == "a paper");
  CHECK(options().has("kind"));
  CHECK_FALSE(options().has("kin"));
}

TEST_CASE("options: where there are none the error says so") {
  struct Empty {};
  Empty settings;
  CHECK(error_of([&] { Options<Empty>().set(settings, "x", "1"); }) ==
        "unknown option 'x'; there are none here");
}

TEST_CASE("errors: the nearest name is offered only if it can be meant") {
  const std::vector<std::string> names = {"sgd", "b-sgd", "momentum", "un"};
  CHECK(nearest("mometum", names) == "momentum");
  CHECK(nearest("b_sgd", names) == "b-sgd");
  CHECK(nearest("sgd", names) == "sgd");
  CHECK(nearest("quasi-newton", names) == "");
  CHECK(nearest("x", {}) == "");
  // A beginning is meant, however far the end; of several the shortest. Two letters begin too much.
  const std::vector<std::string> schedules = {"bold-driver", "bold-driver-2", "gold", "step"};
  CHECK(nearest("bold", schedules) == "bold-driver");
  CHECK(nearest("golf", schedules) == "gold");
  CHECK(nearest("bo", {"bold-driver", "so"}) == "so");
  CHECK(std::string(unknown_name("optimizer", "quasi-newton", names).what()) ==
        "unknown optimizer 'quasi-newton'; there are: sgd, b-sgd, momentum, un");
  CHECK(UserError("store", "line 3", "a number", "'x'").what() ==
        std::string("store: line 3: expected a number, found 'x'"));
  CHECK(UserError("x").exit_status() == 1);
  CHECK(UsageError("x").exit_status() == 2);
}
