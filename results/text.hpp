// text.hpp — any string on one line and any double as text, both exactly reversible.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace symopt {

/// `text` without line breaks: \\ \" \n \r \t and \xHH for other control bytes. All other bytes, UTF-8 among
/// them, stay.
std::string escaped(std::string_view text);
/// The inverse; nothing where `text` is not what escaped() writes.
std::optional<std::string> unescaped(std::string_view text);

/// The shortest decimal that reads back to the same bits, `inf`, `-inf`, `nan`; a NaN with another sign or
/// payload than the usual one is `nan:` and its 16 hexadecimal digits.
std::string exact_text(double value);
/// The inverse, strictly of the whole text.
std::optional<double> exact_double(std::string_view text);
std::optional<std::int64_t> exact_integer(std::string_view text);

}  // namespace symopt
