// status.hpp — how a trial, or a candidate of its search, ended.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace symopt {

enum class Status { completed, diverged, failed, timed_out };
std::string to_text(Status status);
/// The inverse; nothing where `text` is no status.
std::optional<Status> parse_status(std::string_view text);

}  // namespace symopt
