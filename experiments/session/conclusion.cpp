// conclusion.cpp — .concluded: what the tables were made from, and the files that stood there afterwards.
#include "experiments/session/conclusion.hpp"

#include "core/data/sha256.hpp"
#include "results/predictions.hpp"
#include "results/text.hpp"

namespace symopt {

namespace fs = std::filesystem;

namespace {

constexpr const char* kName = ".concluded";

// Another build may make other tables, also where it is of the same commit.
std::string program() {
  std::error_code ignored;
  const fs::path file = "/proc/self/exe";
  return fmt::format("{} {}", fs::file_size(file, ignored),
                     fs::last_write_time(file, ignored).time_since_epoch().count());
}

// "size name" of every file of the folder, of its figures, predictions and the parameters' index that is not
// hidden.
std::string files_of(const fs::path& folder) {
  std::string text;
  for (const fs::path& part :
       {folder, folder / "figures", folder / "parameters", folder / kPredictionsFolder})
    for (const fs::path& file : list_folder(part)) {
      if (file.extension() == ".npy") continue;  // as many as there are trials
      std::error_code error;
      const auto size = fs::is_regular_file(file, error) ? fs::file_size(file, error) : 0;
      const std::string name = file.lexically_relative(folder).string();
      if (!error && size > 0 && !name.starts_with('.')) text += fmt::format("{} {}\n", size, escaped(name));
    }
  return text;
}

}  // namespace

std::string conclusion_of(const Session& session, const Store& store) {
  return sha256(store.fingerprint() + to_ini(session.request.configuration(), "") + program());
}

bool is_concluded(const fs::path& folder, const std::string& conclusion, bool figures) {
  const std::string files = files_of(folder);
  for (const bool drawn : {true, false})
    if (drawn || !figures)
      if (read_file(folder / kName) == fmt::format("{} {}\n{}", conclusion, drawn, files)) return true;
  return false;
}

void record_conclusion(const fs::path& folder, const std::string& conclusion, bool figures) {
  write_atomically(folder / kName, fmt::format("{} {}\n{}", conclusion, figures, files_of(folder)));
}

}  // namespace symopt
