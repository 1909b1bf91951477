// tar.hpp — chosen members of a .tar or .tar.gz archive (POSIX ustar), read without trusting it.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>

namespace symopt::fetch {

/// Calls `take(name, bytes)` for every regular file in `archive` for which `wanted(name, size)`; `name` is
/// the last part of the member's path, so that no member can point anywhere. Nothing else is kept in memory.
/// UserError naming archive, offset, expected and found.
void read_tar(const std::filesystem::path& archive,
              const std::function<bool(const std::string& name, std::uint64_t size)>& wanted,
              const std::function<void(const std::string& name, std::span<const std::uint8_t> bytes)>& take);

}  // namespace symopt::fetch
