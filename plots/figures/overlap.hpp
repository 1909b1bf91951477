// overlap.hpp — lines that lie on each other: dashed over each other, so that each is seen, and named.
#pragma once
#include <string>
#include <vector>

#include "plots/figures/drawing.hpp"

namespace symopt {

/// Groups of lines that nobody could tell apart, by their places from 0.
using Overlap = std::vector<std::vector<int>>;

/// `lines` with y as a share of the axis' height: those of two points or more that have the same x and
/// nowhere differ by more than half a pixel or so.
Overlap overlap_of(const std::vector<std::vector<Point>>& lines);

/// Of a period of kPeriod pixels how many each of n lines paints, the first of a group all of them; 0 for a
/// line on its own, which keeps its dashes.
inline constexpr int kPeriod = 24;
std::vector<int> cover_of(const Overlap& overlap, int n);

/// "a and b; c, d and e", of the names of the lines; empty where no lines coincide.
std::string overlap_text(const Overlap& overlap, const std::vector<std::string>& names);

}  // namespace symopt
