// picture_file.cpp — chunks of PNG (ISO/IEC 15948, 5.3), the root element of SVG, the end mark of PDF (ISO
// 32000-1, 7.5.5).
#include "plots/figures/picture_file.hpp"

#include <fmt/format.h>

#include <string_view>

#include "results/files.hpp"

namespace symopt {

namespace {

std::string_view trimmed_end(std::string_view text) {
  const std::size_t last = text.find_last_not_of(" \t\r\n");
  return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

// Length, name, data, checksum; the last chunk is IEND, and nothing follows it.
bool is_whole_png(std::string_view text) {
  constexpr std::string_view kSignature = "\x89PNG\r\n\x1a\n";
  constexpr std::size_t kAround = 12;
  if (!text.starts_with(kSignature)) return false;
  for (text.remove_prefix(kSignature.size()); text.size() >= kAround;) {
    std::size_t length = 0;
    for (int i = 0; i < 4; ++i)
      length = length << 8 | static_cast<unsigned char>(text[static_cast<size_t>(i)]);
    if (length > text.size() - kAround) return false;
    if (text.substr(4, 4) == "IEND") return text.size() == length + kAround;
    text.remove_prefix(length + kAround);
  }
  return false;
}

bool is_whole(std::string_view text, std::string_view format) {
  if (format == "png") return is_whole_png(text);
  if (format == "svg") return text.starts_with("<?xml") && trimmed_end(text).ends_with("</svg>");
  return text.starts_with("%PDF-") && trimmed_end(text).ends_with("%%EOF");
}

}  // namespace

std::string picture_fault(const std::filesystem::path& file, const std::string& format) {
  const auto text = read_file(file);
  if (!text || text->empty()) return "expected a picture, found none";
  if (is_whole(*text, format)) return "";
  return fmt::format("expected a whole {} picture, found one that breaks off or is damaged ({} bytes)",
                     format, text->size());
}

}  // namespace symopt
