// png.hpp — 8-bit PNG pictures, read without trusting them (libpng).
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace symopt {

struct Picture {
  int width = 0, height = 0, channels = 0;
  std::vector<std::uint8_t> pixels;  ///< height × width × channels
};

/// `channels` 3: red, green, blue. 1: grey values. Both of 8 bits as they stand in the file: a palette, other
/// depths and alpha are refused, as converting them would change a label. UserError naming the file, what was
/// expected and found; no more memory than the file's size allows for.
Picture read_png(const std::filesystem::path& file, int channels);

/// The file of a picture with 1 (grey) or 3 channels.
std::string to_png(const Picture& picture);

}  // namespace symopt
