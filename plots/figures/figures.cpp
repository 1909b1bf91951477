// figures.cpp — from a results folder to scripts, data and pictures.
#include "plots/figures/figures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "core/error.hpp"
#include "plots/figures/drawing.hpp"
#include "plots/figures/picture_file.hpp"
#include "plots/styles.hpp"
#include "results/files.hpp"

namespace symopt {

namespace {

// A name as part of a file name that no shell, web page or file system minds.
std::string slug(const std::string& name) {
  std::string slug;
  for (const char c : name) {
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
    slug += plain ? c : '_';
  }
  return slug.substr(0, 80);
}

// What tells the figures of one network from another's: the network, and the data set where there are
// several.
std::vector<std::string> suffixes(const std::vector<NetworkView>& networks) {
  std::set<std::string> datasets, taken;
  for (const NetworkView& network : networks) datasets.insert(network.dataset);
  std::vector<std::string> suffixes;
  for (const NetworkView& network : networks) {
    const std::string base =
        datasets.size() > 1 ? slug(network.dataset) + "_" + slug(network.network) : slug(network.network);
    std::string suffix = base;
    for (int k = 2; !taken.insert(suffix).second; ++k) suffix = fmt::format("{}-{}", base, k);
    suffixes.push_back(suffix);
  }
  return suffixes;
}

bool has_search(const NetworkView& network) {
  for (const OptimizerView& optimizer : network.optimizers)
    for (const TrialResult& trial : optimizer.trials)
      if (!trial.search.empty()) return true;
  return false;
}

bool has_seconds(const NetworkView& network) {
  for (const OptimizerView& optimizer : network.optimizers)
    for (const TrialResult& trial : optimizer.trials)
      for (const EpochResult& epoch : trial.curve)
        if (epoch.seconds == epoch.seconds) return true;
  return false;
}

std::vector<Drawing> drawings_of(const NetworkView& network) {
  std::vector<Drawing> drawings = {curves(network, Quantity::test_error, Clock::epochs),
                                   curves(network, Quantity::cost, Clock::epochs)};
  drawings.push_back(curves(network, Quantity::test_error, Clock::steps));
  if (has_seconds(network)) drawings.push_back(curves(network, Quantity::test_error, Clock::seconds));
  if (has_search(network)) drawings.push_back(learning_rate_search(network));
  drawings.push_back(test_error_by_trial(network));
  drawings.push_back(annealing(network));
  return drawings;
}

bool has(const std::filesystem::path& folder, const char* file) {
  return std::filesystem::exists(folder / file);
}

// Gone where gnuplot or the disk failed; what was committed has another name.
struct UnfinishedPicture {
  explicit UnfinishedPicture(const std::filesystem::path& picture) : path(temporary_of(picture)) {}
  ~UnfinishedPicture() {
    std::error_code ignored;
    std::filesystem::remove(path, ignored);
  }
  UnfinishedPicture(const UnfinishedPicture&) = delete;
  UnfinishedPicture& operator=(const UnfinishedPicture&) = delete;
  const std::filesystem::path path;
};

Figure draw(Drawing& drawing, const std::filesystem::path& folder, const std::string& format, int styles) {
  std::string script =
      fmt::format("# {0}.gp — by hand: gnuplot {0}.gp, in this folder; reads {0}.dat.\n", drawing.name);
  drawing.variables.set("name", drawing.name);
  drawing.variables.set("format", format);
  drawing.variables.set("styles", styles);
  script += drawing.variables.text();
  script += fmt::format("\n{}", script_source("style"));
  for (const std::string& part : drawing.scripts) script += fmt::format("\n{}", script_source(part));
  script += "unset output\n";
  const std::string file = drawing.name + ".gp";
  write_atomically(folder / (drawing.name + ".dat"), drawing.data.text());
  write_atomically(folder / file, script);

  Figure figure{drawing.name, drawing.title, drawing.caption, folder / file, {}};
  const std::filesystem::path picture = folder / (drawing.name + "." + format);
  const UnfinishedPicture drawn(picture);
  if (!run_gnuplot(folder, file, drawn.path.filename().string())) return figure;
  if (const std::string fault = picture_fault(drawn.path, format); !fault.empty())
    throw UserError(fmt::format("gnuplot: {}: {}", figure.script.string(), fault));
  commit_file(drawn.path, picture);
  figure.picture = picture;
  return figure;
}

}  // namespace

std::vector<Figure> write_figures(const Results& results, const std::string& format) {
  const std::vector<std::string> formats = {"png", "svg", "pdf"};
  if (std::find(formats.begin(), formats.end(), format) == formats.end())
    throw unknown_name("picture format", format, formats);
  const std::filesystem::path& folder = results.folder;
  refuse_linked_folders(folder);
  const std::vector<StudyFigure> studies = read_lines(folder);
  const bool certificates = has(folder, "invariance.csv"), degrees = has(folder, "dof.csv");
  // Studies, certificates and spectra may have figures and no trials.
  if (results.optimizers.empty() && studies.empty() && !certificates && !degrees)
    throw UserError("results folder", (folder / "trials.csv").string(), "trials", "none");
  const std::vector<NetworkView> networks = view_of(results);
  const std::filesystem::path target = folder / "figures";
  make_folder(target);

  std::vector<Figure> figures;
  const int styles = highest_style(networks);
  const std::vector<std::string> suffix = suffixes(networks);
  for (std::size_t i = 0; i < networks.size(); ++i)
    for (Drawing& drawing : drawings_of(networks[i])) {
      drawing.name += "_" + suffix[i];
      figures.push_back(draw(drawing, target, format, styles));
    }
  if (!networks.empty()) {
    Drawing all = summary(networks);
    figures.push_back(draw(all, target, format, styles));
    if (!results.scores.empty()) {
      Drawing profile = performance_profile(results, networks);
      figures.push_back(draw(profile, target, format, styles + 2 * kMostShown));
    }
  }
  if (!results.ranks.empty()) {
    Drawing ranks = critical_difference(results);
    figures.push_back(draw(ranks, target, format, styles));
  }
  for (const StudyFigure& study : studies) {
    Drawing drawing = study_figure(study);
    figures.push_back(draw(drawing, target, format, kTellApart));
  }
  const auto add = [&](Drawing drawing) { figures.push_back(draw(drawing, target, format, kTellApart)); };
  if (has(folder, "predictions.csv")) add(predictions(folder));
  if (certificates) add(invariance_map(folder));
  if (degrees) add(jacobian_spectrum(folder));
  return figures;
}

}  // namespace symopt
