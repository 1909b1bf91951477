// street_scene.cpp — what a street has and where: its plan is drawn first, then what there is, from far to
// near.
#include <functional>
#include <memory>

#include "core/data/street_buildings.hpp"
#include "core/data/street_classes.hpp"
#include "core/data/street_things.hpp"
#include "core/data/synth_streets.hpp"

namespace symopt {

namespace {

using fixed::between;

constexpr std::int64_t kEnd = 9000;  // cm: nothing is told apart farther away

struct Weather {
  Daylight light;
  Colour above, below;  // of the sky
  Season season;
};

Weather any_weather(Stream& stream) {
  constexpr std::array<Colour, 5> overhead{
      {{96, 142, 205}, {140, 172, 215}, {176, 182, 190}, {210, 214, 220}, {122, 126, 136}}};
  constexpr std::array<Colour, 4> seasons{{{72, 98, 44}, {104, 124, 62}, {142, 108, 48}, {58, 78, 52}}};
  Weather w;
  w.above = near_colour(stream, overhead[stream.below(overhead.size())], 10);
  w.below = near_colour(stream, {214, 216, 218}, 14);
  w.light.haze = w.below;
  w.light.haziness = between(stream, 60, 290);
  const std::int64_t brightness = between(stream, 150, 290), warmth = fixed::bell(stream, 8);
  w.light.gain = {brightness + warmth, brightness, brightness - warmth};
  const std::int64_t sun = between(stream, 0, 95);
  const bool left = stream.below(2) == 0;
  w.light.left = (left ? 256 : 190) + (left ? sun : -sun) / 2;
  w.light.right = (left ? 190 : 256) + (left ? -sun : sun) / 2;
  w.light.near = 225 + between(stream, -45, 45);
  w.season = {seasons[stream.below(seasons.size())], chance(stream, 25)};
  return w;
}

// All x are the camera's; the road's middle is to its right.
struct Plan {
  std::int64_t middle, half;                // of the road
  std::array<std::int64_t, 2> kerb, front;  // left, right: where the road ends, where houses begin
  std::uint64_t green, busy;  // per cent: gardens among the plots; how much there is on the road
  bool fenced;
};

Plan any_plan(Stream& stream) {
  Plan plan{};
  plan.half = between(stream, 310, 520);
  plan.middle = plan.half / 2 + fixed::bell(stream, 60);
  for (const std::size_t side : {0u, 1u}) {
    const int sign = side == 0 ? -1 : 1;
    plan.kerb[side] = plan.middle + sign * plan.half;
    plan.front[side] = plan.kerb[side] + sign * between(stream, 100, 300);
  }
  plan.green = 5 + stream.below(80), plan.busy = 15 + stream.below(85);
  plan.fenced = chance(stream, 55);
  return plan;
}

Camera any_camera(Stream& stream) {
  Camera camera;
  camera.focal = between(stream, 92, 122), camera.height = between(stream, 115, 165);
  camera.horizon = {kStreetWidth * fixed::pixel / 2 + fixed::bell(stream, 1500),
                    kStreetHeight * fixed::pixel * 49 / 100 + fixed::bell(stream, 700)};
  camera.bend = fixed::bell(stream, 14), camera.climb = fixed::bell(stream, 2),
  camera.roll = fixed::bell(stream, 35);
  return camera;
}

class StreetScene {
 public:
  StreetScene(Stream& stream)
      : stream_(stream),
        weather_(any_weather(stream)),
        plan_(any_plan(stream)),
        camera_(any_camera(stream)),
        view_(std::make_unique<StreetView>(stream, camera_, weather_.light, weather_.above, weather_.below)) {
  }

  void draw(std::span<std::uint8_t> pixels, std::span<std::uint8_t> labels) {
    far_end();
    surfaces();
    for (const std::size_t side : {0u, 1u}) plots(side), roadside(side);
    traffic();
    std::ranges::stable_sort(things_, std::greater<>(), &Thing::z);
    for (const Thing& thing : things_) thing.paint();
    view_->develop(stream_, between(stream_, 6, 32), pixels, labels);
  }

 private:
  struct Thing {
    std::int64_t z;
    std::function<void()> paint;
  };
  void stand(std::int64_t z, std::function<void()> paint) { things_.push_back({z, std::move(paint)}); }

  // Woods and roofs behind all.
  void far_end() {
    StreetView& view = *view_;
    for (std::int64_t x = -9000; x < 9000;) {
      const std::int64_t wide = between(stream_, 600, 2400), tall = between(stream_, 250, 1100);
      const bool wood = chance(stream_, 30 + plan_.green / 2);
      const Colour colour = wood ? weather_.season.leaves : near_colour(stream_, {150, 135, 125}, 25);
      Face face = upright(x, x + wide, -400, tall, kEnd + 500);
      if (wood) face[2].y -= between(stream_, 0, tall / 3), face[3].y -= between(stream_, 0, tall / 3);
      view.paint(face, colour, wood ? 14 : 6);
      view.finish(wood ? kTree : kBuilding);
      x += wide;
    }
  }

