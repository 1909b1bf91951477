// street_buildings.cpp — a front with windows, the wall at its near end, a roof.
#include "core/data/street_buildings.hpp"

#include "core/data/street_classes.hpp"

namespace symopt {

namespace {

using fixed::between;

Colour any_wall(Stream& stream) {
  constexpr std::array<Colour, 7> stones{{{136, 78, 62},      // brick
                                          {158, 116, 88},     // yellow brick
                                          {196, 184, 158},    // limestone
                                          {215, 212, 204},    // white plaster
                                          {128, 126, 124},    // concrete
                                          {96, 84, 78},       // dark brick
                                          {168, 170, 176}}};  // glass and steel
  const Colour stone = stones[stream.below(stones.size())];
  return chance(stream, 8) ? any_colour(stream, {60, 220}) : near_colour(stream, stone, 14);
}

struct Glazing {
  std::int64_t storey, axis, wide, high;  // cm
  Colour glass, frame;
  bool framed;
};

// Rows and columns of them on a front at x, as far as they can be told apart.
void paint_windows(StreetView& view, Stream& stream, const Glazing& w, std::int64_t x, std::int64_t z0,
                   std::int64_t z1, std::int64_t from, std::int64_t tall, std::int64_t light) {
  for (std::int64_t z = z0 + w.axis / 4; z + w.wide < z1; z += w.axis) {
    if (z < 120 || view.pixels(w.wide, z) < 3 * fixed::pixel / 2 * z / 1500) continue;
    for (std::int64_t y = from; y + w.high < tall; y += w.storey) {
      if (w.framed)
        view.paint(wall(x, y - 12, y + w.high + 12, z - 12, z + w.wide + 12), lit(w.frame, light), 4);
      const Colour glass = chance(stream, 12) ? lit(w.glass, 420) : near_colour(stream, w.glass, 12);
      view.paint(wall(x, y, y + w.high, z, z + w.wide), lit(glass, light), 8);
    }
  }
}

}  // namespace

void paint_house(StreetView& view, Stream& stream, std::int64_t x, std::int64_t z0, std::int64_t z1) {
  const int side = x < 0 ? -1 : 1;
  const Daylight& day = view.light();
  const std::int64_t front_light = side < 0 ? day.right : day.left;
  const Colour stone = any_wall(stream),
               tiles = near_colour(stream, chance(stream, 50) ? Colour{108, 62, 50} : Colour{74, 76, 82}, 12);
  const std::int64_t storeys = between(stream, 1, 5), storey = between(stream, 270, 350),
                     tall = storeys * storey + 60, depth = between(stream, 700, 1300);
  const bool pitched = storeys <= 3 && chance(stream, 65);
  const std::int64_t ridge = pitched ? tall + between(stream, 180, 380) : tall;
  // The wall at the near end, under the gable, and the roof.
  Face end{{x, 0, z0}, {x, tall, z0}};
  if (pitched) end.push_back({x + side * depth / 2, ridge, z0});
  end.push_back({x + side * depth, tall, z0});
  end.push_back({x + side * depth, 0, z0});
  view.paint(end, lit(stone, day.near), 10);
  if (z0 > 300 && chance(stream, 50)) {
    const std::int64_t left = x + side * depth / 3;
    for (std::int64_t y = 100; y + 130 < tall; y += storey)
      view.paint(upright(left, left + side * 100, y, y + 130, z0), lit({52, 58, 66}, day.near), 8);
  }
  if (pitched) {
    const std::int64_t up = x + side * depth / 2;
    view.paint(Face{{x, tall, z0}, {x, tall, z1}, {up, ridge, z1}, {up, ridge, z0}}, lit(tiles, front_light),
               12);
    if (chance(stream, 60)) {
      const std::int64_t chimney = between(stream, z0, z1);
      view.paint(upright(up - 50, up + 50, ridge - 60, ridge + 110, std::max<std::int64_t>(chimney, 150)),
                 lit(stone, day.near), 8);
    }
  }
  view.paint(wall(x, 0, tall, z0, z1), lit(stone, front_light), 10);
  if (!pitched) view.paint(wall(x, tall - 40, tall, z0, z1), lit(stone, front_light * 9 / 8), 6);

  const Colour glass =
      near_colour(stream, chance(stream, 70) ? Colour{50, 58, 70} : Colour{128, 142, 156}, 14);
  const std::int64_t high = between(stream, 120, 190);
  const Glazing windows{storey,
                        between(stream, 190, 380),
                        between(stream, 90, 160),
                        high,
                        glass,
                        near_colour(stream, {212, 210, 200}, 12),
                        chance(stream, 45)};
  const bool shop = chance(stream, 45);
  paint_windows(view, stream, windows, x, z0, z1, shop ? storey + 90 : 90, tall, front_light);
  if (shop) {
    const Colour board = any_colour(stream), pane = near_colour(stream, {62, 66, 70}, 16);
    view.paint(wall(x, 40, 230, z0 + 40, z1 - 40), lit(pane, front_light), 22);
    view.paint(wall(x, 235, 300, z0 + 30, z1 - 30), lit(board, front_light), 8);
    if (chance(stream, 35))  // an awning
      view.paint(Face{{x, 245, z0 + 40},
                      {x, 245, z1 - 40},
                      {x - side * 110, 205, z1 - 40},
                      {x - side * 110, 205, z0 + 40}},
                 lit(any_colour(stream), 256), 10);
  } else {
    const std::int64_t door = between(stream, z0, std::max(z0, z1 - 150));
    if (door > 150)
      view.paint(wall(x, 0, 215, door, door + 100), lit(any_colour(stream, {30, 150}), front_light), 4);
  }
  view.finish(kBuilding);
}

}  // namespace symopt
