// own_data.hpp — `folder:PATH`: anybody's own data, four .npy arrays or four IDX files in a folder.
#pragma once
#include <string>

#include "core/data/dataset.hpp"

namespace symopt {

/// How it is asked for.
inline constexpr const char* kOwnDataForm = "folder:PATH";
inline constexpr const char* kOwnDataHelp =
    "anybody's own: train-images.npy, train-labels.npy, test-images.npy, test-labels.npy, or MNIST's four "
    "IDX "
    "names; plain or .gz";

bool is_own_data(const std::string& name);
/// With the folder's absolute path, so that it means the same from everywhere. UsageError where there is no
/// path, or one that no configuration file can hold.
std::string resolve_own_data(const std::string& name);
/// folder:NAME, the folder's own name: results stay what they are when it moves, and no named data set is
/// called so. Characters that tables, texts or file names would need quotes for are `_`.
std::string own_data_name(const std::string& resolved);

/// UserError naming the file, where in it, expected and found.
Dataset load_own_data(const std::string& resolved);

}  // namespace symopt
