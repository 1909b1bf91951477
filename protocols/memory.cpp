// memory.cpp — the heap before and after a training came to be.
#include "protocols/memory.hpp"

#include <malloc.h>

#include "protocols/batches.hpp"
#include "protocols/phase.hpp"
#include "protocols/training.hpp"

namespace symopt {

namespace {

#if defined(__GLIBC__) && (__GLIBC__ > 2 || (__GLIBC__ == 2 && __GLIBC_MINOR__ >= 33))
std::size_t heap_bytes() {
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}
#else
std::size_t heap_bytes() { return 0; }
#endif

// A trial that writes a checkpoint holds its state twice.
template <class Real>
std::size_t measure(const TrialSpec& spec, const Dataset& data, int threads) {
  const std::size_t before = heap_bytes();
  Training<Real> training(
      spec, data, [] {}, threads);
  std::vector<std::uint32_t> samples(static_cast<size_t>(spec.protocol.batch));
  for (size_t i = 0; i < samples.size(); ++i) samples[i] = static_cast<std::uint32_t>(i % data.train.count());
  Batches batches(samples, spec.protocol.batch, Stream(0));
  training.start(batches, Stream(0), Stream(0));
  double cost = 0;
  Evaluation evaluation;
  training.train_epoch(batches, 1, 0, cost);
  training.evaluate(data.train, batches.samples(), "training", evaluation);
  std::size_t state = 0;
  for (const StateArray& array : training.state()) state += array.bytes.size();
  const std::size_t after = heap_bytes();
  return after <= before ? 0 : after - before + state;
}

}  // namespace

std::size_t trial_bytes(const TrialSpec& spec, const Dataset& data, int threads) {
  // Beside what is measured: the threads' stacks, indices of samples, what the C library keeps in reserve.
  constexpr std::size_t kAround = std::size_t{1} << 20;
  const std::size_t bytes =
      spec.precision == "double" ? measure<double>(spec, data, threads) : measure<float>(spec, data, threads);
  return bytes == 0 ? 0 : bytes + bytes / 20 + kAround + static_cast<std::size_t>(threads) * kAround;
}

}  // namespace symopt
