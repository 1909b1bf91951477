// shape_outlines.hpp — ten shapes that no turn and no stretch makes each other.
#pragma once
#include <array>
#include <string_view>
#include <vector>

#include "core/data/polygon_cover.hpp"

namespace symopt {

inline constexpr std::array<std::string_view, 10> kShapeNames{
    "disc", "ring", "crescent", "triangle", "square", "star", "plus", "arrow", "hook", "heart"};

/// A shape is what an odd number of its outlines surround: around 0, about 100 from it to the farthest
/// points, y downwards.
const std::vector<Outline>& shape_outlines(int shape);

}  // namespace symopt
