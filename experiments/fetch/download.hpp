// download.hpp — one file over HTTP, from where an earlier download of it broke off (libcurl).
#pragma once
#include <cstdint>
#include <memory>
#include <string>

#include "experiments/fetch/part_file.hpp"

namespace symopt::fetch {

/// Told how far a download is, and asked whether it shall go on.
class DownloadMonitor {
 public:
  virtual ~DownloadMonitor() = default;
  /// `total` is 0 where the server does not tell.
  virtual void bytes(std::uint64_t /*done*/, std::uint64_t /*total*/) {}
  virtual bool cancelled() const { return false; }
};

/// The person asked for the end; what was read stays in the part file.
struct DownloadCancelled {};

struct DownloadResult {
  enum Kind {
    whole,    ///< the server says that this was all
    broken,   ///< it broke off; asking again may bring the rest
    silent,   ///< the same, but only after a long wait
    refused,  ///< this address does not have it
  } kind;
  std::string reason;  ///< a few words; empty for whole
};

/// Whether an IP address, as text, is of this machine, of a private network, or of no single machine at all:
/// loopback, RFC 1918, link-local, shared (RFC 6598), unique local (RFC 4193), multicast, reserved; also
/// mapped into IPv6.
bool is_local_address(const std::string& address);

/// Keeps its connections from one file to the next.
class Downloader {
 public:
  /// A server that sends next to nothing for `stall_seconds` has fallen silent.
  explicit Downloader(int stall_seconds);
  ~Downloader();
  Downloader(const Downloader&) = delete;
  Downloader& operator=(const Downloader&) = delete;

  /// Appends to `part` what it lacks of the file at `url`, http or https, whose certificate has to be valid.
  /// Redirects are followed, ten at most, never from https to http or to another scheme, and never from a
  /// public address to a local one (is_local_address()): a public mirror has no business there. Where the
  /// server does not send parts, `part` starts over. Never takes more than `most` bytes. Throws
  /// DownloadCancelled, and UserError where `part` cannot be written.
  DownloadResult get(const std::string& url, PartFile& part, std::uint64_t most, DownloadMonitor& monitor);

 private:
  struct Transfer;
  struct Free {
    void operator()(void* curl) const;
  };
  std::unique_ptr<void, Free> curl_;
};

}  // namespace symopt::fetch
