// options.cpp — numbers as text and back, strictly.
#include "core/options.hpp"

#include <charconv>

namespace symopt {

std::string to_text(double value) { return fmt::format("{}", value); }

namespace {

template <class T>
T parse(const std::string& name, const std::string& text, const char* kind) {
  T value{};
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end)
    throw UsageError(fmt::format("option '{}': expected {}, found '{}'", name, kind, text));
  return value;
}

}  // namespace

double to_double(const std::string& name, const std::string& text) {
  const double value = parse<double>(name, text, "a number");
  if (std::isnan(value))
    throw UsageError(fmt::format("option '{}': expected a number, found '{}'", name, text));
  return value;
}
std::int64_t to_integer(const std::string& name, const std::string& text) {
  return parse<std::int64_t>(name, text, "an integer");
}
std::uint64_t to_unsigned(const std::string& name, const std::string& text) {
  if (text.starts_with('-') && to_integer(name, text) < 0)
    throw UsageError(fmt::format("option '{}': expected 0 or more, found {}", name, text));
  return text == "-0" ? 0 : parse<std::uint64_t>(name, text, "an integer");
}
bool to_bool(const std::string& name, const std::string& text) {
  if (text == "true" || text == "yes" || text == "1" || text == "on") return true;
  if (text == "false" || text == "no" || text == "0" || text == "off") return false;
  throw UsageError(fmt::format("option '{}': expected true or false, found '{}'", name, text));
}

}  // namespace symopt
