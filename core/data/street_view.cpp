// street_view.cpp — projection, painting and labelling.
#include "core/data/street_view.hpp"

#include <utility>

#include "core/data/street_classes.hpp"

namespace symopt {

namespace {

constexpr std::int64_t kNearest = 100;  // cm: what is nearer is not seen
// Of a pixel, in sixteenths: a thing has it from the one, and leaves it alone up to the other.
constexpr std::int64_t kMost = 11, kLeast = 5;

// −128 to 127, another for each pixel and salt: SplitMix64's last steps (Steele, Lea, Flood 2014).
std::int64_t speck(std::size_t pixel, std::uint64_t salt) {
  std::uint64_t h = (static_cast<std::uint64_t>(pixel) + salt) * 0x9e3779b97f4a7c15u;
  h = (h ^ (h >> 30)) * 0xbf58476d1ce4e5b9u;
  h = (h ^ (h >> 27)) * 0x94d049bb133111ebu;
  return static_cast<std::int64_t>((h ^ (h >> 31)) & 255) - 128;
}

}  // namespace

Face upright(std::int64_t x0, std::int64_t x1, std::int64_t y0, std::int64_t y1, std::int64_t z) {
  return {{x0, y0, z}, {x1, y0, z}, {x1, y1, z}, {x0, y1, z}};
}

Face wall(std::int64_t x, std::int64_t y0, std::int64_t y1, std::int64_t z0, std::int64_t z1) {
  return {{x, y0, z0}, {x, y0, z1}, {x, y1, z1}, {x, y1, z0}};
}

Face ground(std::int64_t x0, std::int64_t x1, std::int64_t z0, std::int64_t z1) {
  std::vector<std::int64_t> steps{z0};
  for (const std::int64_t z : {500, 1000, 1500, 2000, 2800, 4000, 6000, 9000})
    if (z0 < z && z < z1) steps.push_back(z);
  steps.push_back(z1);
  Face face;
  for (auto z = steps.begin(); z != steps.end(); ++z) face.push_back({x0, 0, *z});
  for (auto z = steps.rbegin(); z != steps.rend(); ++z) face.push_back({x1, 0, *z});
  return face;
}

Face disc(Place middle, std::int64_t radius, bool along) {
  static const fixed::Rotation turn = fixed::half_angle(815);  // tan(π/16): a sixteenth of a turn
  Face face;
  fixed::Rotation r;
  for (int corner = 0; corner < 16; ++corner) {
    const std::int64_t aside = fixed::divide(r.cosine * radius, fixed::one),
                       up = fixed::divide(r.sine * radius, fixed::one);
    face.push_back({middle.x + (along ? 0 : aside), middle.y + up, middle.z + (along ? aside : 0)});
    r = {fixed::divide(r.cosine * turn.cosine - r.sine * turn.sine, fixed::one),
         fixed::divide(r.sine * turn.cosine + r.cosine * turn.sine, fixed::one)};
  }
  return face;
}

Colour near_colour(Stream& stream, const Colour& colour, std::int64_t deviation) {
  const std::int64_t light = fixed::bell(stream, deviation);
  Colour other = colour;
  for (std::int64_t& value : other)
    value = std::clamp<std::int64_t>(value + light + fixed::bell(stream, deviation / 3), 4, 250);
  return other;
}

fixed::Vec Camera::seen(Place p) const {
  const std::int64_t z = std::max(p.z, kNearest), scale = focal * fixed::pixel;
  const std::int64_t x = fixed::divide(scale * (p.x + swerve(z)), z),
                     y = fixed::divide(scale * (height - p.y - ((climb * z * z) >> 20)), z);
  return {horizon.x + x - ((roll * y) >> 12), horizon.y + y + ((roll * x) >> 12)};
}

StreetView::StreetView(Stream& stream, const Camera& camera, const Daylight& light, const Colour& above,
                       const Colour& below)
    : camera_(camera), light_(light), salt_(stream.below(std::uint64_t{1} << 62)) {
  const Blotches<kStreetWidth, kStreetHeight> clouds(stream, fixed::between(stream, 2, 14));
  for (int y = 0; y < kStreetHeight; ++y)
    for (int x = 0; x < kStreetWidth; ++x) {
      const std::int64_t down = std::min<std::int64_t>(y * 6, 256), cloud = clouds.at(x, y);
      const auto p = static_cast<std::size_t>(y * kStreetWidth + x);
      for (std::size_t c = 0; c < 3; ++c)
        colours_[3 * p + c] = above[c] + (((below[c] - above[c]) * down) >> 8) + cloud;
    }
}

void StreetView::cover(const std::vector<Face>& faces) {
  outlines_.resize(faces.size());
  for (std::size_t f = 0; f < faces.size(); ++f) {
    outlines_[f].clear();
    for (const Place& p : faces[f]) outlines_[f].push_back(camera_.seen(p));
  }
  cover_.fill(outlines_);
}

Colour StreetView::hazed(const Colour& colour, std::int64_t z) const {
  const std::int64_t share = std::min<std::int64_t>((z * light_.haziness) >> 14, 230);
  Colour far;
  for (std::size_t c = 0; c < 3; ++c) far[c] = colour[c] + (((light_.haze[c] - colour[c]) * share) >> 8);
  return far;
}

void StreetView::blend(const Colour& colour, std::int64_t grain) {
  salt_ += kPixels;
  for (int y = cover_.top; y < cover_.bottom; ++y)
    for (int x = cover_.left; x < cover_.right; ++x) {
      const std::int64_t share = cover_.share(x, y);
      if (share == 0) continue;
      const auto p = static_cast<std::size_t>(y * kStreetWidth + x);
      const std::int64_t light = (grain * speck(p, salt_)) >> 7;
      for (std::size_t c = 0; c < 3; ++c) {
        std::int64_t& value = colours_[3 * p + c];
        value += ((colour[c] + light - value) * share) >> 11;  // Cover::full
      }
    }
}

// What two faces cover of a pixel is taken to be independent: a face's windows take nothing that it has.
void StreetView::take() {
  box_ = {std::min(box_.left, cover_.left), std::min(box_.top, cover_.top),
          std::max(box_.right, cover_.right), std::max(box_.bottom, cover_.bottom)};
  for (int y = cover_.top; y < cover_.bottom; ++y)
    for (int x = cover_.left; x < cover_.right; ++x) {
      std::int64_t& taken = taken_[static_cast<std::size_t>(y * kStreetWidth + x)];
      taken += ((Cover::full - taken) * cover_.share(x, y)) >> 11;  // Cover::full
    }
}

void StreetView::paint(const std::vector<Face>& faces, const Colour& colour, std::int64_t grain) {
  cover(faces);
  take();
  blend(hazed(colour, faces.front().front().z), grain);
}

void StreetView::mark(const Face& face, const Colour& colour, std::int64_t grain) {
  cover({face});
  blend(hazed(colour, face.front().z), grain);
}

void StreetView::shade(const Face& face, std::int64_t factor) {
  cover({face});
  for (int y = cover_.top; y < cover_.bottom; ++y)
    for (int x = cover_.left; x < cover_.right; ++x) {
      const std::int64_t share = (cover_.share(x, y) * (factor - 256)) >> 11;  // Cover::full
      for (std::size_t c = 0; c < 3; ++c) {
        std::int64_t& value = colours_[static_cast<std::size_t>(3 * (y * kStreetWidth + x)) + c];
        value += (value * share) >> 8;
      }
    }
}

void StreetView::claim(const Face& face) {
  cover({face});
  take();
}

void StreetView::finish(int label) {
  for (int y = box_.top; y < box_.bottom; ++y)
    for (int x = box_.left; x < box_.right; ++x) {
      const auto p = static_cast<std::size_t>(y * kStreetWidth + x);
      const std::int64_t taken = std::exchange(taken_[p], 0) * 16;
      if (taken >= kMost * Cover::full)
        labels_[p] = static_cast<std::uint8_t>(label);
      else if (taken > kLeast * Cover::full && labels_[p] != label)
        labels_[p] = kVoid;
    }
  box_ = {};
}

void StreetView::haze_ground() {
  for (int y = 0; y < kStreetHeight; ++y) {
    const std::int64_t below = y * fixed::pixel + fixed::pixel / 2 - camera_.horizon.y;
    if (below <= 0) continue;
    const std::int64_t z = camera_.focal * fixed::pixel * camera_.height / below;
    for (int x = 0; x < kStreetWidth; ++x) {
      const auto p = static_cast<std::size_t>(y * kStreetWidth + x);
      const Colour far = hazed({colours_[3 * p], colours_[3 * p + 1], colours_[3 * p + 2]}, z);
      std::copy(far.begin(), far.end(), colours_.begin() + static_cast<std::ptrdiff_t>(3 * p));
    }
  }
}

void StreetView::develop(Stream& stream, std::int64_t grain, std::span<std::uint8_t> pixels,
                         std::span<std::uint8_t> labels) {
  for (std::size_t i = 0; i < colours_.size(); ++i) colours_[i] = (colours_[i] * light_.gain[i % 3]) >> 8;
  symopt::develop(std::span<const std::int64_t, 3 * kPixels>(colours_), stream, grain, pixels);
  std::copy(labels_.begin(), labels_.end(), labels.begin());
}

static_assert(PolygonCover<kStreetWidth, kStreetHeight>::full == 2048, "the shifts' divisor");

}  // namespace symopt
