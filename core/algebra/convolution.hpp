// convolution.hpp — the three products of a convolution over pictures whose pixels are rows.
// B pictures of H×W pixels and C channels, P of H'×W' pixels out, O filters k×k, K = k·k·C.
// X: (B·H·W)×C   W: O×K, a filter's weights by (row, column, channel)   Z, dZ: (B·H'·W')×O
#pragma once
#include <vector>

#include "core/algebra/gemm.hpp"
#include "core/algebra/team.hpp"
#include "core/picture.hpp"

namespace symopt {

struct ConvolutionShape {
  PictureShape input;
  Index filters = 1, kernel = 1, stride = 1;
  Padding padding = Padding::same;

  Windows rows() const { return {input.height, kernel, stride, padding}; }
  Windows columns() const { return {input.width, kernel, stride, padding}; }
  PictureShape output() const { return {rows().count, columns().count, filters}; }
  Index depth() const { return kernel * kernel * input.channels; }  ///< K
};

/// Allocates on construction and, until each thread has met the largest product, in passes. Sums are cut into
/// parts that depend on B and the shape alone, so that their bits do not depend on the number of threads.
template <class Real>
class Convolution {
 public:
  explicit Convolution(const ConvolutionShape& shape);
  const ConvolutionShape& shape() const { return shape_; }

  /// Z = patches(X) Wᵀ.
  void forward(Index B, const Real* X, const Real* W, Real* Z, Team& team);
  /// dW = dZᵀ patches(X).
  void weight_gradient(Index B, const Real* dZ, const Real* X, Real* dW, Team& team);
  /// dX: the pixels' shares of dZ W.
  void input_gradient(Index B, const Real* dZ, const Real* W, Real* dX, Team& team);

  /// Rows first … first + count − 1 of patches(X): count×K, what the filters see at that many output pixels.
  void gather(const Real* X, Index first, Index count, Real* patches) const;
  /// Output pixels that one tile of patches holds at most: the memory of a pass is bounded by it, not by B.
  Index tile() const;

 private:
  // Neighbouring columns of pixels out whose windows hold the same columns of cells inside the picture:
  // skipped … skipped + cells − 1.
  struct Span {
    Index first, last, skipped, cells;
  };
  // One picture's way without patches: pixels in and out, and by how much the first window begins above and
  // to the left of it.
  struct Frame {
    PictureShape input;
    Index filters, kernel, stride, above, left, rows, columns;
    std::vector<Span> spans = {};
    void divide();  // fills spans
    /// The rows out whose windows' row of cells y lies inside the picture: first … last − 1.
    Index first_row(Index y) const;
    Index last_row(Index y) const;
    bool direct() const;
  };
  struct Work {  // of one thread
    Scratch<Real> products;
    Buffer<Real> patches;
  };
  Work& prepare(const Team& team, int who);
  const Real* patches(const Real* X, Index first, Index count, Buffer<Real>& memory) const;
  void scatter(const Real* patches, Index first, Index count, Real* dX) const;

  static void forward_direct(const Frame& frame, const Real* X, const Real* W, Real* Z, Work& work);
  static void forward_rows(const Frame& frame, Index y, Index first, Index last, const Real* X, const Real* W,
                           Real* Z, bool add, Work& work);
  static void weight_gradient_direct(const Frame& frame, const Real* dZ, const Real* X, Real* dW, Work& work);
  void turn(const Real* W);

  ConvolutionShape shape_;
  Frame frame_, turned_frame_;  // the second: each input pixel gathers from the outputs whose windows hold it
  std::vector<Work> works_;
  Buffer<Real> partial_;  // weight gradients of parts of the batch
  Buffer<Real> turned_;   // W as the filters of the input gradient: C×(k·k·O)
};

}  // namespace symopt
