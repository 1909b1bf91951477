// street_buildings.hpp — houses along a street, and what closes it far away.
#pragma once
#include "core/data/street_view.hpp"

namespace symopt {

/// A house whose front stands at x, facing the street, from z0 to z1.
void paint_house(StreetView& view, Stream& stream, std::int64_t x, std::int64_t z0, std::int64_t z1);

}  // namespace symopt
