// status.cpp — statuses as text and back.
#include "results/status.hpp"

namespace symopt {

std::string to_text(Status status) {
  switch (status) {
    case Status::completed:
      return "completed";
    case Status::diverged:
      return "diverged";
    case Status::failed:
      return "failed";
    case Status::timed_out:
      return "timed-out";
  }
  return "";
}

std::optional<Status> parse_status(std::string_view text) {
  for (const Status s : {Status::completed, Status::diverged, Status::failed, Status::timed_out})
    if (to_text(s) == text) return s;
  return std::nullopt;
}

}  // namespace symopt
