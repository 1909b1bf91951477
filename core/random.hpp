// random.hpp — random streams by purpose: what is drawn depends on (seed, trial, purpose, index) and on
// nothing else.
#pragma once
#include <boost/random/mersenne_twister.hpp>
#include <cstdint>
#include <span>
#include <vector>

namespace symopt {

/// What a stream is for. The numbers are part of every result: never renumber, only append.
enum class Purpose : std::uint64_t {
  init = 1,
  split = 2,
  batches = 3,
  search = 4,
  labels = 5,
  teleport = 6,
  bootstrap = 7,
  digits = 8,
  certificate = 9,
  sampler = 10,
  shapes = 11,
};

/// One stream of random numbers. Forking does not depend on how much of the parent was drawn, so streams can
/// be made in any order, on any thread. Distributions are Boost's: the same numbers on every platform;
/// `below` gives those of its uniform_int_distribution without most of its divisions.
class Stream {
 public:
  explicit Stream(std::uint64_t key);
  /// The root of trial `trial` (0, 1, …) of the experiment with seed `seed`.
  Stream(std::uint64_t seed, std::uint64_t trial);
  Stream fork(Purpose purpose, std::uint64_t index = 0) const;

  double uniform();                         ///< in [0, 1)
  double uniform(double low, double high);  ///< in [low, high)
  double normal();                          ///< N(0, 1)
  std::uint64_t below(std::uint64_t n);     ///< in {0, …, n−1}, n ≥ 1
  void shuffle(std::span<std::uint32_t> values);
  std::vector<std::uint32_t> permutation(std::uint32_t n);

 private:
  std::uint64_t key_;
  boost::random::mt19937_64 engine_;
  std::uint64_t n_ = 1,
                bucket_ = 0;  // of the last `below`: how many numbers of the engine stand for one of its n
};

}  // namespace symopt
