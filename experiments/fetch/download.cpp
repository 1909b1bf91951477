// download.cpp — libcurl's easy interface: range requests, what the answer's status means, and limits.
#include "experiments/fetch/download.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <exception>
#include <optional>
#include <string_view>
#include <system_error>

#include "core/data/web_page.hpp"
#include "core/error.hpp"
#include "experiments/build_info.hpp"

namespace symopt::fetch {

namespace {

constexpr long kMaxRedirects = 10, kConnectSeconds = 20;
// Slower than this is as good as silent: a megabyte would take hours.
constexpr long kBytesPerSecond = 100;
constexpr long kPartial = 206, kNotFound = 404, kRangeNotSatisfiable = 416;

// The first byte of "Content-Range: bytes 100-199/200".
std::optional<std::uint64_t> range_start(std::string_view header) {
  constexpr std::string_view name = "content-range: bytes ";
  if (header.size() <= name.size()) return std::nullopt;
  for (std::size_t i = 0; i < name.size(); ++i)
    if ((header[i] >= 'A' && header[i] <= 'Z' ? header[i] + ('a' - 'A') : header[i]) != name[i])
      return std::nullopt;
  std::uint64_t start = 0;
  const char* end = header.data() + header.size();
  const auto [stop, error] = std::from_chars(header.data() + name.size(), end, start);
  return error == std::errc{} && stop != end && *stop == '-' ? std::optional(start) : std::nullopt;
}

std::string status_reason(long status) {
  return fmt::format("HTTP status {}{}", status, status == kNotFound ? " (not found)" : "");
}

}  // namespace

// One request: what the callbacks share.
struct Downloader::Transfer {
  CURL* curl;
  PartFile& part;
  std::uint64_t most;
  DownloadMonitor& monitor;
  std::uint64_t asked_from = part.size();
  std::optional<std::uint64_t> answered_from = {};
  bool started = false, too_long = false, web_page = false, other_range = false, cancelled = false;
  int write_error = 0;
  std::exception_ptr failure = {};  // of a callback: none may fly through libcurl, which is C

  // What `callback` returns, or `failed` where it throws.
  template <class Result, class Callback>
  Result guarded(Result failed, const Callback& callback) noexcept {
    try {
      return callback();
    } catch (...) {
      failure = std::current_exception();
      return failed;
    }
  }

  static size_t on_header(char* data, size_t, size_t size, void* self) {
    const std::string_view line(data, size);
    Transfer& t = *static_cast<Transfer*>(self);
    if (line.starts_with("HTTP/")) t.answered_from.reset();  // a redirect's headers are not the file's
    if (const auto start = range_start(line)) t.answered_from = start;
    return size;
  }

  // Before the first byte: does the body go on where the part ends?
  bool start() {
    started = true;
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    if (status != kPartial) {
      if (asked_from > 0) part.restart();
    } else if (answered_from != asked_from) {
      other_range = true;
    }
    return !other_range;
  }

  static size_t on_body(char* data, size_t, size_t size, void* self) {
    Transfer& t = *static_cast<Transfer*>(self);
    return t.guarded(size_t{0}, [&]() -> size_t {
      if (!t.started && !t.start()) return 0;
      if (t.part.size() == 0) t.web_page = is_web_page({data, size});
      t.too_long = t.part.size() + size > t.most;
      return !t.too_long && t.part.append({data, size}, t.write_error) ? size : 0;
    });
  }

  static int on_progress(void* self, curl_off_t total, curl_off_t now, curl_off_t, curl_off_t) {
    Transfer& t = *static_cast<Transfer*>(self);
    return t.guarded(1, [&]() -> int {
      t.cancelled = t.monitor.cancelled();
      if (t.started && total > 0)
        t.monitor.bytes(t.part.size(), t.part.size() + static_cast<std::uint64_t>(total - now));
      else if (t.started)
        t.monitor.bytes(t.part.size(), 0);
      return t.cancelled;
    });
  }
};

Downloader::Downloader(int stall_seconds) : curl_(curl_easy_init()) {
  if (!curl_) throw UserError("libcurl: cannot be initialized");
  CURL* curl = curl_.get();
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(curl, CURLOPT_MAXREDIRS, kMaxRedirects);
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, std::min(kConnectSeconds, static_cast<long>(stall_seconds)));
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, kBytesPerSecond);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, static_cast<long>(stall_seconds));
  curl_easy_setopt(curl, CURLOPT_USERAGENT, fmt::format("symopt/{}", kVersion).c_str());
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, &Transfer::on_header);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &Transfer::on_body);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, &Transfer::on_progress);
}

Downloader::~Downloader() = default;
void Downloader::Free::operator()(void* curl) const { curl_easy_cleanup(curl); }

DownloadResult Downloader::get(const std::string& url, PartFile& part, std::uint64_t most,
                               DownloadMonitor& monitor) {
  CURL* curl = curl_.get();
  Transfer transfer{.curl = curl, .part = part, .most = most, .monitor = monitor};
  char message[CURL_ERROR_SIZE] = "";
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, message);
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &transfer);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &transfer);
  const std::string range = fmt::format("{}-", part.size());
  curl_easy_setopt(curl, CURLOPT_RANGE, part.size() > 0 ? range.c_str() : nullptr);
  const CURLcode code = curl_easy_perform(curl);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, nullptr);
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);

  if (transfer.failure) std::rethrow_exception(transfer.failure);
  if (transfer.cancelled) throw DownloadCancelled{};
  if (transfer.write_error != 0)
    throw UserError(fmt::format("cannot write {}: {}", part.path().string(),
                                std::generic_category().message(transfer.write_error)));
  if (transfer.too_long) {
    part.restart();
    if (transfer.web_page)
      return {DownloadResult::refused, fmt::format("expected the file, found {}", kWebPage)};
    return {DownloadResult::refused, fmt::format("expected at most {} bytes, found more", most)};
  }
  if (transfer.other_range || (code == CURLE_HTTP_RETURNED_ERROR && status == kRangeNotSatisfiable)) {
    // What is in the part file does not fit what the server has.
    part.restart();
    return {DownloadResult::broken, "the server has no such range"};
  }
  switch (code) {
    case CURLE_OK:
      return {DownloadResult::whole, ""};
    case CURLE_HTTP_RETURNED_ERROR:
      return {DownloadResult::refused, status_reason(status)};
    case CURLE_OPERATION_TIMEDOUT:
      return {DownloadResult::silent, "the server fell silent"};
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
      return {DownloadResult::broken, fmt::format("it broke off after {} bytes", part.size())};
    default:
      return {DownloadResult::refused, message[0] != '\0' ? message : curl_easy_strerror(code)};
  }
}

}  // namespace symopt::fetch
