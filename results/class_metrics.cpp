// class_metrics.cpp — matrices as rows, and back.
#include "results/class_metrics.hpp"

#include <cassert>

namespace symopt {

void keep_confusion(const std::string& set, const Confusion& confusion, std::vector<ConfusionCount>& rows) {
  for (Index label = 0; label < confusion.classes(); ++label)
    for (Index predicted = 0; predicted < confusion.classes(); ++predicted)
      rows.push_back(
          {set, static_cast<int>(label), static_cast<int>(predicted), confusion.count(label, predicted)});
}

std::vector<std::pair<std::string, Confusion>> confusions(const TrialRecord& record) {
  constexpr int kMost = 256;  // a label is a byte
  const auto valid = [](const ConfusionCount& c) {
    return c.label >= 0 && c.label < kMost && c.predicted >= 0 && c.predicted < kMost;
  };
  int classes = 0;
  for (const ConfusionCount& c : record.confusion)
    if (valid(c)) classes = std::max({classes, c.label + 1, c.predicted + 1});
  std::vector<std::pair<std::string, Confusion>> all;
  for (const ConfusionCount& c : record.confusion) {
    if (!valid(c)) continue;
    if (all.empty() || all.back().first != c.set) all.emplace_back(c.set, Confusion(classes));
    all.back().second.add(c.label, c.predicted, c.rows);
  }
  return all;
}

std::string error_words(const std::string& metric) {
  return metric == "iou"           ? "1 − mean IoU of the classes"
         : metric == "class-error" ? "1 − mean accuracy of the classes"
                                   : "";
}

double error_of(const Confusion& confusion, const std::string& metric) {
  if (metric == "class-error") return 1 - confusion.class_accuracy();
  if (metric == "iou") return 1 - confusion.mean_iou();
  assert(metric == "error");
  return 1 - confusion.accuracy();
}

}  // namespace symopt
