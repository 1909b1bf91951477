// view.cpp — the CSVs of a results folder, joined by their keys.
#include "plots/view.hpp"

#include <fmt/format.h>

#include <map>
#include <utility>

#include "core/error.hpp"
#include "results/csv.hpp"

namespace symopt {

int OptimizerView::completed() const {
  int count = 0;
  for (const TrialView& trial : trials) count += trial.completed();
  return count;
}

std::string OptimizerView::counts(bool reasons) const {
  std::string text = fmt::format("{}/{}", completed(), trials.size());
  if (!reasons) return text;
  for (const char* const status : {"diverged", "failed", "timed-out"}) {
    int count = 0;
    for (const TrialView& trial : trials) count += trial.status == status;
    if (count) text += fmt::format(", {} {}", count, status);
  }
  return text;
}

int NetworkView::trials() const {
  std::size_t most = 0;
  for (const OptimizerView& optimizer : optimizers) most = std::max(most, optimizer.trials.size());
  return static_cast<int>(most);
}

namespace {

using Key = std::vector<std::string>;

// A table with its key columns, read row by row.
class KeyedTable {
 public:
  KeyedTable(const std::filesystem::path& path, std::initializer_list<const char*> key)
      : table_(read_csv(path)) {
    for (const char* const name : key) key_.push_back(table_.column(name));
  }
  bool next() { return ++row_ < static_cast<std::ptrdiff_t>(table_.rows.size()); }
  Key key() const {
    Key key;
    for (const std::size_t column : key_) key.push_back(table_.rows[at()][column]);
    return key;
  }
  const std::string& text(const char* name) const { return table_.rows[at()][table_.column(name)]; }
  double number(const char* name) const { return table_.number(at(), table_.column(name)); }
  int integer(const char* name) const {
    const double value = number(name);
    if (!(value >= 0 && value <= 1e9 && value == static_cast<int>(value)))
      throw malformed(name, "an integer ≥ 0");
    return static_cast<int>(value);
  }
  double rate(const char* name) const {
    const double value = number(name);
    if (!(value > 0)) throw malformed(name, "a learning rate > 0");
    return value;
  }
  UserError malformed(const char* name, const char* expected) const {
    return UserError(table_.file.string(), fmt::format("line {}, column {}", table_.lines[at()], name),
                     expected, fmt::format("'{}'", text(name)));
  }

 private:
  std::size_t at() const { return static_cast<std::size_t>(row_); }
  CsvTable table_;
  std::vector<std::size_t> key_;
  std::ptrdiff_t row_ = -1;
};

struct TrialIndex {
  std::size_t network, optimizer, trial;
};

class Reader {
 public:
  explicit Reader(std::filesystem::path folder) : folder_(std::move(folder)) {}

  std::vector<NetworkView> read() {
    read_trials();
    read_epochs();
    read_search();
    read_summary();
    if (std::filesystem::exists(folder_ / "timings.csv")) read_timings();
    return std::move(networks_);
  }

 private:
  KeyedTable table(const char* file) const {
    return {folder_ / file, {"dataset", "network", "optimizer", "settings", "seed", "trial"}};
  }

  TrialView& trial_of(const KeyedTable& table) {
    const auto found = trials_.find(table.key());
    if (found == trials_.end()) throw table.malformed("trial", "a trial that trials.csv has");
    return networks_[found->second.network].optimizers[found->second.optimizer].trials[found->second.trial];
  }

  void read_trials() {
    KeyedTable table = this->table("trials.csv");
    std::map<Key, std::size_t> networks;
    std::map<std::string, int> styles;
    while (table.next()) {
      const Key key = table.key();
      const auto [network, new_network] = networks.try_emplace({key[0], key[1]}, networks_.size());
      if (new_network) networks_.push_back({key[0], key[1], {}});
      std::vector<OptimizerView>& optimizers = networks_[network->second].optimizers;

      const auto [group, new_group] =
          groups_.try_emplace({key.begin(), key.begin() + 4}, network->second, optimizers.size());
      if (new_group) {
        const std::string label = key[3].empty() ? key[2] : fmt::format("{}({})", key[2], key[3]);
        const int style = styles.try_emplace(label, static_cast<int>(styles.size()) + 1).first->second;
        const double nan = std::numeric_limits<double>::quiet_NaN();
        optimizers.push_back({label, style, {}, nan, nan, nan});
      }
      std::vector<TrialView>& trials = optimizers[group->second.second].trials;
      TrialView trial{key[4], table.integer("trial"), table.text("status"), table.number("test_error"), {},
                      {}};
      if (!trials_.try_emplace(key, TrialIndex{network->second, group->second.second, trials.size()}).second)
        throw table.malformed("trial", "each trial once");
      trials.push_back(std::move(trial));
    }
    if (networks_.empty())
      throw UserError("results folder", (folder_ / "trials.csv").string(), "trials", "none");
  }

  void read_epochs() {
    KeyedTable table = this->table("epochs.csv");
    while (table.next())
      trial_of(table).curve.push_back({table.integer("epoch"), table.number("learning_rate"),
                                       table.number("cost"), table.number("test_error")});
  }

  void read_search() {
    KeyedTable table = this->table("search.csv");
    while (table.next()) {
      const std::string& chosen = table.text("chosen");
      if (chosen != "0" && chosen != "1" && chosen != "true" && chosen != "false")
        throw table.malformed("chosen", "0 or 1");
      trial_of(table).search.push_back({table.rate("learning_rate"), table.number("validation_error"),
                                        table.text("status") != "completed",
                                        chosen == "1" || chosen == "true"});
    }
  }

  void read_summary() {
    KeyedTable table(folder_ / "summary.csv", {"dataset", "network", "optimizer", "settings"});
    while (table.next()) {
      if (table.text("metric") != "test_error") continue;
      const auto group = groups_.find(table.key());
      if (group == groups_.end()) throw table.malformed("optimizer", "an optimizer that trials.csv has");
      OptimizerView& optimizer = networks_[group->second.first].optimizers[group->second.second];
      optimizer.mean = table.number("mean");
      optimizer.ci_low = table.number("ci_low"), optimizer.ci_high = table.number("ci_high");
    }
  }

  void read_timings() {
    KeyedTable table = this->table("timings.csv");
    std::map<Key, double> elapsed;
    while (table.next()) {
      const int epoch = table.integer("epoch");
      const double seconds = table.number("train_seconds");
      TrialView& trial = trial_of(table);
      if (epoch == 0) continue;  // the search
      double& sum = elapsed[table.key()];
      sum += seconds;
      for (EpochView& point : trial.curve)
        if (point.epoch == epoch) point.seconds = sum;
    }
  }

  std::filesystem::path folder_;
  std::vector<NetworkView> networks_;
  std::map<Key, std::pair<std::size_t, std::size_t>> groups_;  // network, optimizer
  std::map<Key, TrialIndex> trials_;
};

}  // namespace

std::vector<NetworkView> read_results(const std::filesystem::path& folder) { return Reader(folder).read(); }

}  // namespace symopt
