// real_camvid.hpp — CamVid at half size, where $SYMOPT_DATA has it.
#pragma once
#include <cstdlib>
#include <optional>

#include "core/data/camvid.hpp"
#include "tests/support/catch.hpp"

namespace symopt::test {

/// Nothing, with a warning of the test, where it is not there or of another size.
inline std::optional<Dataset> real_camvid_half() {
  const char* folder = std::getenv("SYMOPT_DATA");
  if (!folder || find_camvid(camvid(), folder).empty()) {
    WARN("no CamVid in SYMOPT_DATA: not tested");
    return {};
  }
  Dataset data = load_camvid(camvid(), folder);
  if (data.width == 240) return data;
  WARN("CamVid is not 240x180: not tested");
  return {};
}

}  // namespace symopt::test
