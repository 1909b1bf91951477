// command_options.cpp — option lists to descriptions, and parsed values back to assignments.
#include "experiments/terminal/command_options.hpp"

#include <fmt/format.h>

namespace symopt {

namespace po = boost::program_options;

void add_options(po::options_description& description, const std::vector<OptionInfo>& infos) {
  for (const OptionInfo& info : infos) {
    std::string facts = info.range == "any" ? "" : info.range;
    if (!info.default_value.empty())
      facts += (facts.empty() ? "default " : "; default ") + info.default_value;
    const std::string help = facts.empty() ? info.help : fmt::format("{} ({})", info.help, facts);
    description.add_options()(info.name.c_str(), po::value<std::string>()->value_name(info.type),
                              help.c_str());
  }
}

Assignments given_options(const po::variables_map& given, const std::vector<OptionInfo>& infos) {
  Assignments values;
  for (const OptionInfo& info : infos)
    if (given.count(info.name) > 0) values.emplace_back(info.name, given[info.name].as<std::string>());
  return values;
}

}  // namespace symopt
