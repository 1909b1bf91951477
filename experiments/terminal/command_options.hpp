// command_options.hpp — lists of options on the command line (Boost.Program_options).
#pragma once
#include <boost/program_options.hpp>
#include <vector>

#include "core/options.hpp"

namespace symopt {

/// Adds a text option for each info; its help carries default and range.
void add_options(boost::program_options::options_description& description,
                 const std::vector<OptionInfo>& infos);
/// The values given for `infos`, in their order.
Assignments given_options(const boost::program_options::variables_map& given,
                          const std::vector<OptionInfo>& infos);

}  // namespace symopt
