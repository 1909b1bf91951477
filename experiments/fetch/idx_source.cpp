// idx_source.cpp — MNIST and its kin: four gzipped IDX files, kept as they come.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/data/data_files.hpp"
#include "core/error.hpp"
#include "experiments/fetch/data_source.hpp"

namespace symopt::fetch {

namespace fs = std::filesystem;

namespace {

class IdxSource final : public DataSource {
 public:
  explicit IdxSource(IdxPublication publication) : p_(std::move(publication)) {}
  std::string name() const override { return p_.set.name; }
  std::string title() const override { return p_.set.description; }
  std::uint64_t download_bytes() const override { return p_.download_bytes; }
  std::string checked_by() const override {
    return p_.set.sha256[0].empty() ? "SHA-256 of the published .gz files"
                                    : "SHA-256 of the uncompressed bytes";
  }
  std::vector<std::string> mirrors() const override { return p_.mirrors; }
  bool found(const fs::path& data) const override { return !find_idx(p_.set, data).empty(); }

  void fetch(Fetcher& fetcher) const override {
    const fs::path data = fetcher.options().data;
    if (found(data)) {
      for (const Verdict& v : verify(data))
        if (v.state == Verdict::wrong) throw in_the_way(v);
      return;
    }
    for (std::size_t i = 0; i < p_.files.size(); ++i) {
      const fs::path target = data / p_.set.name / p_.files[i].name;
      const Verdict there = verdict(i, here(data, i));
      if (there.state == Verdict::wrong) throw in_the_way(there);
      if (there.state == Verdict::missing) fetcher.get(p_.files[i], target, p_.mirrors);
    }
    load_idx(p_.set, data);
  }

  std::vector<Verdict> verify(const fs::path& data) const override {
    const std::vector<fs::path> files = find_idx(p_.set, data);
    std::vector<Verdict> verdicts;
    for (std::size_t i = 0; i < p_.files.size(); ++i)
      verdicts.push_back(verdict(i, files.empty() ? here(data, i) : files[i]));
    if (files.empty()) return verdicts;
    // Sizes, labels, and that images and labels agree.
    try {
      load_idx(p_.set, data);
    } catch (const UserError& error) {
      for (Verdict& v : verdicts)
        if (v.state != Verdict::wrong && std::string(error.what()).starts_with(v.file.string() + ":"))
          v.state = Verdict::wrong, v.note = std::string(error.what()).substr(v.file.string().size() + 2);
    }
    return verdicts;
  }

 private:
  static UserError in_the_way(const Verdict& v) {
    return UserError(fmt::format("{}: {}; remove or rename it to fetch it again", v.file.string(), v.note));
  }

  // File i where a fetch would put it, under any of its names; where there is none, as it is published.
  fs::path here(const fs::path& data, std::size_t i) const {
    const auto found = find_data_files({p_.set.name, "", {p_.set.name}, {idx_names()[i]}}, data);
    return found.empty() ? data / p_.set.name / p_.files[i].name : found[0];
  }

  Verdict verdict(std::size_t i, const fs::path& file) const {
    std::error_code ignored;
    if (!fs::exists(file, ignored)) return {Verdict::missing, file, ""};
    PublishedFile published = p_.files[i];
    const bool packed = file.extension() == ".gz";
    try {
      if (!published.content_sha256.empty()) {
        // The same bytes may be wrapped anew, or not at all.
        published = {.name = file.filename().string(), .content_sha256 = published.content_sha256};
        const std::string fault = published_fault(published, file);
        return {fault.empty() ? Verdict::verified : Verdict::wrong, file, fault};
      }
      if (packed && published_fault(published, file).empty()) return {Verdict::verified, file, ""};
    } catch (const UserError& error) {
      return {Verdict::wrong, file, error.what()};
    }
    return {Verdict::well_formed, file,
            packed ? "not the published .gz file; its uncompressed bytes have no published SHA-256"
                   : "not compressed; only the .gz file has a published SHA-256"};
  }

  IdxPublication p_;
};

}  // namespace

std::unique_ptr<DataSource> idx_source(IdxPublication publication) {
  return std::make_unique<IdxSource>(std::move(publication));
}

}  // namespace symopt::fetch
