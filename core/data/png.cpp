// png.cpp — libpng's reader. It reports errors by longjmp, so its calls stand in functions without
// destructors.
#include "core/data/png.hpp"

#include <fmt/format.h>
#include <png.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <new>

#include "core/error.hpp"
#include "core/regular_file.hpp"

namespace symopt {

namespace {

constexpr int kBits = 8;
// Deflate cannot do better: 258 bytes from a match of two bits.
constexpr std::uint64_t kMaxDeflateRatio = 1032;

struct Reader {
  png_structp png = nullptr;
  png_infop info = nullptr;
  char message[200] = "";
  png_uint_32 width = 0, height = 0;
  int bits = 0, colour = 0;
  ~Reader() { png_destroy_read_struct(&png, &info, nullptr); }
};

[[noreturn]] void on_error(png_structp png, png_const_charp message) {
  auto* reader = static_cast<Reader*>(png_get_error_ptr(png));
  std::snprintf(reader->message, sizeof reader->message, "%s", message);
  png_longjmp(png, 1);
}
void on_warning(png_structp, png_const_charp) {}

bool read_header(Reader& r, std::FILE* file) {
  if (setjmp(png_jmpbuf(r.png))) return false;
  png_init_io(r.png, file);
  png_read_info(r.png, r.info);
  png_get_IHDR(r.png, r.info, &r.width, &r.height, &r.bits, &r.colour, nullptr, nullptr, nullptr);
  return true;
}

bool read_rows(Reader& r, std::uint8_t* pixels, std::size_t row) {
  if (setjmp(png_jmpbuf(r.png))) return false;
  const int passes = png_set_interlace_handling(r.png);
  png_read_update_info(r.png, r.info);
  if (png_get_rowbytes(r.png, r.info) != row) png_error(r.png, "rows of another length");
  for (int pass = 0; pass < passes; ++pass)
    for (png_uint_32 y = 0; y < r.height; ++y) png_read_row(r.png, pixels + y * row, nullptr);
  png_read_end(r.png, nullptr);
  return true;
}

const char* colour_name(int type) {
  switch (type) {
    case PNG_COLOR_TYPE_GRAY:
      return "grey";
    case PNG_COLOR_TYPE_PALETTE:
      return "palette";
    case PNG_COLOR_TYPE_RGB:
      return "RGB";
    case PNG_COLOR_TYPE_GRAY_ALPHA:
      return "grey and alpha";
    default:
      return "RGB and alpha";
  }
}

}  // namespace

Picture read_png(const std::filesystem::path& path, int channels) {
  std::string fault;
  const FileStream file = open_regular_stream(path, fault);
  if (!file) throw UserError(path.string(), "open", "a readable file", fault);
  Reader r;
  r.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &r, on_error, on_warning);
  if (r.png) r.info = png_create_info_struct(r.png);
  if (!r.info) throw std::bad_alloc();
  const auto damaged = [&] { return UserError(path.string(), "content", "a PNG picture", r.message); };
  if (!read_header(r, file.get())) throw damaged();

  if (r.colour != (channels == 3 ? PNG_COLOR_TYPE_RGB : PNG_COLOR_TYPE_GRAY) || r.bits != kBits)
    throw UserError(path.string(), "header",
                    fmt::format("{} with {} bits", channels == 3 ? "RGB" : "grey", kBits),
                    fmt::format("{} with {} bits", colour_name(r.colour), r.bits));
  const std::uint64_t row = std::uint64_t{r.width} * static_cast<unsigned>(channels), total = row * r.height;
  std::error_code ignored;
  const std::uint64_t size = std::filesystem::file_size(path, ignored);
  if (total > size * kMaxDeflateRatio)
    throw UserError(path.string(), "header", fmt::format("no more pixels than {} bytes can hold", size),
                    fmt::format("{} x {}", r.width, r.height));
  Picture picture{static_cast<int>(r.width), static_cast<int>(r.height), channels, {}};
  picture.pixels.resize(total);
  if (!read_rows(r, picture.pixels.data(), row)) throw damaged();
  return picture;
}

std::string to_png(const Picture& picture) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.format = picture.channels == 3 ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
  image.width = static_cast<png_uint_32>(picture.width),
  image.height = static_cast<png_uint_32>(picture.height);
  png_alloc_size_t size = 0;
  std::string bytes;
  for (int pass = 0; pass < 2; ++pass) {  // the first one finds the size
    void* const to = pass == 0 ? nullptr : bytes.data();
    if (!png_image_write_to_memory(&image, to, &size, 0, picture.pixels.data(), 0, nullptr))
      throw UserError("picture", "PNG", "to be written", image.message);
    bytes.resize(size);
  }
  return bytes;
}

}  // namespace symopt
