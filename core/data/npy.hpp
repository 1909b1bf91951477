// npy.hpp — NumPy's array files (NEP 1, format version 1.0): little-endian, in C order, of the element types
// used here.
#pragma once
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace symopt {

class ByteSource;

enum class NpyType { uint8, int32, int64, float32, float64, int8, uint16, int16, uint32, uint64 };
std::size_t size_of(NpyType type);       ///< bytes an element
std::string_view name_of(NpyType type);  ///< as NumPy calls it: uint8, …

template <class T>
inline constexpr NpyType kNpyType = NpyType::uint8;
template <>
inline constexpr NpyType kNpyType<std::int32_t> = NpyType::int32;
template <>
inline constexpr NpyType kNpyType<std::int64_t> = NpyType::int64;
template <>
inline constexpr NpyType kNpyType<float> = NpyType::float32;
template <>
inline constexpr NpyType kNpyType<double> = NpyType::float64;

/// An array as a file holds it: the last index of `shape` runs fastest; no dimensions: one number.
struct NpyArray {
  /// A file may have as many dimensions; NumPy's own limit.
  static constexpr std::size_t kMaxRank = 32;
  NpyType type = NpyType::float64;
  std::vector<std::size_t> shape;
  std::string bytes;
  std::size_t count() const { return bytes.size() / size_of(type); }

  /// T: std::uint8_t, std::int32_t, std::int64_t, float or double. `values` are as many as the product of
  /// `shape`.
  template <class T>
  static NpyArray of(std::vector<std::size_t> shape, std::span<const T> values) {
    return {kNpyType<T>, std::move(shape),
            std::string(reinterpret_cast<const char*>(values.data()), values.size_bytes())};
  }
  /// The elements; they have to be of type T.
  template <class T>
  std::vector<T> values() const;
};

/// What the file says before its elements.
struct NpyHeader {
  NpyType type;
  std::vector<std::size_t> shape;
  std::size_t count() const;  ///< elements
};

/// The file's bytes: magic, version, a header padded to a multiple of 64, the elements.
std::string to_npy(const NpyArray& array);
/// Reads up to the first element without trusting the header: UserError naming file, offset, expected and
/// found; other versions, types, byte orders and Fortran order are refused, and so is a shape of more bytes
/// than the file can hold.
NpyHeader read_npy_header(ByteSource& source);
/// The whole file; more or fewer bytes than the shape says are refused.
NpyArray read_npy(const std::filesystem::path& file);

}  // namespace symopt
