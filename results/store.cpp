// store.cpp — opening, checking and filling a results folder.
#include "results/store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>
#include <unordered_map>

#include "results/csv.hpp"
#include "results/files.hpp"
#include "results/parallel.hpp"
#include "results/text.hpp"

namespace symopt {

namespace fs = std::filesystem;

namespace {

constexpr const char* kHeading =
    "The effective configuration of this folder. To repeat the run: symopt run config.ini";
constexpr const char* kPlanHeader = "dataset,network,optimizer,settings,seed,trial,hash";
constexpr const char* kAdvice = "use --out or --fresh";

fs::path trial_path(const fs::path& folder, const std::string& hash) {
  return folder / "trials" / (hash + ".trial");
}

std::string label(const TrialSpec& s) {
  return fmt::format("{} {} {} seed {} trial {}", s.dataset, s.network, s.optimizer_label(), s.seed, s.trial);
}

// Ours, or still nobody's: what a process killed before it wrote config.ini leaves is a lock and temporary
// files.
void refuse_foreign(const fs::path& folder) {
  std::error_code error;
  const fs::file_status status = fs::status(folder, error);
  if (!fs::exists(status)) return;
  if (!fs::is_directory(status))
    throw UserError("output folder", folder.string(), "a folder", "a file; use --out");
  const std::vector<fs::path> files = list_folder(folder);
  if (std::count(files.begin(), files.end(), folder / "config.ini") > 0) return;
  for (const fs::path& file : files)
    if (file.filename() != FolderLock::kName && !is_temporary(file))
      throw UserError("output folder", folder.string(), "an empty folder or one with a config.ini",
                      fmt::format("'{}'; {}", escaped(file.filename().string()), kAdvice));
}

struct Difference {
  std::string key, expected, found;
};

std::string values_of(const Configuration& configuration, const std::string& key) {
  std::string values;
  for (const auto& [name, value] : configuration)
    if (name == key) values += (values.empty() ? "'" : ", '") + escaped(value) + "'";
  return values.empty() ? "nothing" : values;
}

// The keys whose values differ: first those of `expected` in its order, then those that only `found` has.
std::vector<Difference> differences(const Configuration& expected, const Configuration& found) {
  std::vector<Difference> list;
  std::set<std::string> seen;
  for (const Configuration* configuration : {&expected, &found})
    for (const auto& [key, ignored] : *configuration) {
      if (!seen.insert(key).second) continue;
      Difference d{key, values_of(expected, key), values_of(found, key)};
      if (d.expected != d.found) list.push_back(std::move(d));
    }
  return list;
}

UserError other_configuration(const fs::path& file, const Difference& d) {
  return UserError(fmt::format("output folder: {}: key {}: expected {}, found {}; {}", file.string(), d.key,
                               d.expected, d.found, kAdvice));
}

// A finished trial that is not of this plan, told by the field in which it differs from the planned trial
// most like it.
UserError unplanned(const fs::path& file, const TrialSpec& finished, const std::vector<TrialSpec>& planned) {
  std::vector<Difference> least;
  for (const TrialSpec& spec : planned) {
    std::vector<Difference> d = differences(spec.fields(), finished.fields());
    if (least.empty() || d.size() < least.size()) least = std::move(d);
  }
  if (least.empty()) least = {{"trial", "one of the plan", label(finished)}};
  return other_configuration(file, least.front());
}

struct TrialFile {
  fs::path path;
  std::optional<TrialRecord> record;  // nothing: damaged, or gone since the folder was listed
  std::string error;                  // why it is damaged
};

TrialFile read_trial_file(const fs::path& path) {
  TrialFile file{path, std::nullopt, ""};
  // A file that cannot be read now is not a damaged one: that error ends the opening.
  const std::optional<std::string> text = read_file(path);
  if (!text) return file;
  try {
    TrialRecord record = from_trial_text(*text, path);
    const std::string hash = record.spec.hash();
    if (path.stem() != hash)
      throw UserError("trial file", path.string(), fmt::format("the trial of its name, {}", hash),
                      path.stem().string());
    file.record = std::move(record);
  } catch (const VersionError&) {
    throw;
  } catch (const UserError& error) {
    file.error = error.what();
  }
  return file;
}

// Every trial file of a folder in the order of names, read side by side: thousands must open in a moment.
std::vector<TrialFile> read_trial_files(const fs::path& folder) {
  std::vector<fs::path> paths = list_folder(folder / "trials");
  std::erase_if(paths, [](const fs::path& path) { return path.extension() != ".trial"; });
  std::vector<TrialFile> files(paths.size());
  parallel_for(paths.size(), [&](std::size_t i) { files[i] = read_trial_file(paths[i]); });
  return files;
}

// The first free name: what was set aside before stays.
fs::path set_aside(const fs::path& file, const fs::path& damaged) {
  make_folder(damaged);
  fs::path target = damaged / file.filename();
  for (int i = 2; fs::exists(fs::symlink_status(target)); ++i)
    target = damaged / fmt::format("{}.{}", file.filename().string(), i);
  std::error_code error;
  fs::rename(file, target, error);
  if (error)
    throw UserError(fmt::format("cannot move {} to {}: {}", file.string(), target.string(), error.message()));
  return target;
}

void write_if_changed(const fs::path& path, const std::string& text) {
  if (read_file(path) != text) write_atomically(path, text);
}

}  // namespace

void write_atomically(const fs::path& path, const std::string& text) {
  AtomicFile file(path);
  file.write(text);
  file.commit();
}

Store::Store(fs::path folder, const Configuration& configuration, const std::vector<TrialSpec>& planned,
             const std::vector<std::string>& extendable)
    : folder_(std::move(folder)) {
  refuse_foreign(folder_);
  make_folder(folder_);
  lock_ = std::make_unique<FolderLock>(folder_);
  remove_temporaries(folder_);

  const fs::path file = folder_ / "config.ini";
  std::string refusal;  // given if the change turns out to be more than an extension
  if (read_file(file)) {
    const Configuration found = read_configuration(file);
    for (const Difference& d : differences(configuration, found)) {
      const UserError error = other_configuration(file, d);
      if (std::count(extendable.begin(), extendable.end(), d.key) == 0) throw error;
      if (refusal.empty()) refusal = error.what();
    }
  }
  load(planned, refusal);

  write_if_changed(file, to_ini(configuration, kHeading));
  make_folder(folder_ / "trials");
  std::string plan = fmt::format("{}\n", kPlanHeader);
  for (const TrialSpec& s : planned)
    plan += csv_fields({s.dataset, s.network, s.optimizer, s.settings, fmt::format("{}", s.seed),
                        fmt::format("{}", s.trial), s.hash()}) +
            "\n";
  write_if_changed(folder_ / "plan.csv", plan);
}

Store::~Store() = default;

// Changes nothing in the folder before it is certain that it is this plan's.
void Store::load(const std::vector<TrialSpec>& planned, const std::string& refusal) {
  std::set<std::string> hashes;
  for (const TrialSpec& spec : planned) hashes.insert(spec.hash());
  std::vector<TrialFile> files = read_trial_files(folder_);
  for (TrialFile& file : files) {
    if (!file.record) continue;
    const std::string hash = file.path.stem();
    if (hashes.count(hash) == 0)
      throw refusal.empty() ? unplanned(file.path, file.record->spec, planned) : UserError(refusal);
    finished_.emplace(hash, std::move(*file.record));
  }
  remove_temporaries(folder_ / "trials");
  for (const TrialFile& file : files)
    if (!file.error.empty())
      damaged_.push_back(fmt::format("{}; set aside as {}, the trial runs again", file.error,
                                     set_aside(file.path, folder_ / "damaged").string()));
}

const TrialRecord* Store::find(const TrialSpec& spec) const {
  const std::string hash = spec.hash();
  const std::lock_guard guard(mutex_);
  const auto found = finished_.find(hash);
  return found == finished_.end() ? nullptr : &found->second;
}

void Store::put(const TrialRecord& record) {
  // A spec out of its options' ranges would make a file that is damaged when it is read: say so now.
  if (TrialSpec::from_fields(record.spec.fields()) != record.spec)
    throw UserError("trial spec", label(record.spec), "one that reads back the same", "another");
  const std::string hash = record.spec.hash();
  write_atomically(trial_path(folder_, hash), to_trial_text(record));
  const std::lock_guard guard(mutex_);
  finished_.insert_or_assign(hash, record);
}

std::vector<TrialRecord> Store::records(const std::vector<TrialSpec>& planned) const {
  std::vector<TrialRecord> list;
  for (const TrialSpec& spec : planned)
    if (const TrialRecord* record = find(spec)) list.push_back(*record);
  return list;
}

std::vector<TrialRecord> read_records(const fs::path& folder) {
  if (!read_file(folder / "config.ini"))
    throw UserError("results folder", folder.string(), "a folder with a config.ini", "none");
  std::unordered_map<std::string, std::size_t> place;  // in the plan, by hash
  if (read_file(folder / "plan.csv")) {
    const CsvTable plan = read_csv(folder / "plan.csv");
    const std::size_t hash = plan.column("hash");
    for (const auto& row : plan.rows) place.emplace(row[hash], place.size());
  }
  std::vector<std::pair<std::size_t, TrialRecord>> placed;
  for (TrialFile& file : read_trial_files(folder)) {
    if (!file.error.empty())
      throw UserError(fmt::format("{}; run the experiment again to set it aside and repeat it", file.error));
    if (!file.record) continue;
    const auto found = place.find(file.path.stem());
    placed.emplace_back(found == place.end() ? place.size() : found->second, std::move(*file.record));
  }
  std::stable_sort(placed.begin(), placed.end(), [](const auto& a, const auto& b) {
    const auto key = [](const auto& p) {
      const TrialSpec& s = p.second.spec;
      return std::tie(p.first, s.dataset, s.network, s.optimizer, s.settings, s.seed, s.trial);
    };
    return key(a) < key(b);
  });
  std::vector<TrialRecord> records;
  records.reserve(placed.size());
  for (auto& [ignored, record] : placed) records.push_back(std::move(record));
  return records;
}

fs::path fresh_folder(const fs::path& folder) {
  fs::path base = folder.lexically_normal();
  if (!base.has_filename()) base = base.parent_path();
  fs::path candidate = base;
  for (int i = 2; fs::exists(fs::symlink_status(candidate)); ++i)
    candidate = base.string() + fmt::format("-{}", i);
  return candidate;
}

}  // namespace symopt
