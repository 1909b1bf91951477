// results_folder.cpp — draws what a folder holds and lists it.
#include "experiments/session/results_folder.hpp"

#include <fmt/format.h>

#include "experiments/session/conclusion.hpp"
#include "experiments/session/run_options.hpp"
#include "experiments/terminal/standard_error.hpp"
#include "experiments/terminal/standard_output.hpp"
#include "plots/figures/figures.hpp"

namespace symopt {

void tell_altered(const std::filesystem::path& folder) {
  if (const std::vector<std::string> altered = altered_files(folder); !altered.empty())
    print_error("symopt: {}: changed or removed since the run wrote them: {}; the run's again: {}\n",
                folder.string(), some_of(altered), resume_command("run", folder, {}));
}

void draw_and_list(const std::filesystem::path& folder, const std::string& format) {
  bool drawn = true;
  for (const Figure& figure : write_figures(read_results(folder), format)) {
    drawn &= !figure.picture.empty();
    print_output("{}\n", (figure.picture.empty() ? figure.script : figure.picture).string());
  }
  if (!drawn) print_error("symopt: gnuplot is not installed; the scripts are there, and no pictures\n");
}

}  // namespace symopt
