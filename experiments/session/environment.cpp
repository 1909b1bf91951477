// environment.cpp — one file for each environment that a results folder has seen.
#include "experiments/session/environment.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include "experiments/build_info.hpp"
#include "results/files.hpp"
#include "results/rows.hpp"
#include "results/table.hpp"

namespace symopt {

namespace {

std::string environment(const std::vector<const Dataset*>& data) {
  std::vector<FactRow> facts;
  for (const auto& [name, value] : build_info()) facts.push_back({name, value});
  for (size_t i = 0; i < data.size(); ++i) {
    const std::string number = i == 0 ? "" : fmt::format(" {}", i + 1);
    facts.push_back({"data set" + number, data[i]->name});
    facts.push_back({"data checksum" + number, data[i]->checksum});
  }
  return table_text(facts);
}

// Why a file that is there is no environment, "" where it is one.
std::string environment_fault(const std::filesystem::path& file) {
  const auto text = read_file(file);
  if (!text) return "";
  try {
    if (!text->ends_with('\n'))
      throw UserError("table", file.string(), "a last line that ends", "one that was cut short");
    read_table<FactRow>(file);
  } catch (const FileError&) {
    throw;
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

std::vector<std::string> record_environment(const std::filesystem::path& folder,
                                            const std::vector<const Dataset*>& data) {
  std::vector<std::string> lines;
  const std::string text = environment(data);
  char host[256] = "";
  ::gethostname(host, sizeof host - 1);
  for (int i = 0;; ++i) {
    const std::string of = i == 0 ? "" : fmt::format("-{}{}", host, i == 1 ? "" : fmt::format("-{}", i));
    const std::filesystem::path file = folder / fmt::format("environment{}.csv", of);
    if (const std::string fault = environment_fault(file); !fault.empty())
      if (const auto target = set_aside(file, folder / "damaged"))
        lines.push_back(fmt::format("{}; set aside as {}", fault, target->string()));
    if (!read_file(file)) write_new(file, text);
    if (read_file(file) == text) return lines;
  }
}

}  // namespace symopt
