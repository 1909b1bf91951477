// seal.cpp — sealing and checking.
#include "results/seal.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/data/sha256.hpp"
#include "core/error.hpp"
#include "results/text.hpp"

namespace symopt {

namespace {

constexpr std::string_view kSeal = "sha256=";
constexpr std::size_t kDigits = 64, kSealLength = kSeal.size() + kDigits + 1;

}  // namespace

std::string sealed(std::string body) {
  const std::string digits = sha256(body);
  body.append(kSeal).append(digits).push_back('\n');
  return body;
}

std::string_view unsealed(std::string_view text, std::string_view what) {
  const std::size_t start = text.size() - std::min(text.size(), kSealLength);
  if (text.empty()) throw UserError(fmt::format("expected {}, found an empty file", what));
  if (text.size() <= kSealLength || !text.substr(start).starts_with(kSeal) || text.back() != '\n')
    throw UserError("expected a last line with its SHA-256, found none: it was cut short or changed");
  const std::string_view body = text.substr(0, start), found = seal_of(text);
  const std::string computed = sha256(body);
  if (found != computed)
    throw UserError(fmt::format("expected SHA-256 {}, found {}: it was changed", escaped(found), computed));
  return body;
}

std::string_view seal_of(std::string_view text) { return text.substr(text.size() - kDigits - 1, kDigits); }

}  // namespace symopt
