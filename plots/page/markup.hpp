// markup.hpp — any text inside HTML, LaTeX, Markdown and JSON, and any bytes inside a page.
#pragma once
#include <string>
#include <string_view>

namespace symopt {

// Bytes that are not UTF-8 become question marks, control characters blanks; what has a meaning in the
// language is escaped, so that no name can change a page or a document.

std::string html_text(std::string_view text);      ///< also inside a quoted attribute
std::string latex_text(std::string_view text);     ///< signs that pdflatex lacks become question marks
std::string markdown_text(std::string_view text);  ///< for a cell of a table
std::string json_text(std::string_view text);      ///< with its quotes; safe inside <script>

/// A finite number with `digits` significant ones; null otherwise.
std::string json_number(double value, int digits = 5);

/// RFC 4648, section 4.
std::string base64(std::string_view bytes);

}  // namespace symopt
