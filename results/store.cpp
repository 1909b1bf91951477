// store.cpp — opening, checking and filling a results folder.
#include "results/store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>
#include <unordered_map>

#include "core/data/sha256.hpp"
#include "core/parallel.hpp"
#include "results/seal.hpp"
#include "results/table.hpp"
#include "results/trial_file.hpp"

namespace symopt {

namespace fs = std::filesystem;

namespace {

constexpr const char* kHeading =
    "The effective configuration of this folder. To repeat the run: symopt run config.ini";

// A trial of a million epochs takes a quarter of it.
constexpr std::uint64_t kMostTrialBytes = std::uint64_t{1} << 30;

fs::path trial_path(const fs::path& folder, const std::string& hash) {
  return folder / "trials" / (hash + ".trial");
}

// A finished trial that is not of this plan, told by the field in which it differs from the planned trial
// most like it.
UserError unplanned(const fs::path& file, const TrialSpec& finished, const std::vector<TrialSpec>& planned) {
  std::vector<ConfigurationDifference> least;
  for (const TrialSpec& spec : planned) {
    std::vector<ConfigurationDifference> d = differences(spec.fields(), finished.fields());
    if (least.empty() || d.size() < least.size()) least = std::move(d);
  }
  if (least.empty()) least = {{"trial", "one of the plan", plan_row(finished).text()}};
  return other_configuration(file, least.front());
}

// The option that leaves a finished trial out of a plan, of those that `changed`, told by the fields in which
// it differs from the planned trial most like it.
UserError shrunk(const fs::path& file, const std::vector<ConfigurationDifference>& changed,
                 const TrialSpec& finished, const std::vector<TrialSpec>& planned) {
  std::set<std::string> fields;
  for (const TrialSpec& spec : planned) {
    std::set<std::string> others;
    for (const ConfigurationDifference& d : differences(spec.fields(), finished.fields()))
      others.insert(d.key);
    if (fields.empty() || others.size() < fields.size()) fields = std::move(others);
  }
  std::vector<std::string> keys = {"set", "zip", "budget", "optimizers"};
  if (fields == std::set<std::string>{"trial"}) keys = {"trials"};
  if (fields.contains("optimizer")) keys = {"optimizers"};
  if (fields.contains("network")) keys = {"networks"};
  const std::string why =
      fmt::format("a plan may grow, but not leave out finished trials, as {}", plan_row(finished).text());
  for (const std::string& key : keys)
    for (const ConfigurationDifference& d : changed)
      if (d.key == key) return other_configuration(file, d, why);
  return other_configuration(file, changed.front(), why);
}

struct TrialFile {
  fs::path path;
  std::optional<TrialRecord> record;  // nothing: damaged, or not there
  std::string seal;
  std::string error;  // why it is damaged
};

TrialFile read_trial_file(const fs::path& path) {
  TrialFile file{path, std::nullopt, "", ""};
  // A file that cannot be read now is not a damaged one: that error ends the opening.
  const std::optional<std::string> text = read_file(path, kMostTrialBytes);
  if (!text) return file;
  try {
    TrialRecord record = from_trial_text(*text, path);
    const std::string hash = record.spec.hash();
    if (path.stem() != hash)
      throw UserError("trial file", path.string(), fmt::format("the trial of its name, {}", hash),
                      path.stem().string());
    file.record = std::move(record);
    file.seal = seal_of(*text);
  } catch (const VersionError&) {
    throw;
  } catch (const UserError& error) {
    file.error = error.what();
  }
  return file;
}

// Every trial file of a folder in the order of names.
std::vector<fs::path> trial_paths(const fs::path& folder) {
  std::vector<fs::path> paths = list_folder(folder / "trials");
  std::erase_if(paths, [](const fs::path& path) { return path.extension() != ".trial"; });
  return paths;
}

// Side by side: thousands must open in a moment.
std::vector<TrialFile> read_trial_files(const std::vector<fs::path>& paths) {
  std::vector<TrialFile> files(paths.size());
  parallel_for(paths.size(), [&](std::size_t i) { files[i] = read_trial_file(paths[i]); });
  return files;
}

void write_if_changed(const fs::path& path, const std::string& text) {
  if (read_file(path) != text) write_atomically(path, text);
}

}  // namespace

Store::Store(fs::path folder, const Configuration& configuration, const std::vector<TrialSpec>& planned,
             const std::vector<std::string>& extendable, const std::optional<Shard>& shard)
    : folder_(std::move(folder)),
      checkpoints_(folder_ / "checkpoints", folder_ / "damaged"),
      parameters_(folder_ / "parameters") {
  refuse_foreign(folder_);
  make_folder(folder_);
  lock_ = std::make_unique<FolderLock>(folder_, shard ? FolderLock::Use::shared : FolderLock::Use::alone);

  const fs::path file = folder_ / "config.ini";
  const auto compare = [&] {
    for (const ConfigurationDifference& d : differences(configuration, read_configuration(file))) {
      if (shard || std::count(extendable.begin(), extendable.end(), d.key) == 0)
        throw other_configuration(file, d);
      grown_.push_back(d);
    }
  };
  const bool is_new = !read_file(file);
  if (!is_new) compare();
  const std::vector<PlanRow> plan = plan_rows(planned);
  std::set<std::string> hashes;
  for (const PlanRow& row : plan) hashes.insert(row.hash);
  std::vector<fs::path> files;
  if (shard)
    for (const TrialSpec& spec : part_of(planned, *shard)) files.push_back(trial_path(folder_, spec.hash()));
  else
    files = trial_paths(folder_);
  load(files, hashes, [&](const fs::path& path, const TrialSpec& finished) {
    return grown_.empty() ? unplanned(path, finished, planned) : shrunk(file, grown_, finished, planned);
  });

  const std::string ini = to_ini(configuration, kHeading);
  if (is_new && !write_new(file, ini)) compare();  // another shard was faster
  write_if_changed(file, ini);
  make_folder(folder_ / "trials");
  write_if_changed(folder_ / "plan.csv", table_text(plan));
}

Store::~Store() = default;

// Changes nothing in the folder before it is certain that it is this plan's.
void Store::load(const std::vector<fs::path>& paths, const std::set<std::string>& planned,
                 const Refusal& unplanned) {
  std::vector<TrialFile> files = read_trial_files(paths);
  for (TrialFile& file : files) {
    if (!file.record) continue;
    const std::string hash = file.path.stem();
    if (planned.count(hash) == 0) throw unplanned(file.path, file.record->spec);
    finished_.emplace(hash, Finished{std::move(*file.record), std::move(file.seal)});
  }
  if (lock_->alone()) {  // else they may be another process's, which is still writing them
    remove_temporaries(folder_);
    for (const char* part : {"trials", "checkpoints", "parameters", "figures"})
      remove_temporaries(folder_ / part);
  }
  for (const TrialFile& file : files) {
    if (file.error.empty()) continue;
    const std::optional<fs::path> target = set_aside(file.path, folder_ / "damaged");
    if (target)
      damaged_.push_back(
          fmt::format("{}; set aside as {}, the trial runs again", file.error, target->string()));
  }
  // A kill between a trial's end and the removal of its checkpoint leaves one that nobody needs; that of a
  // trial which is being tried again is needed.
  for (const std::string& hash : checkpoints_.hashes()) {
    const TrialRecord* record = find(hash);
    if (record != nullptr && (record->status == Status::completed || record->status == Status::diverged))
      checkpoints_.remove(hash);
  }
}

const TrialRecord* Store::find(const std::string& hash) const {
  const std::lock_guard guard(mutex_);
  const auto found = finished_.find(hash);
  return found == finished_.end() ? nullptr : &found->second.record;
}

void Store::put(const TrialRecord& record) {
  // A spec out of its options' ranges would make a file that is damaged when it is read: say so now.
  if (TrialSpec::from_fields(record.spec.fields()) != record.spec)
    throw UserError("trial spec", plan_row(record.spec).text(), "one that reads back the same", "another");
  const std::string hash = record.spec.hash(), text = to_trial_text(record);
  write_atomically(trial_path(folder_, hash), text);
  checkpoints_.remove(hash);
  const std::lock_guard guard(mutex_);
  finished_.insert_or_assign(hash, Finished{record, std::string(seal_of(text))});
}

std::vector<TrialRecord> Store::records(const std::vector<TrialSpec>& planned) const {
  std::vector<TrialRecord> list;
  for (const TrialSpec& spec : planned)
    if (const TrialRecord* record = find(spec)) list.push_back(*record);
  return list;
}

std::string Store::fingerprint() const {
  const std::lock_guard guard(mutex_);
  std::string text;
  for (const auto& [hash, finished] : finished_) text += hash + " " + finished.seal + "\n";
  return sha256(text);
}

std::vector<TrialRecord> read_records(const fs::path& folder, bool lost_configuration) {
  const bool lost = !read_file(folder / "config.ini");
  if (lost && !(lost_configuration && has_trials(folder)))
    throw UserError("results folder", folder.string(), "a folder with a config.ini",
                    has_trials(folder) ? lost_advice(folder) : "none");
  // Listed before the plan is read: a run that comes in between and adds to both adds to the plan first.
  const std::vector<fs::path> paths = trial_paths(folder);
  std::unordered_map<std::string, std::size_t> place;  // in the plan, by hash
  std::error_code error;
  const bool planned = fs::exists(folder / "plan.csv", error);
  if (planned)
    for (const PlanRow& row : read_plan(folder)) place.emplace(row.hash, place.size());
  std::vector<std::pair<std::size_t, TrialRecord>> placed;
  for (TrialFile& file : read_trial_files(paths)) {
    if (!file.error.empty())
      throw UserError(fmt::format("{}; run the experiment again to set it aside and repeat it", file.error));
    if (!file.record) continue;
    const auto found = place.find(file.path.stem());
    if (planned && found == place.end())
      throw UserError("results folder", file.path.string(), "a trial of plan.csv",
                      plan_row(file.record->spec).text());
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
