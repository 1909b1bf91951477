// configuration.cpp — config.ini in and out, and the folder that it stands for.
#include "results/configuration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>

#include "results/files.hpp"
#include "results/text.hpp"
#include "results/trial.hpp"

namespace symopt {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kBlanks = " \t";
// Lists of a hundred thousand axes' values are far from it.
constexpr std::uint64_t kMostConfigurationBytes = std::uint64_t{16} << 20;

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

bool is_comment(std::string_view text) { return text.starts_with('#') || text.starts_with(';'); }

// Where a comment after an unquoted value starts: at a # that follows a blank.
std::size_t comment_start(std::string_view value) {
  for (std::size_t i = 1; i < value.size(); ++i)
    if (value[i] == '#' && kBlanks.find(value[i - 1]) != std::string_view::npos) return i;
  return value.size();
}

// The text between quotes, escapes undone; nothing where the quotes do not close or more follows than a
// comment.
std::optional<std::string> quoted_value(std::string_view text) {
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '\\')
      ++i;
    else if (text[i] == '"') {
      const std::string_view after = trimmed(text.substr(i + 1));
      return after.empty() || after.starts_with('#') ? unescaped(text.substr(1, i - 1)) : std::nullopt;
    }
  }
  return std::nullopt;
}

bool needs_quotes(std::string_view value) {
  for (const char c : value)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return true;
  return value != trimmed(value) || value.starts_with('"') || value.starts_with('#') ||
         comment_start(value) != value.size();
}

// What an error quotes of a line: a file that is no text may be one line of megabytes.
std::string_view beginning(std::string_view line) {
  std::size_t length = std::min<std::size_t>(line.size(), 100);
  while (length < line.size() && (static_cast<unsigned char>(line[length]) & 0xC0) == 0x80 && length > 0)
    --length;
  return line.substr(0, length);
}

