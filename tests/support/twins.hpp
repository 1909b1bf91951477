// twins.hpp — every optimizer once more, written for the eye only: what its step should be.
//
// A new optimizer gets a file twin_NAME.cpp here and a line in twins.def.
#pragma once
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/network/network.hpp"
#include "tests/support/naive_network.hpp"

namespace symopt::test {

/// What one layer saw and sent back at one step.
struct TwinTrace {
  Rows inputs, gradients;  ///< a: B×I, dL/dZ: B×O
};

/// Everything that can determine a step: what the optimizer saw from its start to now. Entry t of each list
/// is of step t; the last is of the step to be made.
struct Past {
  const NetworkSpec& spec;
  const ParamLayout& layout;
  std::map<std::string, std::string> options;  ///< every option and its value
  std::vector<Vector> theta = {};              ///< before the step; the first as bind left it
  std::vector<Vector> grad = {};
  Vector rate = {};
  std::vector<std::vector<TwinTrace>> traces = {};  ///< of each layer
  std::vector<Rows> X = {};                         ///< the batches
  std::vector<std::vector<std::uint8_t>> labels = {};
  Stream random{0};  ///< what the stepper was bound with

  double number(const std::string& option) const { return std::stod(options.at(option)); }
};

/// Entry (row, column) of a block in a flat array.
inline size_t at(const Block& block, Index row, Index column) {
  return static_cast<size_t>(block.offset + row * block.cols + column);
}

struct Twin {
  std::string name;
  /// theta after the step.
  std::function<Vector(const Past&)> step;
  /// theta after bind, given the starting values and the options.
  std::function<Vector(const ParamLayout&, const std::map<std::string, std::string>&, const Vector&)> bind =
      [](const ParamLayout&, const std::map<std::string, std::string>&, const Vector& theta) {
        return theta;
      };
  /// What it is tried with; every option differs from its default in one of them.
  std::vector<std::string> settings = {""};
  /// Roundings of the step, relative to the largest parameter of a block.
  double roundings = 50;
  double rate = 0.3;  ///< of the first step
  int steps = 4;
  double wide_roundings = 0;  ///< in double, where they differ: roots of what is small are of the gradient's
};

/// nullptr where there is none.
const Twin* find_twin(const std::string& name);

}  // namespace symopt::test