  void surfaces() {
    StreetView& view = *view_;
    const std::int64_t tone = between(stream_, 78, 128);
    const Colour asphalt = near_colour(stream_, {tone, tone, tone + 3}, 4);
    const Colour slabs =
        near_colour(stream_, chance(stream_, 70) ? Colour{142, 138, 132} : Colour{122, 104, 96}, 16);
    view.paint(ground(-9000, 9000, 50, kEnd + 500), slabs, 10);
    view.finish(kPavement);
    view.paint(ground(plan_.kerb[0], plan_.kerb[1], 50, kEnd + 500), asphalt, 9);
    view.finish(kRoad);
    for (std::int64_t patches = between(stream_, 0, 4); patches > 0; --patches) {
      const std::int64_t x = between(stream_, plan_.kerb[0], plan_.kerb[1] - 100),
                         z = between(stream_, 250, 2500);
      const std::int64_t right = std::min(plan_.kerb[1], x + between(stream_, 60, 300));
      view.shade(ground(x, right, z, z + between(stream_, 60, 900)), between(stream_, 205, 295));
    }
    for (const std::int64_t kerb : plan_.kerb)
      view.mark(ground(kerb - 7, kerb + 7, 50, kEnd), lit(slabs, 300), 6);
    markings();
    view.haze_ground();
  }

  void markings() {
    StreetView& view = *view_;
    const Colour white{205, 205, 198}, yellow{200, 165, 60};
    if (chance(stream_, 80))
      for (std::int64_t z = between(stream_, 100, 500), gap = between(stream_, 200, 500); z < 6000;
           z += 300 + gap)
        view.mark(ground(plan_.middle - 6, plan_.middle + 6, z, z + 300), white, 10);
    if (chance(stream_, 55))
      for (const int side : {-1, 1})
        for (const std::int64_t line : {26, 44}) {
          const std::int64_t x = plan_.middle + side * (plan_.half - line);
          view.mark(ground(x - 4, x + 4, 50, 6000), yellow, 10);
        }
    if (chance(stream_, 22)) {  // a crossing
      const std::int64_t z = between(stream_, 450, 2200);
      for (std::int64_t x = plan_.kerb[0] + 30; x + 50 < plan_.kerb[1]; x += 100)
        view.mark(ground(x, x + 50, z, z + 260), white, 10);
    }
    if (chance(stream_, 30)) {  // a line to stop at
      const std::int64_t z = between(stream_, 500, 2500);
      view.mark(ground(plan_.kerb[0] + 20, plan_.middle, z, z + 35), white, 10);
    }
    if (weather_.light.left > 280 || weather_.light.right > 280) {  // what houses throw
      const bool left = weather_.light.left > weather_.light.right;
      const std::int64_t reach = between(stream_, 100, plan_.half * 3 / 2);
      for (std::int64_t z = between(stream_, 50, 600); z < 4000; z += between(stream_, 300, 1200)) {
        const std::int64_t until = z + between(stream_, 300, 1500);
        view.shade(left ? ground(plan_.front[1] - reach, plan_.front[1], z, until)
                        : ground(plan_.front[0], plan_.front[0] + reach, z, until),
                   175);
        z = until;
      }
    }
  }

  // Houses, gardens, side streets, one behind another.
  void plots(std::size_t side) {
    const int sign = side == 0 ? -1 : 1;
    for (std::int64_t z = 0; z < kEnd;) {
      const std::int64_t z0 = z, z1 = z + between(stream_, 500, 1900);
      const std::int64_t x = plan_.front[side] + sign * (chance(stream_, 40) ? between(stream_, 0, 260) : 0);
      if (chance(stream_, 8)) {
        stand(z1, [=, this] { side_street(x, z0, z1); });
      } else if (chance(stream_, plan_.green)) {
        stand(z1, [=, this] { garden(x, z0, z1); });
      } else {
        stand(z1, [=, this] { paint_house(*view_, stream_, x, z0, z1); });
        if (plan_.fenced && chance(stream_, 22))
          stand(z1 - 1, [=, this] { paint_fence(*view_, stream_, plan_.front[side], z0, z1); });
      }
      z = z1;
    }
  }

  void side_street(std::int64_t x, std::int64_t z0, std::int64_t z1) {
    const int side = x < 0 ? -1 : 1;
    view_->paint(ground(plan_.kerb[side < 0 ? 0 : 1], x + side * 4000, z0 + 60, z1 - 60), {104, 104, 106}, 9);
    view_->finish(kRoad);
  }

