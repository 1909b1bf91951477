// street_view.hpp — a street as a camera sees it: faces of things in perspective, painted one upon another
// with what they are.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "core/data/paint.hpp"
#include "core/data/polygon_cover.hpp"

namespace symopt {

inline constexpr int kStreetWidth = 120, kStreetHeight = 90;

/// In cm: to the right of the camera, above the road, ahead. The street's own coordinates: where it bends or
/// climbs, they do.
struct Place {
  std::int64_t x = 0, y = 0, z = 0;
};
/// A flat polygon, or one that is taken for flat.
using Face = std::vector<Place>;

/// Across the street, z ahead.
Face upright(std::int64_t x0, std::int64_t x1, std::int64_t y0, std::int64_t y1, std::int64_t z);
/// Along the street at x.
Face wall(std::int64_t x, std::int64_t y0, std::int64_t y1, std::int64_t z0, std::int64_t z1);
/// On the ground, in pieces short enough for bends.
Face ground(std::int64_t x0, std::int64_t x1, std::int64_t z0, std::int64_t z1);
/// Sixteen corners around a middle: across the street, or along it.
Face disc(Place middle, std::int64_t radius, bool along = false);

struct Camera {
  std::int64_t focal = 105, height = 140;  ///< pixels; cm
  fixed::Vec horizon;                      ///< where a straight and level street ends, in 1/256 pixel
  std::int64_t bend = 0, climb = 0;        ///< cm for each 2^20 cm² of distance
  std::int64_t roll = 0;                   ///< in 1/4096
  std::int64_t swerve(std::int64_t z) const { return (bend * z * z) >> 20; }
  fixed::Vec seen(Place p) const;
};

struct Daylight {
  Colour haze{};                                     ///< what is far takes its colour
  std::int64_t haziness = 0;                         ///< in 1/256 for each 2^14 cm
  Colour gain{256, 256, 256};                        ///< of the whole picture, in 1/256
  std::int64_t left = 256, right = 256, near = 256;  ///< on faces that look there, in 1/256
};

class StreetView {
 public:
  /// All sky, from one colour to another, uneven.
  StreetView(Stream& stream, const Camera& camera, const Daylight& light, const Colour& above,
             const Colour& below);

  /// Paints a face of the thing that is being drawn; `grain`: how much its pixels differ.
  void paint(const Face& face, const Colour& colour, std::int64_t grain = 6) {
    paint(std::vector<Face>{face}, colour, grain);
  }
  /// What an odd number of the faces surround.
  void paint(const std::vector<Face>& faces, const Colour& colour, std::int64_t grain = 6);
  /// Paints what is no thing of its own: what is there keeps its label.
  void mark(const Face& face, const Colour& colour, std::int64_t grain = 6);
  /// Darker or brighter, in 1/256; labels stay.
  void shade(const Face& face, std::int64_t factor);
  /// What is seen through belongs to the thing too.
  void claim(const Face& face);
  /// The thing is drawn: its pixels get its label, those half covered become void.
  void finish(int label);
  /// Mist upon the ground, before anything stands on it.
  void haze_ground();

  const Camera& camera() const { return camera_; }
  const Daylight& light() const { return light_; }
  /// How many pixels `length` cm are at `z`, in 1/256.
  std::int64_t pixels(std::int64_t length, std::int64_t z) const {
    return camera_.focal * fixed::pixel * length / z;
  }

  void develop(Stream& stream, std::int64_t grain, std::span<std::uint8_t> pixels,
               std::span<std::uint8_t> labels);

 private:
  using Cover = PolygonCover<kStreetWidth, kStreetHeight>;
  static constexpr std::size_t kPixels = static_cast<std::size_t>(kStreetWidth) * kStreetHeight;
  struct Box {
    int left = kStreetWidth, top = kStreetHeight, right = 0, bottom = 0;
  };

  void cover(const std::vector<Face>& faces);
  Colour hazed(const Colour& colour, std::int64_t z) const;
  void blend(const Colour& colour, std::int64_t grain);
  void take();

  Camera camera_;
  Daylight light_;
  std::uint64_t salt_;
  Cover cover_;
  std::vector<Outline> outlines_;
  Box box_;                                    // of the thing that is being drawn
  std::array<std::int64_t, kPixels> taken_{};  // by it, in 1/Cover::full
  std::array<std::uint8_t, kPixels> labels_{};
  std::array<std::int64_t, 3 * kPixels> colours_;
};

/// `colour` in a light, in 1/256.
inline Colour lit(const Colour& colour, std::int64_t light) {
  return {(colour[0] * light) >> 8, (colour[1] * light) >> 8, (colour[2] * light) >> 8};
}
/// About `colour`: brighter or darker, and a little of another hue.
Colour near_colour(Stream& stream, const Colour& colour, std::int64_t deviation);

inline bool chance(Stream& stream, std::uint64_t percent) { return stream.below(100) < percent; }

}  // namespace symopt
