// street_people.cpp — people on foot and on bicycles.
#include "core/data/street_classes.hpp"
#include "core/data/street_things.hpp"

namespace symopt {

namespace {

using fixed::between;

struct Clothes {
  Colour coat, trousers, skin, hair;
};
Clothes any_clothes(Stream& stream) {
  constexpr Tones dark{12, 110};
  const Colour coat = chance(stream, 55) ? any_colour(stream, dark) : any_colour(stream);
  const Colour trousers = any_colour(stream, dark);
  const Colour skin = chance(stream, 75) ? Colour{205, 155, 130} : Colour{105, 70, 50};
  return {coat, trousers, near_colour(stream, skin, 12), near_colour(stream, {60, 45, 35}, 20)};
}

// A straight limb from one place to another, so thick; also where both are as high.
Face limb(Place a, Place b, std::int64_t thick) {
  const std::int64_t dx = b.x - a.x, dy = b.y - a.y, long_side = std::max(std::abs(dx), std::abs(dy)) + 1;
  const std::int64_t x = -dy * thick / (2 * long_side), y = dx * thick / (2 * long_side);
  return {{a.x - x, a.y - y, a.z}, {a.x + x, a.y + y, a.z}, {b.x + x, b.y + y, b.z}, {b.x - x, b.y - y, b.z}};
}

void paint_head(StreetView& view, const Clothes& clothes, Place middle, std::int64_t light) {
  view.paint(disc(middle, 13), lit(clothes.skin, light), 4);
  view.paint(upright(middle.x - 12, middle.x + 12, middle.y + 4, middle.y + 14, middle.z),
             lit(clothes.hair, light), 4);
}

}  // namespace

void paint_pedestrian(StreetView& view, Stream& stream, Place at) {
  const Clothes clothes = any_clothes(stream);
  const std::int64_t tall = chance(stream, 12) ? between(stream, 105, 140) : between(stream, 156, 190),
                     light = view.light().near;
  const std::int64_t stride = between(stream, 4, 34), half = between(stream, 19, 27),
                     lean = between(stream, -4, 4);
  const std::int64_t hip = tall * 50 / 100, shoulder = tall * 83 / 100,
                     hem = tall * between(stream, 28, 50) / 100;
  view.shade(ground(at.x - 40, at.x + 40, at.z - 12, at.z + 30), 170);
  const Place middle{at.x, hip, at.z};
  for (const int side : {-1, 1})
    view.paint(limb({at.x + side * 9, hip, at.z}, {at.x + side * (stride / 2 + 4), 0, at.z}, 19),
               lit(clothes.trousers, light), 6);
  view.paint(Face{{at.x - half + 2, hem, at.z},
                  {at.x + half - 2, hem, at.z},
                  {at.x + half + lean, shoulder, at.z},
                  {at.x - half + lean, shoulder, at.z}},
             lit(clothes.coat, light), 10);
  const std::int64_t swing = between(stream, 0, 26);
  for (const int side : {-1, 1})
    view.paint(limb({at.x + side * half + lean, shoulder - 6, at.z},
                    {at.x + side * (half + 3 + swing / 2), hip - 6 + swing, at.z}, 13),
               lit(clothes.coat, light * 7 / 8), 6);
  paint_head(view, clothes, {middle.x + lean, tall - 13, at.z}, light);
  view.finish(kPedestrian);
  if (chance(stream, 20)) {  // a bag is not the person
    const std::int64_t x = at.x + (half + 6) * (stream.below(2) == 0 ? -1 : 1);
    view.paint(upright(x - 12, x + 12, hip - 44, hip - 10, at.z), any_colour(stream), 6);
    view.finish(kVoid);
  }
}

void paint_cyclist(StreetView& view, Stream& stream, Place at, bool from_side) {
  const Clothes clothes = any_clothes(stream);
  const Colour frame = any_colour(stream), rubber{25, 25, 27};
  const std::int64_t light = view.light().near;
  view.shade(ground(at.x - (from_side ? 90 : 30), at.x + (from_side ? 90 : 30), at.z - 12, at.z + 40), 160);
  if (from_side) {
    const int ahead = stream.below(2) == 0 ? -1 : 1;
    const auto place = [&](std::int64_t along, std::int64_t up) {
      return Place{at.x + ahead * along, up, at.z};
    };
    for (const std::int64_t hub : {-52, 52}) {
      view.paint({disc(place(hub, 34), 36), disc(place(hub, 34), 26)}, rubber, 4);
      view.claim(disc(place(hub, 34), 34));
    }
    for (const auto& [a, b] : {std::pair{place(-52, 34), place(-12, 80)},
                               {place(-12, 80), place(38, 78)},
                               {place(38, 78), place(52, 34)},
                               {place(0, 30), place(-12, 84)},
                               {place(0, 30), place(38, 78)}})
      view.paint(limb(a, b, 7), lit(frame, light), 4);
    view.paint(limb(place(-10, 92), place(14, 58), 18), lit(clothes.trousers, light), 6);
    view.paint(limb(place(14, 58), place(4, 20), 14), lit(clothes.trousers, light), 6);
    view.paint(limb(place(-12, 92), place(16, 142), 30), lit(clothes.coat, light), 8);
    view.paint(limb(place(16, 136), place(40, 98), 11), lit(clothes.coat, light * 7 / 8), 6);
    paint_head(view, clothes, place(24, 160), light);
  } else {
    view.paint(upright(at.x - 5, at.x + 5, 0, 70, at.z), rubber, 4);
    const std::int64_t push = between(stream, -14, 14);
    for (const int side : {-1, 1})
      view.paint(limb({at.x + side * 10, 98, at.z}, {at.x + side * 13, 34 + side * push, at.z}, 18),
                 lit(clothes.trousers, light), 6);
    view.paint(upright(at.x - 28, at.x + 28, 98, 104, at.z), lit(frame, light), 4);
    view.paint(
        Face{{at.x - 18, 90, at.z}, {at.x + 18, 90, at.z}, {at.x + 23, 148, at.z}, {at.x - 23, 148, at.z}},
        lit(clothes.coat, light), 10);
    for (const int side : {-1, 1})
      view.paint(limb({at.x + side * 22, 142, at.z}, {at.x + side * 28, 102, at.z}, 12),
                 lit(clothes.coat, light * 7 / 8), 6);
    paint_head(view, clothes, {at.x, 164, at.z}, light);
  }
  view.finish(kBicyclist);
}

}  // namespace symopt
