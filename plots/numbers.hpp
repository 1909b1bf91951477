// numbers.hpp — numbers as people read them: a minus that is no hyphen, powers of ten, infinity.
#pragma once
#include <string>
#include <string_view>

namespace symopt {

/// At most `digits` significant digits: "0.05", "−3", "2×10⁻⁵" below 10⁻³ and from 10⁵ on, "∞"; "–" for NaN.
std::string number_text(double value, int digits = 6);
/// A p-value to four digits, "<0.0001" below; "–" for NaN.
std::string p_text(double p);
/// A text of nothing but numbers with a true minus (U+2212) for each hyphen.
std::string with_minus(std::string_view numbers);

}  // namespace symopt
