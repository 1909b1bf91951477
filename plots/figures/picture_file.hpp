// picture_file.hpp — whether gnuplot wrote a picture to its end: it says nothing where the disk was full.
#pragma once
#include <filesystem>
#include <string>

namespace symopt {

/// "" where `file` is a whole picture of `format` (png, svg, pdf), else what was expected and what was found.
/// Of a PNG every chunk is followed to the last one, of the others it is the beginning and the end.
std::string picture_fault(const std::filesystem::path& file, const std::string& format);

}  // namespace symopt
