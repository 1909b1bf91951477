// street_cars.cpp — cars, vans and lorries: a profile, as wide as they are.
#include "core/data/street_classes.hpp"
#include "core/data/street_things.hpp"

namespace symopt {

namespace {

using fixed::between;

// From the front over the roof to the rear: shares of the length and of the height, in per cent. Corner 2 is
// below the windscreen, 3 above it, 4 above the rear window, 5 below it.
struct CarModel {
  std::int64_t length, width, height;
  std::array<fixed::Vec, 8> profile;
  bool side_windows = true;
};

const std::array<CarModel, 4>& car_models() {
  static const std::array<CarModel, 4> models{{
      {390, 170, 148, {{{0, 22}, {1, 50}, {24, 62}, {40, 100}, {82, 99}, {98, 64}, {100, 55}, {100, 22}}}},
      {450, 176, 143, {{{0, 21}, {1, 49}, {28, 63}, {42, 100}, {70, 99}, {86, 66}, {99, 62}, {100, 22}}}},
      {500, 195, 215, {{{0, 16}, {1, 42}, {10, 54}, {23, 98}, {99, 100}, {100, 55}, {100, 50}, {100, 16}}}},
      {800,
       240,
       330,
       {{{0, 14}, {0, 30}, {1, 42}, {3, 100}, {100, 100}, {100, 60}, {100, 58}, {100, 14}}},
       false},
  }};
  return models;
}

Colour car_colour(Stream& stream) {
  constexpr Tones grey{20, 225};
  switch (stream.below(4)) {
    case 0:
      return any_colour(stream);
    case 1:
      return near_colour(stream, stream.below(2) == 0 ? Colour{140, 25, 25} : Colour{30, 45, 110}, 15);
    default: {  // most are of no colour
      const std::int64_t tone = between(stream, grey.low, grey.high);
      return {tone, tone, tone + between(stream, -6, 10)};
    }
  }
}

}  // namespace

void paint_car(StreetView& view, Stream& stream, Place at, bool away) {
  const std::uint64_t kind = stream.below(20);
  const CarModel& model = car_models()[kind < 9 ? 0 : kind < 15 ? 1 : kind < 18 ? 2 : 3];
  const Colour body = car_colour(stream), glass = near_colour(stream, {48, 56, 66}, 16);
  const Daylight& light = view.light();
  const std::int64_t half = model.width / 2;
  // Corner c, as far along as the car stands.
  const auto corner = [&](std::size_t c, std::int64_t x) {
    const fixed::Vec p = model.profile[c];
    return Place{x, model.height * p.y / 100, at.z + model.length * (away ? 100 - p.x : p.x) / 100};
  };
  const auto across = [&](std::size_t a, std::size_t b, std::int64_t inset) {
    const std::int64_t x0 = at.x - half + inset, x1 = at.x + half - inset;
    return Face{corner(a, x0), corner(a, x1), corner(b, x1), corner(b, x0)};
  };
  view.shade(ground(at.x - half - 12, at.x + half + 12, at.z - 30, at.z + model.length + 20), 110);
  // Below it.
  view.paint(upright(at.x - half + 8, at.x + half - 8, 0, model.height / 4, at.z + 40), {18, 18, 20});

  // The side that is turned to the camera.
  const std::int64_t turned = at.x + view.camera().swerve(at.z),
                     side = turned > 0 ? at.x - half : at.x + half;
  if (std::abs(turned) > half) {
    Face outline;
    for (std::size_t c = 0; c < 8; ++c) outline.push_back(corner(c, side));
    const std::int64_t shine = turned > 0 ? light.left : light.right;
    view.paint(outline, lit(body, shine), 4);
    if (model.side_windows) {
      const auto inside = [&](std::size_t c, std::int64_t along, std::int64_t up) {
        Place p = corner(c, side);
        p.z += (away ? -1 : 1) * model.length * along / 100, p.y += model.height * up / 100;
        return p;
      };
      view.paint(Face{inside(2, 6, 3), inside(3, 2, -6), inside(4, -3, -6), inside(5, -7, 3)},
                 lit(glass, shine), 6);
      const std::int64_t pillar = at.z + model.length / 2;
      view.paint(wall(side, model.height * 62 / 100, model.height * 95 / 100, pillar, pillar + 12),
                 lit(body, shine), 4);
    }
    for (const std::int64_t share : {17, 81}) {
      const Place hub{side, 31, at.z + model.length * (away ? 100 - share : share) / 100};
      view.paint(disc(hub, 32, true), {22, 22, 24}, 4);
      view.paint(disc(hub, 17, true), {110, 110, 112}, 10);
    }
  }

  // The end, from the bumper upwards.
  const std::size_t bumper = away ? 7 : 0, edge = away ? 6 : 1, below = away ? 5 : 2, above = away ? 4 : 3;
  const Colour end = lit(body, light.near);
  view.paint(across(below, above, 4), end, 4);
  if (model.side_windows || !away) view.paint(across(below, above, 16), glass, 8);
  view.paint(across(edge, below, 0), away ? end : lit(body, 270), 4);
  view.paint(across(bumper, edge, 0), end, 4);
  for (const std::int64_t tyre : {at.x - half + 4, at.x + half - 24})
    view.paint(upright(tyre, tyre + 20, 0, model.height * 22 / 100, at.z + 10), {15, 15, 16}, 4);
  const std::int64_t low = model.height * 38 / 100, high = model.height * 49 / 100;
  const bool shining = chance(stream, 35);
  const Colour lamp = away ? (shining ? Colour{250, 50, 40} : Colour{130, 22, 22})
                           : (shining ? Colour{255, 250, 225} : Colour{170, 172, 170});
  view.paint(upright(at.x - half + 5, at.x - half + 34, low, high, at.z), lamp, 4);
  view.paint(upright(at.x + half - 34, at.x + half - 5, low, high, at.z), lamp, 4);
  const std::int64_t plate = model.height * 26 / 100;
  view.paint(upright(at.x - 26, at.x + 26, plate, plate + 12, at.z),
             away ? Colour{205, 175, 50} : Colour{215, 215, 210}, 4);
  if (!away) view.paint(upright(at.x - 38, at.x + 38, low - 4, high - 2, at.z), lit(body, 90), 8);
  view.finish(kCar);
}

}  // namespace symopt
