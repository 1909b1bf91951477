// web_page.cpp — the first tag of a document (HTML Living Standard, 13.1).
#include "core/data/web_page.hpp"

#include <algorithm>
#include <string>

namespace symopt {

bool is_web_page(std::string_view beginning) {
  std::string text(beginning.substr(0, kPageBeginning));
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  std::string_view rest = text;
  if (rest.starts_with("\xef\xbb\xbf")) rest.remove_prefix(3);  // UTF-8 byte order mark
  for (;;) {
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t\r\n\f"), rest.size()));
    for (const std::string_view tag : {"<!doctype html", "<html", "<head"})
      if (rest.starts_with(tag)) return true;
    const std::string_view end = rest.starts_with("<!--") ? "-->" : rest.starts_with("<?xml") ? "?>" : "";
    const size_t stop = end.empty() ? std::string_view::npos : rest.find(end);
    if (stop == std::string_view::npos) return false;
    rest.remove_prefix(stop + end.size());
  }
}

}  // namespace symopt
