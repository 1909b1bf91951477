// download.cpp — libcurl's easy interface: range requests, what the answer's status means, and limits.
#include "experiments/fetch/download.hpp"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <exception>
#include <iterator>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "core/data/web_page.hpp"
#include "core/error.hpp"
#include "experiments/build_info.hpp"

namespace symopt::fetch {

namespace {

constexpr long kMaxRedirects = 10, kConnectSeconds = 20;
// Of a request; the next one goes on where it ended.
constexpr long kMostSeconds = 6 * 3600;
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

// Whether `address`, most significant byte first, is in the network of the first `bits` bits of `net`.
bool in_network(std::uint32_t address, std::uint32_t net, int bits) {
  return (address ^ net) >> (32 - bits) == 0;
}

bool is_local_ipv4(std::uint32_t address) {
  constexpr std::pair<std::uint32_t, int> kNetworks[] = {
      {0x00000000, 8},   // this network
      {0x0a000000, 8},   // 10.0.0.0, private
      {0x64400000, 10},  // 100.64.0.0, shared
      {0x7f000000, 8},   // 127.0.0.0, loopback
      {0xa9fe0000, 16},  // 169.254.0.0, link-local
      {0xac100000, 12},  // 172.16.0.0, private
      {0xc0a80000, 16},  // 192.168.0.0, private
      {0xe0000000, 3}};  // 224.0.0.0 and above, multicast and reserved
  return std::any_of(std::begin(kNetworks), std::end(kNetworks),
                     [&](const auto& network) { return in_network(address, network.first, network.second); });
}

std::string status_reason(long status) {
  return fmt::format("HTTP status {}{}", status, status == kNotFound ? " (not found)" : "");
}

}  // namespace

bool is_local_address(const std::string& address) {
  const std::string plain = address.substr(0, address.find('%'));  // without an interface
  in_addr four{};
  if (::inet_pton(AF_INET, plain.c_str(), &four) == 1) return is_local_ipv4(ntohl(four.s_addr));
  in6_addr six{};
  if (::inet_pton(AF_INET6, plain.c_str(), &six) != 1) return true;  // no address: nothing public
  const unsigned char* b = six.s6_addr;
  const std::uint32_t last =
      std::uint32_t{b[12]} << 24 | std::uint32_t{b[13]} << 16 | std::uint32_t{b[14]} << 8 | b[15];
  constexpr unsigned char kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff},
                          kTranslated[12] = {0, 0x64, 0xff, 0x9b};  // 64:ff9b::/96 (RFC 6052)
  if (std::equal(kMapped, kMapped + 12, b) || std::equal(kTranslated, kTranslated + 12, b))
    return is_local_ipv4(last);
  const bool unique = (b[0] & 0xfe) == 0xfc, link = b[0] == 0xfe && b[1] >= 0x80, multicast = b[0] == 0xff;
  const bool low = std::all_of(b, b + 12, [](unsigned char byte) { return byte == 0; });  // ::, ::1
  return unique || link || multicast || low;
}

// One request: what the callbacks share.
struct Downloader::Transfer {
  CURL* curl;
  PartFile& part;
  std::uint64_t most;
  DownloadMonitor& monitor;
  std::uint64_t asked_from = part.size();
  std::optional<std::uint64_t> answered_from = {};
  std::optional<bool> begun_locally = {};  // where the first address led; the others are redirects'
  std::string local = {};                  // what a redirect led to that it must not
  bool started = false, too_long = false, web_page = false, other_range = false, cancelled = false;
  int write_error = 0;
  std::exception_ptr failure = {};  // of a callback: none may fly through libcurl, which is C

  double seconds() const {
    double total = 0;
    curl_easy_getinfo(curl, CURLINFO_TOTAL_TIME, &total);
    return total;
  }

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

  // Connected, and nothing sent yet.
  static int on_request(void* self, char* address, char*, int, int) {
    Transfer& t = *static_cast<Transfer*>(self);
    return t.guarded(CURL_PREREQFUNC_ABORT, [&]() -> int {
      const bool here = is_local_address(address);
      if (!t.begun_locally) t.begun_locally = here;
      if (!here || *t.begun_locally) return CURL_PREREQFUNC_OK;
      t.local = address;
      return CURL_PREREQFUNC_ABORT;
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
  // The defaults of libcurl, said since all depends on them: a valid certificate, of the host that was asked.
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT, kMostSeconds);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, std::min(kConnectSeconds, static_cast<long>(stall_seconds)));
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, kBytesPerSecond);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, static_cast<long>(stall_seconds));
  curl_easy_setopt(curl, CURLOPT_USERAGENT, fmt::format("symopt/{}", kVersion).c_str());
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, &Transfer::on_header);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &Transfer::on_body);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, &Transfer::on_progress);
  curl_easy_setopt(curl, CURLOPT_PREREQFUNCTION, &Transfer::on_request);
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
  curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, url.starts_with("https:") ? "https" : "http,https");
  curl_easy_setopt(curl, CURLOPT_PREREQDATA, &transfer);
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
  if (!transfer.local.empty())
    return {DownloadResult::refused,
            fmt::format("expected no redirect to a local address, found {}", transfer.local)};
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
      if (transfer.seconds() >= kMostSeconds)
        return {DownloadResult::refused,
                fmt::format("expected it within {} hours; later calls go on", kMostSeconds / 3600)};
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
