// bench_steps.hpp — part of `symopt bench`: single training steps of networks that say their own sizes, on
// random samples, against the arithmetic limit and, in turns, another program.
#pragma once
#include <string>
#include <vector>

#include "core/network/network_spec.hpp"

namespace symopt {

/// Floating-point operations of one gradient: 2·R·O·I for each product over R rows, samples or pixels; the
/// first layer needs no gradient of its inputs.
double step_flop(const NetworkSpec& spec, Index batch);

struct StepBench {
  std::vector<NetworkSpec> networks;
  Index batch = 100;
  int threads = 1, steps = 7, turns = 7;
  std::string against;   ///< a command that prints a line with the median seconds of its steps as sixth field
  double gemm_rate = 0;  ///< of one core, in FLOP/s
};

/// Steps of a gradient and a plain update, in single precision: the table of their times.
std::string time_steps(const StepBench& bench);

/// The `field`-th value (from 0) of the comma-separated line that a command prints. UserError where there is
/// none.
double rival_number(const std::string& command, int field);

}  // namespace symopt
