// picture.hpp — the shape of pictures whose pixels are rows: B pictures are (B·height·width)×channels, row
// after row from the top, channels last. What has no height and width is a picture of one pixel.
#pragma once
#include <algorithm>

#include "core/arrays.hpp"

namespace symopt {

struct PictureShape {
  Index height = 1, width = 1, channels = 1;
  Index pixels() const { return height * width; }
  Index size() const { return pixels() * channels; }
  bool operator==(const PictureShape&) const = default;
};

/// What lies around a picture where a window reaches beyond it. same: as little as gives every pixel (with
/// stride s, every s-th) a window, the odd pixel below and to the right. valid: nothing. ceil: nothing before
/// it, and behind it what the last of the windows needs that all pixels take (poolings, whose windows overlap
/// or touch).
enum class Padding { same, valid, ceil };

/// Windows along one side of `length` pixels, and how far the first one begins before it.
struct Windows {
  Index count = 0, before = 0;
  Windows(Index length, Index kernel, Index stride, Padding padding) {
    const Index rest = std::max<Index>(0, length - kernel);
    switch (padding) {
      case Padding::same:
        count = (length + stride - 1) / stride;
        before = std::max<Index>(0, (count - 1) * stride + kernel - length) / 2;
        return;
      case Padding::valid:
        count = rest / stride + 1;
        return;
      case Padding::ceil:
        count = (rest + stride - 1) / stride + 1;
        return;
    }
  }
};

}  // namespace symopt
