// view.cpp — the CSVs of a results folder, joined by their keys.
#include "plots/view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "core/error.hpp"
#include "plots/styles.hpp"
#include "results/csv.hpp"
#include "results/text.hpp"
#include "results/trial.hpp"

namespace symopt {

int OptimizerView::completed() const {
  int count = 0;
  for (const TrialView& trial : trials) count += trial.completed();
  return count;
}

double OptimizerView::validation_error() const {
  double sum = 0;
  for (const TrialView& trial : trials)
    if (trial.completed()) sum += trial.best_validation_error;
  return sum / completed();
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
  KeyedTable(const std::filesystem::path& path, std::initializer_list<const char*> key) : rows_(path) {
    for (const char* const name : key) key_.push_back(rows_.column(name));
  }
  bool next() { return rows_.next(); }
  std::size_t column(const char* name) const { return rows_.column(name); }
  /// Is the row's key that of the row before? A trial's rows stand together.
  bool same_key() const {
    for (std::size_t i = 0; i < last_.size(); ++i)
      if (rows_.row()[key_[i]] != last_[i]) return false;
    return !last_.empty();
  }
  const Key& key() {
    last_.resize(key_.size());
    for (std::size_t i = 0; i < key_.size(); ++i) last_[i] = rows_.row()[key_[i]];
    return last_;
  }
  const std::string& text(std::size_t column) const { return rows_.row()[column]; }
  double number(std::size_t column) const { return rows_.number(column); }
  int integer(std::size_t column) const {
    const double value = number(column);
    if (!(value >= 0 && value <= 1e9 && value == static_cast<int>(value)))
      throw malformed(column, "an integer ≥ 0");
    return static_cast<int>(value);
  }
  double rate(std::size_t column) const {
    const double value = number(column);
    if (!(value > 0)) throw malformed(column, "a learning rate > 0");
    return value;
  }
  UserError malformed(std::size_t column, const char* expected) const {
    return UserError(rows_.file().string(),
                     fmt::format("line {}, column {}", rows_.line(), rows_.header()[column]), expected,
                     fmt::format("'{}'", escaped(text(column))));
  }

 private:
  CsvRows rows_;
  std::vector<std::size_t> key_;
  Key last_;
};

struct TrialIndex {
  std::size_t network, optimizer, trial;
};

class Reader {
 public:
  Reader(std::filesystem::path folder, int most) : folder_(std::move(folder)), most_(most) {}

  std::vector<NetworkView> read() {
    read_trials();
    choose();
    read_epochs();
    read_search();
    read_summary();
    if (std::filesystem::exists(folder_ / "timings.csv")) read_timings();
    drop();
    return std::move(networks_);
  }

 private:
  KeyedTable table(const char* file) const {
    return {folder_ / file, {"dataset", "network", "optimizer", "settings", "seed", "trial"}};
  }

  // Of the table's row; null where the optimizer is left out.
  TrialView* trial_of(KeyedTable& table) {
    if (!table.same_key()) {
      const auto found = trials_.find(table.key());
      if (found == trials_.end()) throw table.malformed(table.column("trial"), "a trial that trials.csv has");
      const auto& [network, optimizer, trial] = found->second;
      OptimizerView& view = networks_[network].optimizers[optimizer];
      current_ = view.style == 0 ? nullptr : &view.trials[trial];
    }
    return current_;
  }

  void read_trials() {
    KeyedTable table = this->table("trials.csv");
    const std::size_t trial = table.column("trial"), status = table.column("status"),
                      test = table.column("test_error"), best = table.column("best_validation_error");
    std::map<Key, std::size_t> networks;
    while (table.next()) {
      const Key key = table.key();
      const auto [network, new_network] = networks.try_emplace({key[0], key[1]}, networks_.size());
      if (new_network) networks_.push_back({key[0], key[1], {}});
      std::vector<OptimizerView>& optimizers = networks_[network->second].optimizers;

      const auto [group, new_group] =
          groups_.try_emplace({key.begin(), key.begin() + 4}, network->second, optimizers.size());
      if (new_group) {
        const double nan = std::numeric_limits<double>::quiet_NaN();
        optimizers.push_back({optimizer_label(key[2], key[3]), 0, {}, nan, nan, nan, ""});
      }
      std::vector<TrialView>& trials = optimizers[group->second.second].trials;
      const TrialIndex index{network->second, group->second.second, trials.size()};
      if (!trials_.try_emplace(key, index).second) throw table.malformed(trial, "each trial once");
      trials.push_back(
          {key[4], table.integer(trial), table.text(status), table.number(test), table.number(best), {}, {}});
    }
    if (networks_.empty())
      throw UserError("results folder", (folder_ / "trials.csv").string(), "trials", "none");
  }

