// web_page.hpp — a page of HTML where a data file should be: what a network's log-in or a server's page of an
// error becomes when it is saved under the file's name.
#pragma once
#include <string_view>

namespace symopt {

/// As many bytes of a file's beginning as are looked at.
inline constexpr std::size_t kPageBeginning = 512;
/// Whether a file that begins so is HTML: blanks, comments or an XML declaration, then <!doctype html or
/// <html, in any case.
bool is_web_page(std::string_view beginning);
/// What is found there, for errors.
inline constexpr const char* kWebPage =
    "a web page (HTML), as a network's log-in or a server's error sends it instead of the file";

}  // namespace symopt
