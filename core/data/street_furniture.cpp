// street_furniture.cpp — trees, hedges, poles, signs, fences, bins.
#include "core/data/street_classes.hpp"
#include "core/data/street_things.hpp"

namespace symopt {

namespace {

using fixed::between;

// Sixteen corners at uneven distances.
Face leaves(Stream& stream, Place middle, std::int64_t radius) {
  Face face = disc(middle, radius);
  for (Place& p : face) {
    const std::int64_t share = between(stream, 72, 112);
    p.x = middle.x + (p.x - middle.x) * share / 100, p.y = middle.y + (p.y - middle.y) * share / 100;
  }
  return face;
}

Face twig(Place a, Place b, std::int64_t thick) {
  return {{a.x - thick, a.y, a.z},
          {a.x + thick, a.y, a.z},
          {b.x + thick / 2, b.y, b.z},
          {b.x - thick / 2, b.y, b.z}};
}

Colour any_metal(Stream& stream) {
  const std::int64_t tone = between(stream, 40, 165);
  return {tone, tone + between(stream, -4, 8), tone + between(stream, -6, 8)};
}

}  // namespace

void paint_tree(StreetView& view, Stream& stream, Place at, const Season& season) {
  const std::int64_t tall = between(stream, 420, 1150), wide = tall * between(stream, 22, 36) / 100,
                     fork = tall * between(stream, 22, 38) / 100, thick = between(stream, 11, 28);
  const Colour bark = near_colour(stream, {82, 70, 58}, 14);
  view.shade(ground(at.x - wide, at.x + wide, at.z - 100, at.z + 250), 190);
  view.paint(twig({at.x, 0, at.z}, {at.x, tall * 6 / 10, at.z}, thick), bark, 14);
  const Place middle{at.x, (tall + fork) / 2, at.z};
  const std::int64_t high = (tall - fork) / 2;
  if (season.bare) {
    view.claim(leaves(stream, middle, (wide + high) / 2));
    for (int branches = 0; branches < 22; ++branches) {
      const std::int64_t y = between(stream, fork, tall * 7 / 10);
      view.paint(twig({at.x, y, at.z},
                      {at.x + between(stream, -wide, wide), y + between(stream, 60, tall - fork), at.z},
                      between(stream, 3, 8)),
                 bark, 10);
    }
  } else {
    const Colour green = near_colour(stream, season.leaves, 16);
    for (std::int64_t clusters = between(stream, 6, 10); clusters > 0; --clusters) {
      const Place cluster{middle.x + between(stream, -wide, wide) * 6 / 10,
                          middle.y + between(stream, -high, high) * 6 / 10, at.z};
      // Brighter above and where the sun is.
      const std::int64_t sun = cluster.x < at.x ? view.light().left : view.light().right;
      const std::int64_t shine = sun + 60 * (cluster.y - middle.y) / high;
      view.paint(leaves(stream, cluster, wide * between(stream, 45, 70) / 100),
                 lit(near_colour(stream, green, 6), shine), 34);
    }
  }
  view.finish(kTree);
}

void paint_hedge(StreetView& view, Stream& stream, std::int64_t x, std::int64_t z0, std::int64_t z1,
                 const Season& season) {
  const int side = x < 0 ? -1 : 1;
  const std::int64_t light = side < 0 ? view.light().right : view.light().left;
  const Colour green = near_colour(stream, season.bare ? Colour{96, 98, 62} : season.leaves, 14);
  view.paint(ground(x, x + side * 1500, z0, z1), lit(near_colour(stream, {100, 122, 66}, 12), 250), 18);
  const std::int64_t tall = between(stream, 40, 240);
  Face face{{x, 0, z0}};
  for (int k = 0; k <= 5; ++k)
    face.push_back({x, tall * between(stream, 80, 120) / 100, z0 + (z1 - z0) * k / 5});
  face.push_back({x, 0, z1});
  view.paint(upright(x, x + side * 160, 0, tall, z0), lit(green, view.light().near * 7 / 8), 30);
  view.paint(face, lit(green, light), 32);
  view.finish(kTree);
}

void paint_pole(StreetView& view, Stream& stream, Place at, int over) {
  const Colour metal = any_metal(stream);
  const std::int64_t tall = between(stream, 450, 900), half = between(stream, 7, 12);
  view.paint(Face{{at.x - half - 3, 0, at.z},
                  {at.x + half + 3, 0, at.z},
                  {at.x + half, tall, at.z},
                  {at.x - half, tall, at.z}},
             metal, 8);
  if (chance(stream, 60)) {
    const std::int64_t reach = at.x + over * between(stream, 90, 240);
    view.paint(Face{{at.x, tall - 16, at.z},
                    {reach, tall + 12, at.z},
                    {reach, tall + 28, at.z},
                    {at.x, tall + 4, at.z}},
               metal, 6);
    view.paint(Face{{reach, tall + 4, at.z},
                    {reach + over * 70, tall + 14, at.z},
                    {reach + over * 70, tall + 32, at.z},
                    {reach, tall + 32, at.z}},
               lit(metal, 300), 6);
  }
  view.finish(kPole);
}

void paint_sign(StreetView& view, Stream& stream, Place at) {
  const Colour metal = any_metal(stream);
  const std::int64_t tall = between(stream, 210, 330), half = between(stream, 5, 8),
                     light = view.light().near;
  view.paint(upright(at.x - half, at.x + half, 0, tall, at.z), metal, 8);
  view.finish(kPole);
  const Place middle{at.x, tall, at.z};
  const Colour red = near_colour(stream, {185, 30, 35}, 12), white{225, 225, 220},
               blue = near_colour(stream, {30, 75, 165}, 12);
  const std::int64_t radius = between(stream, 34, 56);
  switch (stream.below(5)) {
    case 0:
      view.paint(disc(middle, radius), lit(red, light), 4);
      view.paint(disc(middle, radius * 7 / 10), lit(chance(stream, 70) ? white : blue, light), 6);
      break;
    case 1:
      for (const auto& [r, colour] : {std::pair{radius, red}, {radius * 55 / 100, white}})
        view.paint(Face{{at.x - r, tall - r * 6 / 10, at.z},
                        {at.x + r, tall - r * 6 / 10, at.z},
                        {at.x, tall + r, at.z}},
                   lit(colour, light), 4);
      break;
    case 2:
      view.paint(disc(middle, radius), lit(blue, light), 4);
      view.paint(upright(at.x - radius / 4, at.x + radius / 4, tall - radius / 2, tall + radius / 2, at.z),
                 lit(white, light), 4);
      break;
    case 3: {
      const std::int64_t wide = between(stream, 30, 60), high = between(stream, 25, 55);
      view.paint(upright(at.x - wide, at.x + wide, tall - high, tall + high, at.z),
                 lit(any_colour(stream), light), 4);
      view.paint(upright(at.x - wide * 7 / 10, at.x + wide * 7 / 10, tall - high / 3, tall + high / 3, at.z),
                 lit(any_colour(stream), light), 10);
      break;
    }
    default: {  // a traffic light
      view.paint(upright(at.x - 22, at.x + 22, tall - 55, tall + 50, at.z), {24, 26, 26}, 6);
      const std::size_t shining = stream.below(3);
      const std::array<Colour, 3> lamps{{{70, 220, 110}, {240, 180, 50}, {245, 50, 40}}};
      for (std::size_t k = 0; k < 3; ++k)
        view.paint(disc({at.x, tall - 34 + 32 * static_cast<std::int64_t>(k), at.z}, 13),
                   k == shining ? lamps[k] : lit(lamps[k], 60), 4);
    }
  }
  view.finish(kSign);
}

void paint_board(StreetView& view, Stream& stream, Place at) {
  const std::int64_t wide = between(stream, 80, 170), low = between(stream, 110, 230),
                     high = low + between(stream, 80, 170);
  const Colour metal = any_metal(stream),
               colour =
                   chance(stream, 60)
                       ? near_colour(stream,
                                     stream.below(2) == 0 ? Colour{20, 95, 60} : Colour{225, 225, 220}, 14)
                       : any_colour(stream);
  for (const std::int64_t leg : {at.x - wide * 7 / 10, at.x + wide * 7 / 10})
    view.paint(upright(leg - 6, leg + 6, 0, low, at.z), metal, 8);
  view.finish(kPole);
  const std::int64_t light = view.light().near;
  view.paint(upright(at.x - wide, at.x + wide, low, high, at.z), lit(colour, light), 4);
  const Colour ink = difference(colour, {0, 0, 0}) > 380 ? Colour{30, 30, 34} : Colour{225, 225, 220};
  for (std::int64_t line = low + 22; line + 20 < high; line += 42)
    view.paint(upright(at.x - wide * 8 / 10, at.x + wide * between(stream, 0, 8) / 10, line, line + 14, at.z),
               lit(ink, light), 14);
  view.finish(kSign);
}

void paint_fence(StreetView& view, Stream& stream, std::int64_t x, std::int64_t z0, std::int64_t z1) {
  const std::int64_t tall = between(stream, 90, 190), light = x < 0 ? view.light().right : view.light().left;
  if (chance(stream, 45)) {  // planks
    const Colour wood = near_colour(stream, {120, 98, 74}, 24);
    view.paint(wall(x, 0, tall, z0, z1), lit(wood, light), 14);
    for (std::int64_t z = z0; z < z1; z += 90)
      if (view.pixels(90, std::max<std::int64_t>(z, 200)) > 2 * fixed::pixel || z == z0)
        view.paint(wall(x, 0, tall, z, z + 14), lit(wood, light * 3 / 4), 8);
  } else {
    const Colour metal = lit(any_metal(stream), light);
    view.claim(wall(x, 0, tall, z0, z1));
    for (const std::int64_t y : {tall * 12 / 100, tall * 94 / 100})
      view.paint(wall(x, y, y + 9, z0, z1), metal, 6);
    const std::int64_t gap = between(stream, 16, 40);
    for (std::int64_t z = std::max<std::int64_t>(z0, 250); z < z1; z += gap + z / 40)  // far ones merge
      view.paint(wall(x, 0, tall, z, z + 4 + z / 300), metal, 6);
  }
  view.finish(kFence);
}

void paint_bin(StreetView& view, Stream& stream, Place at) {
  const std::int64_t half = between(stream, 22, 40), tall = between(stream, 80, 125);
  const Colour colour = any_colour(stream, {20, 150});
  view.paint(upright(at.x - half, at.x + half, 0, tall, at.z), lit(colour, view.light().near), 10);
  view.paint(upright(at.x - half - 3, at.x + half + 3, tall, tall + 9, at.z), lit(colour, 190), 6);
  view.finish(kVoid);
}

}  // namespace symopt
