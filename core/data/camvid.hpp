// camvid.hpp — CamVid in the split of SegNet (Brostow et al. 2009; Badrinarayanan, Kendall, Cipolla 2015):
// lists of pictures and label pictures.
#pragma once
#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "core/data/dataset.hpp"

namespace symopt {

/// One photograph and its labels, relative to the data set's folder.
struct CamvidPair {
  std::string image, labels;
};

struct CamvidDescription {
  std::string name, description;
  std::vector<std::string> folders;  ///< relative to the data folder; the first with the three lists wins
  std::array<std::size_t, 3> pairs;  ///< in train, val, test
  int classes = 11;                  ///< label `classes` is void
  bool halved = false;               ///< what lies there at 480×360 is read at half the size
};
/// 367 + 101 + 233 photographs of streets, 480×360 (or halved, 240×180), eleven classes and void.
const CamvidDescription& camvid();
/// The same at half the size: from a folder that has them so, else of each 2×2 pixels the mean colour and the
/// upper left label.
const CamvidDescription& camvid_half();

/// train, val, test: the lists are NAME.txt, the pictures lie in NAME and NAMEannot.
const std::array<std::string, 3>& camvid_parts();

/// The folder that has the three lists, else "".
std::filesystem::path find_camvid(const CamvidDescription& set, const std::filesystem::path& data);

/// The pairs of a list: a line each, two paths of which only folder and name count, since the published lists
/// have absolute ones. UserError naming line, expected and found; also where a path leaves the folders of the
/// part.
std::vector<CamvidPair> read_camvid_list(const std::filesystem::path& list, const std::string& part,
                                         std::size_t pairs);

/// All pictures, of any one size: those of train and, behind them, of val, which always validate; those of
/// test. UserError naming the file where a picture is missing, damaged, of another kind or size, or has a
/// label above `classes`.
Dataset load_camvid(const CamvidDescription& set, const std::filesystem::path& data);

/// Reads a picture and checks size, colours and labels. UserError.
void check_camvid_image(const std::filesystem::path& file);
void check_camvid_labels(const std::filesystem::path& file, int classes);

}  // namespace symopt
