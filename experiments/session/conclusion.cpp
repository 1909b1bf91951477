// conclusion.cpp — .concluded: what the tables were made from, and the files that stood there afterwards.
#include "experiments/session/conclusion.hpp"

#include <algorithm>
#include <optional>

#include "core/data/sha256.hpp"
#include "core/text.hpp"
#include "results/predictions.hpp"
#include "results/text.hpp"

namespace symopt {

namespace fs = std::filesystem;

namespace {

constexpr const char* kName = ".concluded";
constexpr std::size_t kDigits = 64;  // of a SHA-256

// Another build may make other tables, also where it is of the same commit.
std::string program() {
  std::error_code ignored;
  const fs::path file = "/proc/self/exe";
  return fmt::format("{} {}", fs::file_size(file, ignored),
                     fs::last_write_time(file, ignored).time_since_epoch().count());
}

// What a conclusion does not write: what there was before, and what came from elsewhere.
bool is_given(const std::string& name) {
  return name.starts_with('.') || name.starts_with("environment") || name == "config.ini" ||
         name == "plan.csv";
}

// "sha256 name" of every file that a conclusion writes: of the folder, of its figures, predictions and the
// parameters' index.
std::string files_of(const fs::path& folder) {
  std::string text;
  for (const fs::path& part :
       {folder, folder / "figures", folder / "parameters", folder / kPredictionsFolder})
    for (const fs::path& file : list_folder(part)) {
      if (file.extension() == ".npy" || is_hidden(file)) continue;  // arrays: as many as there are trials
      std::error_code error;
      const std::string name = file.lexically_relative(folder).string();
      if (fs::is_regular_file(file, error) && !is_given(name))
        text += fmt::format("{} {}\n", sha256(read_file(file).value_or("")), escaped(name));
    }
  return text;
}

// What record_conclusion() wrote.
struct Recorded {
  std::string conclusion;
  bool figures = false;
  std::vector<std::pair<std::string, std::string>> files;  // name, SHA-256
};

std::optional<Recorded> recorded(const fs::path& folder) {
  const auto text = read_file(folder / kName);
  if (!text) return std::nullopt;
  const std::vector<std::string> lines = split(*text, '\n');
  Recorded record;
  record.conclusion = lines[0].substr(0, lines[0].find(' '));
  record.figures = lines[0].ends_with("true");
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const std::size_t space = lines[i].find(' ');
    if (space == std::string::npos) continue;
    if (space != kDigits) return std::nullopt;  // of an earlier version, which wrote sizes
    if (const auto name = unescaped(lines[i].substr(space + 1)))
      record.files.emplace_back(*name, lines[i].substr(0, space));
  }
  return record;
}

std::vector<std::string> altered_of(const Recorded& record, const fs::path& folder, bool figures) {
  std::vector<std::string> names;
  for (const auto& [name, digest] : record.files) {
    if (!figures && name.starts_with("figures/")) continue;
    const auto text = read_file(folder / name);
    if (!text || sha256(*text) != digest) names.push_back(name);
  }
  return names;
}

}  // namespace

std::string conclusion_of(const Session& session, const Store& store) {
  return sha256(store.fingerprint() + to_ini(session.request.configuration(), "") + program());
}

ConclusionState state_of(const fs::path& folder, const std::string& conclusion, bool figures) {
  ConclusionState state;
  const std::optional<Recorded> record = recorded(folder);
  if (!record || record->conclusion != conclusion || (figures && !record->figures)) return state;
  state.altered = altered_of(*record, folder, figures);
  state.holds = state.altered.empty();
  return state;
}

std::vector<std::string> altered_files(const fs::path& folder) {
  const std::optional<Recorded> record = recorded(folder);
  return record ? altered_of(*record, folder, true) : std::vector<std::string>();
}

std::string some_of(const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 5;
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kShown); ++i) text += (i > 0 ? ", " : "") + names[i];
  if (names.size() > kShown) text += fmt::format(" and {} more", names.size() - kShown);
  return text;
}

void record_conclusion(const fs::path& folder, const std::string& conclusion, bool figures) {
  write_atomically(folder / kName, fmt::format("{} {}\n{}", conclusion, figures, files_of(folder)));
}

}  // namespace symopt