  void garden(std::int64_t x, std::int64_t z0, std::int64_t z1) {
    const int side = x < 0 ? -1 : 1;
    if (chance(stream_, 45)) paint_house(*view_, stream_, x + side * between(stream_, 500, 1500), z0, z1);
    for (std::int64_t trees = between(stream_, 0, 3); trees > 0; --trees)
      paint_tree(*view_, stream_, {x + side * between(stream_, 150, 900), 0, z0 + (z1 - z0) * trees / 4},
                 weather_.season);
    if (chance(stream_, 55)) paint_hedge(*view_, stream_, x, z0, z1, weather_.season);
    if (plan_.fenced && chance(stream_, 55)) paint_fence(*view_, stream_, x - side * 5, z0, z1);
  }

  // What stands and walks on a pavement.
  void roadside(std::size_t side) {
    const int sign = side == 0 ? -1 : 1;
    const std::int64_t edge = plan_.kerb[side] + sign * 45,
                       wide = std::abs(plan_.front[side] - plan_.kerb[side]);
    for (std::int64_t z = between(stream_, 500, 2600); z < 6500; z += between(stream_, 1400, 3200))
      stand(z, [=, this] { paint_pole(*view_, stream_, {edge, 0, z}, -sign); });
    const auto somewhere = [&] { return plan_.kerb[side] + sign * between(stream_, 35, wide); };
    const auto strew = [&](std::int64_t most, std::int64_t from, std::int64_t to, auto paint) {
      for (std::int64_t n = between(stream_, 0, most); n > 0; --n) {
        const std::int64_t x = somewhere(), z = between(stream_, from, to);
        stand(z, [=, this] { paint(*view_, stream_, Place{x, 0, z}); });
      }
    };
    strew(4, 600, 3300, paint_sign);
    if (chance(stream_, 35)) strew(2, 800, 3000, paint_board);
    if (chance(stream_, 85)) strew(6, 600, 3600, paint_pedestrian);
    strew(1, 500, 3000, paint_bin);
    if (chance(stream_, plan_.green + 20)) {
      const Season season = weather_.season;
      strew(4, 900, 5000,
            [season](StreetView& view, Stream& stream, Place at) { paint_tree(view, stream, at, season); });
    }
    if (plan_.fenced && chance(stream_, 38)) {  // rails at the kerb
      const std::int64_t z = between(stream_, 350, 1500), until = z + between(stream_, 400, 2000);
      stand(until, [=, this] { paint_fence(*view_, stream_, plan_.kerb[side] + sign * 20, z, until); });
    }
    if (chance(stream_, 72)) {  // cars that are parked, one behind another
      const std::int64_t x = plan_.kerb[side] - sign * between(stream_, 40, 110);
      for (std::int64_t z = between(stream_, 330, 1900); z < 5500; z += between(stream_, 560, 1500))
        if (chance(stream_, 35 + plan_.busy / 3))
          stand(z + 200, [=, this] { paint_car(*view_, stream_, {x, 0, z}, side == 0); });
    }
  }

  void traffic() {
    const std::int64_t own = plan_.middle - plan_.half / 2, other = plan_.middle + plan_.half / 2;
    for (const std::int64_t lane : {own, other})
      for (std::int64_t z = between(stream_, 600, 2000); z < 6000; z += between(stream_, 800, 3000))
        if (chance(stream_, 20 + plan_.busy * 6 / 10)) {
          const std::int64_t x = lane + fixed::bell(stream_, 20);
          stand(z + 200, [=, this] { paint_car(*view_, stream_, {x, 0, z}, lane == own); });
        }
    for (const std::size_t side : {0u, 1u})
      if (chance(stream_, 45)) {
        const std::int64_t x = plan_.kerb[side] - (side == 0 ? -1 : 1) * between(stream_, 40, 150),
                           z = between(stream_, 500, 2400);
        const bool across = chance(stream_, 35);
        stand(z, [=, this] { paint_cyclist(*view_, stream_, {x, 0, z}, across); });
      }
    if (chance(stream_, 25)) {  // somebody crosses
      const std::int64_t x = between(stream_, plan_.kerb[0], plan_.kerb[1]), z = between(stream_, 700, 3000);
      stand(z, [=, this] { paint_pedestrian(*view_, stream_, {x, 0, z}); });
    }
  }

  Stream& stream_;
  Weather weather_;
  Plan plan_;
  Camera camera_;
  std::unique_ptr<StreetView> view_;  // too large for a stack
  std::vector<Thing> things_;
};

}  // namespace

void draw_street(Stream stream, std::span<std::uint8_t> pixels, std::span<std::uint8_t> labels) {
  StreetScene(stream).draw(pixels, labels);
}

}  // namespace symopt
