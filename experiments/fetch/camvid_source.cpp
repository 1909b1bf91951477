// camvid_source.cpp — CamVid: three lists, and every picture that they name.
#include <fmt/format.h>

#include <utility>

#include "core/error.hpp"
#include "experiments/fetch/data_source.hpp"
#include "results/files.hpp"

namespace symopt::fetch {

namespace fs = std::filesystem;

namespace {

class CamvidSource final : public DataSource {
 public:
  explicit CamvidSource(CamvidPublication publication) : p_(std::move(publication)) {}
  std::string name() const override { return p_.set.name; }
  std::string title() const override { return p_.set.description; }
  std::uint64_t download_bytes() const override { return p_.download_bytes; }
  std::string checked_by() const override { return "every picture's form; no checksum is published"; }
  std::vector<std::string> mirrors() const override { return p_.mirrors; }
  bool found(const fs::path& data) const override { return !find_camvid(p_.set, data).empty(); }

  void fetch(Fetcher& fetcher) const override {
    // A set that lies elsewhere, whole, stays the one.
    const fs::path folder = fetcher.options().data / p_.set.name;
    const fs::path other = find_camvid(p_.set, fetcher.options().data);
    if (!other.empty() && other != folder.lexically_normal()) {
      for (const Verdict& v : verify(fetcher.options().data))
        if (v.state != Verdict::well_formed)
          throw UserError(fmt::format("{}: {}; complete, remove or rename {} to fetch the set",
                                      v.file.string(), v.note.empty() ? to_text(v.state) : v.note,
                                      other.string()));
      return;
    }
    for (std::size_t i = 0; i < camvid_parts().size(); ++i) {
      const std::string& part = camvid_parts()[i];
      const auto check_list = [&](const fs::path& file) {
        read_camvid_list(file, part, p_.set.pairs[i]);
        return std::string();
      };
      const fs::path list = folder / (part + ".txt");
      get(fetcher, part + ".txt", list, check_list);
      for (const CamvidPair& pair : read_camvid_list(list, part, p_.set.pairs[i])) {
        get(fetcher, pair.image, folder / pair.image, [](const fs::path& file) {
          check_camvid_image(file);
          return std::string();
        });
        get(fetcher, pair.labels, folder / pair.labels, [&](const fs::path& file) {
          check_camvid_labels(file, p_.set.classes);
          return std::string();
        });
      }
    }
  }

  // One verdict a list, for it and its pictures.
  std::vector<Verdict> verify(const fs::path& data) const override {
    const fs::path folder = here(data);
    std::vector<Verdict> verdicts;
    for (std::size_t i = 0; i < camvid_parts().size(); ++i) {
      const fs::path list = folder / (camvid_parts()[i] + ".txt");
      verdicts.push_back(verdict(folder, list, i));
    }
    return verdicts;
  }

 private:
  fs::path here(const fs::path& data) const {
    const fs::path found = find_camvid(p_.set, data);
    return found.empty() ? data / p_.set.name : found;
  }

  void get(Fetcher& fetcher, const std::string& name, const fs::path& target, const FileCheck& check) const {
    std::error_code ignored;
    if (!fs::exists(target, ignored))
      fetcher.get({.name = name}, target, p_.mirrors, check);
    else
      check(target);
  }

  Verdict verdict(const fs::path& folder, const fs::path& list, std::size_t part) const {
    std::error_code ignored;
    if (!fs::exists(list, ignored)) return {Verdict::missing, list, ""};
    try {
      for (const CamvidPair& pair : read_camvid_list(list, camvid_parts()[part], p_.set.pairs[part])) {
        for (const std::string& name : {pair.image, pair.labels})
          if (!fs::exists(folder / name, ignored))
            return {Verdict::missing, folder / name, "named in " + list.string()};
        check_camvid_image(folder / pair.image);
        check_camvid_labels(folder / pair.labels, p_.set.classes);
      }
    } catch (const UserError& error) {
      return {Verdict::wrong, list, error.what()};
    }
    return {Verdict::well_formed, list,
            fmt::format("{} pairs of pictures; no checksum is published", p_.set.pairs[part])};
  }

  CamvidPublication p_;
};

}  // namespace

std::unique_ptr<DataSource> camvid_source(CamvidPublication publication) {
  return std::make_unique<CamvidSource>(std::move(publication));
}

}  // namespace symopt::fetch
