// overlap.cpp — lines that lie on each other: dashed over each other, so that each is seen, and named.
#include "plots/figures/overlap.hpp"

#include <algorithm>
#include <cmath>

#include "core/text.hpp"

namespace symopt {

namespace {

constexpr double kHalfPixel = 0.0015;  // of a panel of some 330 pixels

bool coincide(const std::vector<Point>& a, const std::vector<Point>& b) {
  return a.size() >= 2 &&
         std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Point& p, const Point& q) {
           return p.x == q.x && std::abs(p.y - q.y) <= kHalfPixel;
         });
}

}  // namespace

Overlap overlap_of(const std::vector<std::vector<Point>>& lines) {
  Overlap groups;
  for (int i = 0; i < static_cast<int>(lines.size()); ++i) {
    const auto group = std::find_if(groups.begin(), groups.end(),
                                    [&](const auto& g) { return coincide(lines[g.front()], lines[i]); });
    if (group == groups.end())
      groups.push_back({i});
    else
      group->push_back(i);
  }
  std::erase_if(groups, [](const auto& group) { return group.size() < 2; });
  return groups;
}

std::vector<int> cover_of(const Overlap& overlap, int n) {
  std::vector<int> cover(static_cast<std::size_t>(n), 0);
  for (const auto& group : overlap)
    for (std::size_t m = 0; m < group.size(); ++m)
      cover[group[m]] = std::max(1, static_cast<int>(kPeriod * (group.size() - m) / group.size()));
  return cover;
}

std::string overlap_text(const Overlap& overlap, const std::vector<std::string>& names) {
  std::string text;
  for (const auto& group : overlap) {
    if (!text.empty()) text += "; ";
    for (std::size_t m = 0; m < group.size(); ++m)
      text += (m == 0 ? "" : m + 1 == group.size() ? " and " : ", ") + shorten(names[group[m]], 28);
  }
  return text;
}

}  // namespace symopt
