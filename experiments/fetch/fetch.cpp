// fetch.cpp — mirrors in order, broken downloads gone on with, wrong bytes thrown away.
#include "experiments/fetch/fetch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>
#include <utility>
#include <vector>

#include "core/data/byte_source.hpp"
#include "core/data/web_page.hpp"
#include "core/error.hpp"
#include "core/regular_file.hpp"

namespace symopt::fetch {

namespace fs = std::filesystem;

namespace {

// A mirror that breaks off without a single new byte this often in a row is left.
constexpr int kFruitlessTries = 3;
// Where no size is published: what no file here comes near.
constexpr std::uint64_t kMostBytes = std::uint64_t{256} << 20;

std::string joined(std::string base, const std::string& name) {
  while (base.ends_with('/')) base.pop_back();
  return base + "/" + name;
}

bool is_web_page_file(const fs::path& file) {
  char beginning[kPageBeginning];
  std::string ignored;
  const FileStream in = open_regular_stream(file, ignored);
  return in && is_web_page({beginning, std::fread(beginning, 1, sizeof beginning, in.get())});
}

std::string content_sha256(const fs::path& file, Packing packing) {
  ByteSource source(file, nullptr, packing);
  std::vector<std::uint8_t> buffer(std::size_t{1} << 16);
  while (source.read(buffer) == buffer.size())
    if (source.offset() > ByteSource::kMaxBytes)
      source.fail(source.offset(), fmt::format("at most {} bytes", ByteSource::kMaxBytes), "more");
  return source.sha256();
}

}  // namespace

std::string file_sha256(const fs::path& file) {
  std::string fault;
  const FileStream in = open_regular_stream(file, fault);
  if (!in) throw UserError(fmt::format("cannot read {}: {}", file.string(), fault));
  Sha256 hash;
  std::vector<std::uint8_t> buffer(std::size_t{1} << 16);
  std::size_t count = 0;
  while ((count = std::fread(buffer.data(), 1, buffer.size(), in.get())) > 0)
    hash.update(std::span(buffer).first(count));
  if (std::ferror(in.get()))
    throw UserError(fmt::format("cannot read {}: {}", file.string(), std::generic_category().message(errno)));
  return hash.hex();
}

std::string published_fault(const PublishedFile& published, const fs::path& file) {
  const auto fault = [](const char* what, const auto& expected, const auto& found) {
    return expected == found ? "" : fmt::format("{}: expected {}, found {}", what, expected, found);
  };
  if (is_web_page_file(file)) return fmt::format("expected the file, found {}", kWebPage);
  std::string line;
  if (published.bytes > 0) line = fault("size in bytes", published.bytes, std::uint64_t{fs::file_size(file)});
  if (line.empty() && !published.sha256.empty()) line = fault("SHA-256", published.sha256, file_sha256(file));
  if (line.empty() && !published.content_sha256.empty())
    line = fault("SHA-256 of the uncompressed bytes", published.content_sha256,
                 content_sha256(file, published.name.ends_with(".gz") ? Packing::gzip : Packing::plain));
  return line;
}

Fetcher::Fetcher(FetchOptions options, FetchMonitor& monitor)
    : options_(std::move(options)), monitor_(monitor), downloader_(options_.stall_seconds) {}

void Fetcher::get(const PublishedFile& file, const fs::path& target, const std::vector<std::string>& mirrors,
                  const FileCheck& check) {
  std::vector<std::string> bases;
  if (!options_.mirror.empty()) bases.push_back(options_.mirror);
  if (!options_.only_mirror) bases.insert(bases.end(), mirrors.begin(), mirrors.end());
  PartFile part(target);
  monitor_.started(file.name);
  std::string reasons;
  for (const std::string& base : bases) {
    const std::string url = joined(base, file.name);
    const std::string reason = try_mirror(url, file, part, check);
    if (reason.empty()) {
      part.commit();
      monitor_.finished(file.name, fs::file_size(target), url);
      return;
    }
    monitor_.failed(url, reason);
    reasons += fmt::format("{}{}: {}", reasons.empty() ? "" : "; ", url, reason);
  }
  throw UserError(fmt::format("cannot fetch {}: {}", file.name, reasons));
}

// "" where the part file is whole and right, else what is wrong with this mirror. The part file then holds
// what the next one can go on with.
std::string Fetcher::try_mirror(const std::string& url, const PublishedFile& file, PartFile& part,
                                const FileCheck& check) {
  const auto fault = [&]() -> std::string {
    try {
      const std::string line = published_fault(file, part.path());
      return line.empty() && check ? check(part.path()) : line;
    } catch (const UserError& error) {
      return error.what();
    }
  };
  bool resumed = part.size() > 0;
  std::uint64_t best = part.size();
  for (int fruitless = 0;;) {
    const DownloadResult result =
        downloader_.get(url, part, file.bytes > 0 ? file.bytes : kMostBytes, monitor_);
    if (result.kind == DownloadResult::refused) return result.reason;
    if (result.kind == DownloadResult::whole) {
      const std::string line = fault();
      if (line.empty()) return "";
      part.restart();
      // What was there before may have been the wrong half: once more, all of it from here.
      if (!std::exchange(resumed, false)) return line;
      continue;
    }
    fruitless = part.size() > best ? 0 : fruitless + 1;
    best = std::max(best, part.size());
    if (fruitless == kFruitlessTries || (fruitless > 0 && result.kind == DownloadResult::silent))
      return result.reason;
  }
}

}  // namespace symopt::fetch
