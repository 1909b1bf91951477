// options.hpp — settings as a defaulted struct with one list of (name, field, range, help): that list feeds
// the command line, the configuration file, `symopt list`, the trial hash and validation.
#pragma once
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/error.hpp"

namespace symopt {

/// name → value, as text, in the order given.
using Assignments = std::vector<std::pair<std::string, std::string>>;

/// What a user sees of an option.
struct OptionInfo {
  std::string name, type, default_value, range, help, source;
};

/// The text of a number that reads back to the same bits, and its strict parse (the whole text, or
/// UsageError).
std::string to_text(double value);
double to_double(const std::string& name, const std::string& text);
std::int64_t to_integer(const std::string& name, const std::string& text);
std::uint64_t to_unsigned(const std::string& name, const std::string& text);
bool to_bool(const std::string& name, const std::string& text);

/// One option of the settings struct S.
template <class S>
struct Option {
  std::string name;
  std::variant<int S::*, std::uint64_t S::*, double S::*, bool S::*, std::string S::*> field;
  double low = -std::numeric_limits<double>::infinity(), high = std::numeric_limits<double>::infinity();
  std::vector<std::string> choices = {};  ///< for strings: the allowed ones; empty: any
  std::string help = {}, source = {};
  bool added = false;  ///< came after values had been stored; see Options::stored
};

/// All options of S. Errors are UsageErrors naming option, value and bound. What reads or writes a field is
/// never inlined: where g++ 12 sees a whole S without text, it warns that the branch of text options would
/// leave it.
template <class S>
class Options {
 public:
  Options() = default;
  Options(std::vector<Option<S>> list) : list_(std::move(list)) {}

  [[gnu::noinline]] void set(S& settings, const std::string& name, const std::string& text) const {
    const Option<S>& option = find(name);
    std::visit([&](auto field) { assign(settings.*field, option, text); }, option.field);
  }
  void set(S& settings, const Assignments& values) const {
    for (const auto& [name, text] : values) set(settings, name, text);
  }
  std::string text(const S& settings, const std::string& name) const { return text(settings, find(name)); }
  bool has(const std::string& name) const {
    for (const auto& option : list_)
      if (option.name == name) return true;
    return false;
  }
  /// Whether there is such an option that came after values had been stored.
  bool came_later(std::string_view name) const {
    for (const auto& option : list_)
      if (option.name == name) return option.added;
    return false;
  }
  /// Every option with its value: the canonical form.
  Assignments all(const S& settings) const {
    Assignments values;
    for (const auto& option : list_) values.emplace_back(option.name, text(settings, option));
    return values;
  }
  /// The canonical form as it is stored and hashed: an option that was added later is left out where it has
  /// its default, so that what was stored before it came keeps its text and its hash.
  Assignments stored(const S& settings) const {
    Assignments values;
    for (const auto& option : list_)
      if (!option.added || text(settings, option) != text(S{}, option))
        values.emplace_back(option.name, text(settings, option));
    return values;
  }
  std::vector<OptionInfo> infos() const {
    std::vector<OptionInfo> infos;
    const S defaults{};
    for (const auto& o : list_)
      infos.push_back({o.name, type(o), text(defaults, o), range(o), o.help, o.source});
    return infos;
  }

 private:
  const Option<S>& find(std::string_view name) const {
    std::vector<std::string> names;
    for (const auto& option : list_) {
      if (option.name == name) return option;
      names.push_back(option.name);
    }
    if (names.empty()) throw UsageError(fmt::format("unknown option '{}'; there are none here", name));
    throw unknown_name("option", name, names);
  }
  [[gnu::noinline]] static std::string text(const S& settings, const Option<S>& option) {
    return std::visit(
        [&](auto field) -> std::string {
          const auto& value = settings.*field;
          using T = std::decay_t<decltype(value)>;
          if constexpr (std::is_same_v<T, std::string>)
            return value;
          else if constexpr (std::is_same_v<T, double>)
            return to_text(value);
          else
            return fmt::format("{}", value);
        },
        option.field);
  }
  static std::string type(const Option<S>& option) {
    static const char* const names[] = {"integer", "integer", "number", "bool", "text"};
    return names[option.field.index()];
  }
  static std::string range(const Option<S>& o) {
    if (!o.choices.empty()) return fmt::format("{}", fmt::join(o.choices, "|"));
    const double low = o.field.index() == 1 ? std::max(0.0, o.low) : o.low;
    if (std::isfinite(low) && std::isfinite(o.high))
      return fmt::format("{} to {}", to_text(low), to_text(o.high));
    if (std::isfinite(low)) return fmt::format("{} or more", to_text(low));
    if (std::isfinite(o.high)) return fmt::format("at most {}", to_text(o.high));
    return o.field.index() == 3 ? "true|false" : "any";
  }
  static void check(const Option<S>& option, double value, const std::string& text) {
    if (!(value >= option.low && value <= option.high))
      throw UsageError(fmt::format("option '{}': expected {}, found {}", option.name, range(option), text));
  }
  static void assign(int& field, const Option<S>& option, const std::string& text) {
    const std::int64_t value = to_integer(option.name, text);
    check(option, static_cast<double>(value), text);
    if (value < std::numeric_limits<int>::min() || value > std::numeric_limits<int>::max())
      throw UsageError(fmt::format("option '{}': expected a 32-bit integer, found {}", option.name, text));
    field = static_cast<int>(value);
  }
  static void assign(std::uint64_t& field, const Option<S>& option, const std::string& text) {
    const std::uint64_t value = to_unsigned(option.name, text);
    check(option, static_cast<double>(value), text);
    field = value;
  }
  static void assign(double& field, const Option<S>& option, const std::string& text) {
    const double value = to_double(option.name, text);
    check(option, value, text);
    field = value;
  }
  static void assign(bool& field, const Option<S>& option, const std::string& text) {
    field = to_bool(option.name, text);
  }
  static void assign(std::string& field, const Option<S>& option, const std::string& text) {
    if (!option.choices.empty()) {
      bool known = false;
      for (const auto& choice : option.choices) known = known || choice == text;
      if (!known) throw unknown_value(option.name, text, option.choices);
    }
    field = text;
  }

  std::vector<Option<S>> list_;
};

}  // namespace symopt
