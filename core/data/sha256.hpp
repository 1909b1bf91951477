// sha256.hpp — SHA-256 (FIPS 180-4) of bytes, by OpenSSL.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace symopt {

/// An incremental hash: update any number of times, then hex() once.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  void update(std::span<const std::uint8_t> bytes);
  void update(std::string_view text);
  std::string hex();  ///< 64 lower-case hexadecimal digits

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

std::string sha256(std::string_view text);
std::string sha256(std::span<const std::uint8_t> bytes);

}  // namespace symopt
