// shape_outlines.cpp — the corners of the ten shapes.
#include "core/data/shape_outlines.hpp"

namespace symopt {

namespace {

// cos 0°, 15°, …, 90° in 1/4096.
constexpr std::array<std::int64_t, 7> cosines{4096, 3956, 3547, 2896, 2048, 1060, 0};

// cos(15° k) in 1/4096.
std::int64_t cosine_of(int k) {
  const int turn = (k % 24 + 24) % 24, half = turn <= 12 ? turn : 24 - turn;
  return half <= 6 ? cosines[static_cast<std::size_t>(half)] : -cosines[static_cast<std::size_t>(12 - half)];
}

// Points of a circle every 15°, from 15° first to 15° last.
Outline arc(fixed::Vec middle, std::int64_t radius, int first, int last) {
  Outline points;
  const int step = first < last ? 1 : -1;
  for (int k = first; k != last + step; k += step)
    points.push_back({middle.x + fixed::divide(radius * cosine_of(k), fixed::one),
                      middle.y + fixed::divide(radius * cosine_of(k - 6), fixed::one)});
  return points;
}

// From one horn around the back to the other, and back along the inner edge.
Outline crescent() {
  Outline points = arc({0, 0}, 100, 3, 21);
  const Outline inner = arc({45, 0}, 76, 18, 6);
  points.insert(points.end(), inner.begin(), inner.end());
  return points;
}

}  // namespace

const std::vector<Outline>& shape_outlines(int shape) {
  static const std::array<std::vector<Outline>, 10> outlines{{
      {arc({0, 0}, 90, 0, 23)},
      {arc({0, 0}, 98, 0, 23), arc({0, 0}, 52, 0, 23)},
      {crescent()},
      {{{0, -108}, {94, 54}, {-94, 54}}},
      {{{-78, -78}, {78, -78}, {78, 78}, {-78, 78}}},
      {{{0, -110},
        {26, -36},
        {105, -34},
        {42, 14},
        {65, 89},
        {0, 44},
        {-65, 89},
        {-42, 14},
        {-105, -34},
        {-26, -36}}},
      {{{-29, -98},
        {29, -98},
        {29, -29},
        {98, -29},
        {98, 29},
        {29, 29},
        {29, 98},
        {-29, 98},
        {-29, 29},
        {-98, 29},
        {-98, -29},
        {-29, -29}}},
      {{{108, 0}, {20, -82}, {20, -28}, {-98, -28}, {-98, 28}, {20, 28}, {20, 82}}},
      {{{-72, -95}, {-16, -95}, {-16, 39}, {78, 39}, {78, 95}, {-72, 95}}},
      {{{0, -48},
        {24, -82},
        {58, -92},
        {90, -70},
        {96, -34},
        {80, 6},
        {44, 52},
        {0, 98},
        {-44, 52},
        {-80, 6},
        {-96, -34},
        {-90, -70},
        {-58, -92},
        {-24, -82}}},
  }};
  return outlines[static_cast<std::size_t>(shape)];
}

}  // namespace symopt
