// street_classes.cpp — names and colours.
#include "core/data/street_classes.hpp"

namespace symopt {

const std::vector<ClassLook>& street_looks() {
  static const std::vector<ClassLook> looks{
      {"sky", {128, 128, 128}},    {"building", {128, 0, 0}},    {"pole", {192, 192, 128}},
      {"road", {128, 64, 128}},    {"pavement", {60, 40, 222}},  {"tree", {128, 128, 0}},
      {"sign", {192, 128, 128}},   {"fence", {64, 64, 128}},     {"car", {64, 0, 128}},
      {"pedestrian", {64, 64, 0}}, {"bicyclist", {0, 128, 192}}, {"void", {0, 0, 0}},
  };
  return looks;
}

}  // namespace symopt
