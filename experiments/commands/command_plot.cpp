// command_plot.cpp — `symopt plot FOLDER`: the figures of a results folder.
#include <fmt/format.h>

#include "experiments/commands/command.hpp"
#include "experiments/session/results_folder.hpp"

namespace symopt {

namespace po = boost::program_options;

namespace {

po::options_description describe_plot() {
  po::options_description options("options");
  options.add_options()("format", po::value<std::string>()->default_value("png", "")->value_name("text"),
                        "kind of pictures (png|svg|pdf; default png)");
  return options;
}

int run_plot(const po::variables_map& given, const std::vector<std::string>& arguments) {
  if (arguments.size() != 1)
    throw UsageError(fmt::format("plot: expected one results folder, found {} arguments", arguments.size()));
  const std::string format = given["format"].as<std::string>();
  if (format != "png" && format != "svg" && format != "pdf")
    throw unknown_value("format", format, {"png", "svg", "pdf"});
  tell_altered(arguments[0]);
  draw_and_list(arguments[0], format);
  return 0;
}

}  // namespace

Command plot_command() {
  return {"plot",
          "draws the figures of a results folder (gnuplot scripts, their data, and pictures)",
          "plot FOLDER [--format png|svg|pdf]",
          "  symopt plot out/paper-mnist\n"
          "  symopt plot out/paper-mnist --format pdf\n"
          "  cd out/paper-mnist/figures && gnuplot learning_curves_archbn-4.gp\n",
          describe_plot,
          run_plot};
}

}  // namespace symopt
