// picture.hpp — the shape of pictures whose pixels are rows: B pictures are (B·height·width)×channels, row after row
// from the top, channels last. What has no height and width is a picture of one pixel.
#pragma once
#include "core/arrays.hpp"

namespace symopt {

struct Picture {
  Index height = 1, width = 1, channels = 1;
  Index pixels() const { return height * width; }
  Index size() const { return pixels() * channels; }
  bool operator==(const Picture&) const = default;
};

/// What lies around a picture where a window reaches beyond it: as little as gives every pixel (with stride s, every
/// s-th) a window, the odd pixel below and to the right (same), or nothing (valid).
enum class Padding { same, valid };

/// Windows along one side of `length` pixels, and how far the first one begins before it.
struct Windows {
  Index count, before;
  Windows(Index length, Index kernel, Index stride, Padding padding)
      : count(padding == Padding::same ? (length + stride - 1) / stride : (length - kernel) / stride + 1),
        before(padding == Padding::same ? std::max<Index>(0, (count - 1) * stride + kernel - length) / 2 : 0) {}
};

}  // namespace symopt