  // Gives those that are shown their style; the same label has the same one everywhere.
  void choose() {
    std::vector<OptimizerView*> shown;
    std::set<std::string> names;
    for (NetworkView& network : networks_) {
      std::vector<OptimizerView*> order;
      for (OptimizerView& optimizer : network.optimizers) order.push_back(&optimizer);
      if (static_cast<int>(order.size()) > most_) {
        std::map<const OptimizerView*, std::pair<int, double>> rank;
        for (const OptimizerView* o : order) {
          const double error = o->validation_error();
          rank[o] = {-o->completed(), error == error ? error : std::numeric_limits<double>::infinity()};
        }
        std::stable_sort(order.begin(), order.end(),
                         [&](const OptimizerView* a, const OptimizerView* b) { return rank[a] < rank[b]; });
        network.left_out = static_cast<int>(order.size()) - most_;
        order.resize(static_cast<std::size_t>(most_));
        std::sort(order.begin(), order.end());  // the results' order again
      }
      for (OptimizerView* o : order) shown.push_back(o), names.insert(o->label);
    }
    Styles styles(names);
    for (OptimizerView* o : shown) o->style = styles.of(o->label);
  }

  void drop() {
    for (NetworkView& network : networks_)
      std::erase_if(network.optimizers, [](const OptimizerView& o) { return o.style == 0; });
  }

  void read_epochs() {
    KeyedTable table = this->table("epochs.csv");
    const std::size_t epoch = table.column("epoch"), steps = table.column("steps"),
                      rate = table.column("learning_rate"), cost = table.column("cost"),
                      train = table.column("train_error"), validation = table.column("validation_error"),
                      test = table.column("test_error");
    while (table.next())
      if (TrialView* const trial = trial_of(table))
        trial->curve.push_back({table.integer(epoch), table.number(steps), table.number(rate),
                                table.number(cost), table.number(train), table.number(validation),
                                table.number(test)});
  }

  void read_search() {
    KeyedTable table = this->table("search.csv");
    const std::size_t chosen = table.column("chosen"), rate = table.column("learning_rate"),
                      error = table.column("validation_error"), status = table.column("status");
    while (table.next()) {
      TrialView* const trial = trial_of(table);
      if (table.text(chosen) != "0" && table.text(chosen) != "1") throw table.malformed(chosen, "0 or 1");
      if (trial != nullptr)
        trial->search.push_back({table.rate(rate), table.number(error), table.text(status) != "completed",
                                 table.text(chosen) == "1"});
    }
  }

  void read_summary() {
    KeyedTable table(folder_ / "summary.csv", {"dataset", "network", "optimizer", "settings"});
    const std::size_t metric = table.column("metric"), mean = table.column("mean"),
                      interval = table.column("interval"), low = table.column("ci_low"),
                      high = table.column("ci_high");
    while (table.next()) {
      if (table.text(metric) != "test_error") continue;
      const auto group = groups_.find(table.key());
      if (group == groups_.end())
        throw table.malformed(table.column("optimizer"), "an optimizer that trials.csv has");
      OptimizerView& optimizer = networks_[group->second.first].optimizers[group->second.second];
      optimizer.mean = table.number(mean);
      optimizer.interval = table.text(interval);
      optimizer.ci_low = table.number(low), optimizer.ci_high = table.number(high);
    }
  }

  // In rising epochs, as the curve is.
  void read_timings() {
    KeyedTable table = this->table("timings.csv");
    const std::size_t epoch = table.column("epoch"), seconds = table.column("train_seconds");
    const TrialView* last = nullptr;
    double elapsed = 0;
    std::size_t next = 0;
    while (table.next()) {
      TrialView* const trial = trial_of(table);
      const int number = table.integer(epoch);
      const double more = table.number(seconds);
      if (trial == nullptr || number == 0) continue;  // 0: the search
      if (trial != last) last = trial, elapsed = 0, next = 0;
      elapsed += more;
      while (next < trial->curve.size() && trial->curve[next].epoch < number) ++next;
      if (next < trial->curve.size() && trial->curve[next].epoch == number)
        trial->curve[next].seconds = elapsed;
    }
  }

  std::filesystem::path folder_;
  int most_;
  std::vector<NetworkView> networks_;
  std::map<Key, std::pair<std::size_t, std::size_t>> groups_;  // network, optimizer
  std::map<Key, TrialIndex> trials_;
  TrialView* current_ = nullptr;
};

}  // namespace

std::vector<NetworkView> read_results(const std::filesystem::path& folder, int most) {
  return Reader(folder, most).read();
}

}  // namespace symopt
