// synth_streets.cpp — as many streets as CamVid has.
#include "core/data/synth_streets.hpp"

#include "core/data/drawn.hpp"
#include "core/data/street_classes.hpp"
#include "core/data/street_view.hpp"

namespace symopt {

Dataset synth_streets(std::uint32_t train, std::uint32_t validation, std::uint32_t test) {
  constexpr std::uint64_t streets_seed = 0x73747265657473;
  Dataset data;
  data.name = "synth-streets";
  data.height = kStreetHeight, data.width = kStreetWidth, data.channels = 3;
  data.classes = kStreetClasses, data.ignored = kVoid, data.looks = street_looks();
  data.own_validation = validation;
  draw_labelled_pixels(data, train + validation, test, Stream(streets_seed), Purpose::shapes, draw_street);
  return data;
}

}  // namespace symopt
