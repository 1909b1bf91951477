// numbers.cpp — numbers as people read them: a minus that is no hyphen, powers of ten, infinity.
#include "plots/numbers.hpp"

#include <fmt/format.h>

#include <cmath>

namespace symopt {

namespace {

std::string superscript(int exponent) {
  static constexpr const char* kDigits[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
  std::string text = exponent < 0 ? "⁻" : "";
  for (const char digit : fmt::format("{}", std::abs(exponent))) text += kDigits[digit - '0'];
  return text;
}

}  // namespace

std::string number_text(double value, int digits) {
  if (std::isnan(value)) return "–";
  const std::string sign = value < 0 ? "−" : "";
  const double size = std::abs(value);
  if (std::isinf(size)) return sign + "∞";
  if (size == 0 || (size >= 1e-3 && size < 1e5)) return sign + fmt::format("{:.{}g}", size, digits);
  const std::string text = fmt::format("{:.{}e}", size, digits - 1);
  const std::size_t e = text.find('e');
  std::string mantissa = text.substr(0, e);
  if (mantissa.find('.') != std::string::npos) {
    mantissa.erase(mantissa.find_last_not_of('0') + 1);
    if (mantissa.back() == '.') mantissa.pop_back();
  }
  return sign + (mantissa == "1" ? "" : mantissa + "×") + "10" + superscript(std::stoi(text.substr(e + 1)));
}

std::string p_text(double p) { return std::isnan(p) ? "–" : p < 1e-4 ? "<0.0001" : fmt::format("{:.4f}", p); }

std::string with_minus(std::string_view numbers) {
  std::string text;
  for (const char c : numbers)
    if (c == '-')
      text += "−";
    else
      text += c;
  return text;
}

}  // namespace symopt
