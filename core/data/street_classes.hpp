// street_classes.hpp — what pixels of street scenes show, in SegNet's order and colours (Badrinarayanan,
// Kendall, Cipolla 2015).
#pragma once
#include <vector>

#include "core/data/dataset.hpp"

namespace symopt {

inline constexpr int kStreetClasses = 11;
/// The label of pixels that belong to no class, and do not count.
inline constexpr int kVoid = 11;

inline constexpr int kSky = 0, kBuilding = 1, kPole = 2, kRoad = 3, kPavement = 4, kTree = 5, kSign = 6,
                     kFence = 7, kCar = 8, kPedestrian = 9, kBicyclist = 10;

/// kStreetClasses of them, and void.
const std::vector<ClassLook>& street_looks();

}  // namespace symopt
