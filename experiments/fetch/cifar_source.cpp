// cifar_source.cpp — CIFAR-10: one archive, of which the six files of records are kept.
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "core/data/data_files.hpp"
#include "core/error.hpp"
#include "experiments/fetch/data_source.hpp"
#include "experiments/fetch/tar.hpp"
#include "results/files.hpp"

namespace symopt::fetch {

namespace fs = std::filesystem;

namespace {

class CifarSource final : public DataSource {
 public:
  explicit CifarSource(CifarPublication publication) : p_(std::move(publication)) {}
  std::string name() const override { return p_.set.name; }
  std::string title() const override { return p_.set.description; }
  std::uint64_t download_bytes() const override { return p_.archive.bytes; }
  std::string checked_by() const override { return "SHA-256 of the archive and of each uncompressed file"; }
  std::vector<std::string> mirrors() const override { return p_.mirrors; }
  bool found(const fs::path& data) const override { return !find_cifar(p_.set, data).empty(); }

  void fetch(Fetcher& fetcher) const override {
    const fs::path data = fetcher.options().data, folder = data / p_.set.name;
    std::vector<Verdict> verdicts = verify(data);
    for (const Verdict& v : verdicts)
      if (v.state == Verdict::wrong)
        throw UserError(
            fmt::format("{}: {}; remove or rename it to fetch it again", v.file.string(), v.note));
    if (std::ranges::none_of(verdicts, [](const Verdict& v) { return v.state == Verdict::missing; })) return;
    const fs::path archive = folder / p_.archive.name;
    std::error_code ignored;
    if (!fs::exists(archive, ignored))
      fetcher.get(p_.archive, archive, p_.mirrors);
    else if (const std::string fault = published_fault(p_.archive, archive); !fault.empty())
      throw UserError(fmt::format("{}: {}; remove or rename it to fetch it again", archive.string(), fault));
    unpack(archive, folder);
    load_cifar(p_.set, data);
    fs::remove(archive, ignored);
  }

  std::vector<Verdict> verify(const fs::path& data) const override {
    const std::vector<fs::path> files = find_cifar(p_.set, data);
    std::vector<Verdict> verdicts;
    for (std::size_t i = 0; i < cifar_names().size(); ++i) {
      const auto here = find_data_files({p_.set.name, "", {p_.set.name}, {cifar_names()[i]}}, data);
      verdicts.push_back(verdict(i, !files.empty()  ? files[i]
                                    : !here.empty() ? here[0]
                                                    : data / p_.set.name / cifar_names()[i]));
    }
    return verdicts;
  }

 private:
  Verdict verdict(std::size_t i, const fs::path& file) const {
    std::error_code ignored;
    if (!fs::exists(file, ignored)) return {Verdict::missing, file, ""};
    std::string fault;
    try {
      fault = published_fault({.name = file.filename().string(), .content_sha256 = p_.set.sha256[i]}, file);
    } catch (const UserError& error) {
      fault = error.what();
    }
    return {fault.empty() ? Verdict::verified : Verdict::wrong, file, fault};
  }

  void unpack(const fs::path& archive, const fs::path& folder) const {
    std::set<std::string> left(cifar_names().begin(), cifar_names().end());
    const std::uint64_t bytes = p_.set.record_bytes() * p_.set.records;
    read_tar(
        archive,
        [&](const std::string& name, std::uint64_t size) { return size == bytes && left.contains(name); },
        [&](const std::string& name, std::span<const std::uint8_t> content) {
          AtomicFile file(folder / name);
          file.write({reinterpret_cast<const char*>(content.data()), content.size()});
          file.commit();
          left.erase(name);
        });
    if (!left.empty())
      throw UserError(archive.string(), "members", fmt::format("{} of {} bytes", *left.begin(), bytes),
                      "none");
  }

  CifarPublication p_;
};

}  // namespace

std::unique_ptr<DataSource> cifar_source(CifarPublication publication) {
  return std::make_unique<CifarSource>(std::move(publication));
}

}  // namespace symopt::fetch
