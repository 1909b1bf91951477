// street_things.hpp — what stands and moves on a street: each painted as its stream has it, and labelled.
#pragma once
#include "core/data/street_view.hpp"

namespace symopt {

/// `at` is the middle of the end that is nearer; `away`: its rear is.
void paint_car(StreetView& view, Stream& stream, Place at, bool away);
void paint_pedestrian(StreetView& view, Stream& stream, Place at);
/// Seen from the end, or from the side.
void paint_cyclist(StreetView& view, Stream& stream, Place at, bool from_side);

/// What trees have of colour, and whether they have leaves.
struct Season {
  Colour leaves;
  bool bare = false;
};
void paint_tree(StreetView& view, Stream& stream, Place at, const Season& season);
/// A hedge or a strip of grass and bushes along the street.
void paint_hedge(StreetView& view, Stream& stream, std::int64_t x, std::int64_t z0, std::int64_t z1,
                 const Season& season);

/// A lamp or a mast; `over`: to which side its arm reaches.
void paint_pole(StreetView& view, Stream& stream, Place at, int over);
/// A sign or a traffic light on a pole of its own.
void paint_sign(StreetView& view, Stream& stream, Place at);
/// A large board on two poles.
void paint_board(StreetView& view, Stream& stream, Place at);
/// Rails or planks along the street.
void paint_fence(StreetView& view, Stream& stream, std::int64_t x, std::int64_t z0, std::int64_t z1);
/// A bin or a box: no class has it.
void paint_bin(StreetView& view, Stream& stream, Place at);

}  // namespace symopt
