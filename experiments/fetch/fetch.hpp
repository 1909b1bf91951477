// fetch.hpp — a published file from the first of its mirrors that has the right bytes.
#pragma once
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "experiments/fetch/download.hpp"

namespace symopt::fetch {

/// A file as it is published.
struct PublishedFile {
  std::string name;                 ///< below a mirror's address and below the data set's folder
  std::uint64_t bytes = 0;          ///< its size; 0: not the same at every mirror
  std::string sha256 = {};          ///< of the file itself; empty: nobody published it
  std::string content_sha256 = {};  ///< of what it holds uncompressed; empty: nobody published it
};

/// What is wrong with a file, "" where nothing is. May also throw UserError.
using FileCheck = std::function<std::string(const std::filesystem::path&)>;

/// Told about whole files.
class FetchMonitor : public DownloadMonitor {
 public:
  virtual void started(const std::string& /*name*/) {}
  virtual void finished(const std::string& /*name*/, std::uint64_t /*bytes*/, const std::string& /*url*/) {}
  /// A mirror that did not serve, and why; the next one is tried.
  virtual void failed(const std::string& /*url*/, const std::string& /*reason*/) {}
};

/// Where to and how.
struct FetchOptions {
  std::filesystem::path data;  ///< the data folder
  std::string mirror = {};     ///< tried before the public ones
  bool only_mirror = false;    ///< no other address is tried
  int stall_seconds = 30;
};

class Fetcher {
 public:
  Fetcher(FetchOptions options, FetchMonitor& monitor);
  const FetchOptions& options() const { return options_; }
  /// Gets `file` from one of `mirrors` to `target`, which is written only where size, SHA-256 and `check`
  /// find nothing wrong. A download that broke off is gone on with, here and in a later call; one with wrong
  /// bytes is thrown away. UserError naming the file and what each mirror had against it; DownloadCancelled.
  void get(const PublishedFile& file, const std::filesystem::path& target,
           const std::vector<std::string>& mirrors, const FileCheck& check = {});

 private:
  std::string try_mirror(const std::string& url, const PublishedFile& file, PartFile& part,
                         const FileCheck& check);

  FetchOptions options_;
  FetchMonitor& monitor_;
  Downloader downloader_;
};

/// SHA-256 of a file's bytes as they are, compressed or not. UserError where it cannot be read.
std::string file_sha256(const std::filesystem::path& file);

/// What is wrong with `file` as a copy of `published`, compressed where the published name ends in .gz: its
/// size, SHA-256 or content's SHA-256 ("SHA-256: expected …, found …"), or that it is a web page. "" where
/// nothing is.
std::string published_fault(const PublishedFile& published, const std::filesystem::path& file);

}  // namespace symopt::fetch