bool valid_key(std::string_view key) {
  return !key.empty() && key == trimmed(key) && !is_comment(key) && !key.starts_with('[') &&
         key.find('=') == std::string_view::npos &&
         std::none_of(key.begin(), key.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

}  // namespace

Configuration read_configuration(const std::filesystem::path& file) {
  const std::optional<std::string> text = read_file(file, kMostConfigurationBytes);
  if (!text) throw UserError(fmt::format("configuration: {}: expected a file, found none", file.string()));
  return parse_configuration(*text, file.string());
}

Configuration parse_configuration(const std::string& text, const std::string& where) {
  std::string_view rest = text;
  if (rest.starts_with("\xef\xbb\xbf")) rest.remove_prefix(3);  // UTF-8 byte order mark

  Configuration configuration;
  for (int number = 1; !rest.empty(); ++number) {
    const std::size_t end = rest.find('\n');
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    line = trimmed(line);
    if (line.empty() || is_comment(line)) continue;

    const auto malformed = [&](const char* expected) {
      return UsageError(fmt::format("configuration: {}: line {}: expected {}, found '{}'", where, number,
                                    expected, escaped(beginning(line))));
    };
    const std::size_t equals = line.find('=');
    const std::string_view key = trimmed(line.substr(0, equals));
    if (equals == std::string_view::npos || !valid_key(key)) throw malformed("key = value");
    const std::string_view value = trimmed(line.substr(equals + 1));
    if (value.starts_with('"')) {
      auto unquoted = quoted_value(value);
      if (!unquoted) throw malformed("a closing quote and valid escapes");
      configuration.emplace_back(key, std::move(*unquoted));
    } else {
      const std::size_t comment = value.starts_with('#') ? 0 : comment_start(value);
      configuration.emplace_back(key, trimmed(value.substr(0, comment)));
    }
  }
  return configuration;
}

std::string to_ini(const Configuration& configuration, const std::string& heading) {
  std::string text;
  for (std::size_t start = 0; start < heading.size();) {
    const std::size_t end = std::min(heading.find('\n', start), heading.size());
    text += fmt::format("# {}\n", heading.substr(start, end - start));
    start = end + 1;
  }
  for (const auto& [key, value] : configuration) {
    if (!valid_key(key))
      throw UsageError(fmt::format("configuration: key: expected a name, found '{}'", escaped(key)));
    if (needs_quotes(value))
      text += fmt::format("{} = \"{}\"\n", key, escaped(value));
    else
      text += fmt::format("{} ={}{}\n", key, value.empty() ? "" : " ", value);
  }
  return text;
}

namespace {

constexpr const char* kAdvice = "use --out or --fresh";

std::string values_of(const Configuration& configuration, const std::string& key) {
  std::string values;
  for (const auto& [name, value] : configuration)
    if (name == key) values += (values.empty() ? "'" : ", '") + escaped(value) + "'";
  return values.empty() ? "nothing" : values;
}

}  // namespace

namespace {

// Whether a folder lacks the option because it was made before there was one, and the default is what it had.
bool is_older(const std::string& key, const Configuration& configuration, const Configuration& found) {
  if (!protocol_options().came_later(key)) return false;
  const std::pair<std::string, std::string> by_default{key, protocol_options().text({}, key)};
  return std::count(configuration.begin(), configuration.end(), by_default) == 1 &&
         std::none_of(found.begin(), found.end(), [&](const auto& option) { return option.first == key; });
}

}  // namespace

std::vector<ConfigurationDifference> differences(const Configuration& expected, const Configuration& found) {
  std::vector<ConfigurationDifference> list;
  std::set<std::string> seen;
  for (const Configuration* configuration : {&expected, &found})
    for (const auto& [key, ignored] : *configuration) {
      if (!seen.insert(key).second) continue;
      ConfigurationDifference d{key, values_of(expected, key), values_of(found, key)};
      if (d.expected != d.found && !is_older(key, expected, found)) list.push_back(std::move(d));
    }
  return list;
}

UserError other_configuration(const fs::path& file, const ConfigurationDifference& d,
                              const std::string& why) {
  return UserError(
      fmt::format("output folder: {}: key {}: expected {} as asked, found {} in the folder; {}{}",
                  file.string(), d.key, d.expected, d.found, why.empty() ? "" : why + "; ", kAdvice));
}

bool has_trials(const fs::path& folder) {
  std::error_code error;
  if (!fs::is_directory(folder / "trials", error)) return false;
  const std::vector<fs::path> files = list_folder(folder / "trials");
  return std::any_of(files.begin(), files.end(),
                     [](const fs::path& file) { return file.extension() == ".trial"; });
}

std::string lost_advice(const fs::path& folder) {
  return fmt::format(
      "none, and finished trials, which are kept; put its config.ini back, or take the trials into a new "
      "folder: the "
      "command that made them, with --out NEW --reuse {}",
      folder.string());
}

void refuse_foreign(const fs::path& folder) {
  std::error_code error;
  const fs::file_status status = fs::status(folder, error);
  if (!fs::exists(status)) return;
  if (!fs::is_directory(status))
    throw UserError("output folder", folder.string(), "a folder", "a file; use --out");
  // Looked for after listing: another shard may be making the folder, and config.ini comes first.
  const std::vector<fs::path> files = list_folder(folder);
  if (fs::exists(folder / "config.ini", error)) return refuse_linked_folders(folder);
  for (const fs::path& file : files)
    if (!is_hidden(file) && has_trials(folder))
      throw UserError("output folder", folder.string(), "a config.ini", lost_advice(folder));
    else if (!is_hidden(file))
      throw UserError("output folder", folder.string(), "an empty folder or one with a config.ini",
                      fmt::format("'{}'; {}", escaped(file.filename().string()), kAdvice));
}

void claim_folder(const fs::path& folder, const Configuration& configuration, const std::string& heading,
                  const std::vector<std::string>& changeable) {
  refuse_foreign(folder);
  make_folder(folder);
  const fs::path file = folder / "config.ini";
  const std::string ini = to_ini(configuration, heading);
  if (!read_file(file)) write_new(file, ini);
  const Configuration found = read_configuration(file);
  const auto list = differences(configuration, found);
  for (const ConfigurationDifference& difference : list)
    if (std::count(changeable.begin(), changeable.end(), difference.key) == 0)
      throw other_configuration(file, difference);
  if (found != configuration) write_atomically(file, ini);
}

}  // namespace symopt
