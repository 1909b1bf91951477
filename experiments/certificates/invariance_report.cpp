// invariance_report.cpp — what a person reads of certificates, and what a program reads.
#include "experiments/certificates/invariance_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "core/text.hpp"
#include "experiments/terminal/tables.hpp"
#include "results/certificate_rows.hpp"
#include "results/table.hpp"

namespace symopt {

namespace {

// How a verdict stands in a cell: never told by colour alone. Blue and orange differ for every eye.
struct Sign {
  const char *word, *colour;
};
Sign sign(Equivariance verdict) {
  switch (verdict) {
    case Equivariance::equivariant:
      return {"yes", "\x1b[1;34m"};
    case Equivariance::canonical:
      return {"point", "\x1b[1;36m"};
    case Equivariance::first_order:
      return {"1st", "\x1b[36m"};
    case Equivariance::not_equivariant:
      return {"no", "\x1b[33m"};
    case Equivariance::no_symmetry:
      return {"x", "\x1b[2m"};
    case Equivariance::refused:
      return {"–", "\x1b[2m"};
  }
  return {"", ""};
}

template <class T, class Of>
std::vector<std::string> in_order(const std::vector<T>& all, const Of& of) {
  std::vector<std::string> names;
  for (const T& one : all)
    if (std::find(names.begin(), names.end(), of(one)) == names.end()) names.push_back(of(one));
  return names;
}

std::string label(const Certificate& cell) {
  // The certificate's own options are no news.
  for (const CertificateOptions& options : certificate_options())
    if (options.optimizer == cell.optimizer) return cell.optimizer;
  return optimizer_label(cell.optimizer, cell.settings);
}

struct Seen {  // by a column over all optimizers
  bool symmetry = false, measured = false;
  double low = std::numeric_limits<double>::infinity();
};

using Key = std::pair<std::string, std::string>;  // network, group

// Words in lines of a terminal's width, after an empty line.
std::string paragraph(const std::string& words) {
  std::string text = "\n";
  for (const std::string& line : wrap(words, 96)) text += fmt::format("  {}\n", line);
  return text;
}

// Why a cell is a dash, once for an optimizer and a reason, with the networks it holds for.
std::vector<std::string> refusals(const std::vector<Certificate>& cells) {
  std::vector<std::pair<Key, std::vector<std::string>>> found;  // (optimizer, reason), networks
  for (const Certificate& c : cells) {
    if (c.verdict != Equivariance::refused) continue;
    const Key key(label(c), c.reason);
    auto at = std::find_if(found.begin(), found.end(), [&](const auto& one) { return one.first == key; });
    if (at == found.end()) at = found.insert(found.end(), {key, {}});
    if (std::find(at->second.begin(), at->second.end(), c.network) == at->second.end())
      at->second.push_back(c.network);
  }
  std::vector<std::string> lines;
  for (const auto& [key, networks] : found) {
    std::string names;
    for (const std::string& network : networks) names += (names.empty() ? "" : ", ") + network;
    lines.push_back(fmt::format("No certificate for {} on {}: {}", key.first, names, key.second));
  }
  return lines;
}

// A network's columns: its letter, and the short names of its groups.
struct NetworkColumn {
  std::string network;
  char letter;
  std::string heading;
};

// Networks side by side as far as a terminal of this width goes, the others below.
constexpr size_t kWidth = 120;
std::vector<std::vector<NetworkColumn>> bands(const std::vector<NetworkColumn>& columns, size_t first) {
  std::vector<std::vector<NetworkColumn>> all;
  size_t width = kWidth + 1;
  for (const NetworkColumn& column : columns) {
    if (width + 3 + column.heading.size() > kWidth) all.emplace_back(), width = first;
    all.back().push_back(column);
    width += 3 + column.heading.size();
  }
  return all;
}

bool follows(const Certificate& c) {
  return c.verdict == Equivariance::equivariant || c.verdict == Equivariance::canonical;
}

// Who, of those that follow a group on every network, follows it also where it acts within training.
std::string moved_within_in_words(const std::vector<Certificate>& cells) {
  std::string text;
  for (const std::string& group : in_order(cells, [](const Certificate& c) { return c.group; })) {
    std::map<std::string, bool> also;  // by optimizer
    std::vector<std::string> order;
    for (const Certificate& c : cells) {
      if (c.group != group || !follows(c) || std::isnan(c.moved_within)) continue;
      const auto [at, first] = also.try_emplace(label(c), true);
      at->second = at->second && c.moved_within < kEquivariant;
      if (first) order.push_back(at->first);
    }
    std::string names;
    std::size_t count = 0;
    for (const std::string& name : order)
      if (also[name]) names += (count++ == 0 ? " " : ", ") + name;
    if (order.empty()) continue;
    text += fmt::format("; {}:{}", find_group(group).short_name,
                        count == order.size() ? " all"
                        : count == 0          ? " none"
                                              : names);
  }
  if (text.empty()) return "";
  return "Where g acts on the weights in the middle of training and the optimizer's state stays as it is, of "
         "those "
         "that follow it from the start still do" +
         text.substr(1) + ".";
}

// With which options optimizers are certified, once for those that share options and reason.
std::vector<std::string> options_in_words(const std::vector<std::string>& optimizers) {
  std::vector<std::pair<std::string, std::string>> found;  // what is said of them, their names
  for (const CertificateOptions& o : certificate_options()) {
    if (std::find(optimizers.begin(), optimizers.end(), o.optimizer) == optimizers.end()) continue;
    const std::string said = fmt::format(
        "certified with {}{}: {}.", o.settings,
        o.rate_factor == 1 ? "" : fmt::format(" at {} of the learning rate", o.rate_factor), o.reason);
    auto at = std::find_if(found.begin(), found.end(), [&](const auto& one) { return one.first == said; });
    if (at == found.end())
      found.emplace_back(said, o.optimizer);
    else
      at->second += ", " + o.optimizer;
  }
  std::vector<std::string> lines;
  for (const auto& [said, names] : found)
    lines.push_back(
        fmt::format("{} {} {}", names, names.find(',') == std::string::npos ? "is" : "are", said));
  return lines;
}

std::string pad(const std::string& text, size_t width) { return fmt::format("{:<{}}", text, width); }

}  // namespace

std::string certificate_table(const std::vector<Certificate>& cells, bool colour) {
  const auto networks = in_order(cells, [](const Certificate& c) { return c.network; });
  const auto groups = in_order(cells, [](const Certificate& c) { return c.group; });
  const auto optimizers = in_order(cells, label);
  std::map<Key, Seen> seen;
  std::map<std::pair<std::string, Key>, const Certificate*> at;
  for (const Certificate& c : cells) {
    const Key key(c.network, c.group);
    at[{label(c), key}] = &c;
    if (c.verdict == Equivariance::refused) continue;
    seen[key].measured = true;
    seen[key].symmetry |= c.verdict != Equivariance::no_symmetry;
    seen[key].low = std::min(seen[key].low, c.function_deviation);
  }
  // Where no optimizer could be measured, the reasons are all there is to show.
  for (const Certificate& c : cells)
    if (Seen& column = seen[{c.network, c.group}]; !column.measured) column.symmetry = true;

  std::set<std::string> shown;
  size_t first = 9;
  for (const std::string& name : optimizers) first = std::max(first, name.size());
  std::string text = "Does a step from g·w end at g·(the step from w)?\n\n", absent;
  std::vector<NetworkColumn> columns;
  for (size_t n = 0; n < networks.size(); ++n) {
    const char letter = static_cast<char>('A' + n);
    text += fmt::format("  {}  {}\n", letter, networks[n]);
    std::string own;
    for (const std::string& group : groups) {
      const Seen& column = seen[{networks[n], group}];
      if (column.symmetry) shown.insert(group);
      if (column.symmetry)
        own += pad(find_group(group).short_name, 5) + " ";
      else if (column.low < std::numeric_limits<double>::infinity())
        absent += fmt::format("{}{} {:.1g}", absent.empty() ? "" : ", ",
                              fmt::format("{}:{}", letter, find_group(group).short_name), column.low);
    }
    if (!own.empty()) columns.push_back({networks[n], letter, own});
  }
  for (const std::vector<NetworkColumn>& band : bands(columns, first + 2)) {
    text += fmt::format("\n{}", std::string(first + 2, ' '));
    for (const NetworkColumn& column : band)
      text += fmt::format(" │ {:<{}}", column.letter, column.heading.size());
    text += fmt::format("\n{}", std::string(first + 2, ' '));
    for (const NetworkColumn& column : band) text += fmt::format(" │ {}", column.heading);
    text += "\n";
    for (const std::string& optimizer : optimizers) {
      text += fmt::format("  {}", pad(optimizer, first));
      for (const NetworkColumn& column : band) {
        text += " │ ";
        for (const std::string& group : groups) {
          if (!seen[{column.network, group}].symmetry) continue;
          const auto found = at.find({optimizer, {column.network, group}});
          const Sign s = found == at.end() ? Sign{" ", ""} : sign(found->second->verdict);
          const std::string word = pad(s.word, 5);
          text += colour && *s.colour ? fmt::format("{}{}\x1b[0m ", s.colour, word) : word + " ";
        }
      }
      text += "\n";
    }
  }

  double largest_yes = 0, largest_training = 0, smallest_no = std::numeric_limits<double>::infinity();
  for (const Certificate& c : cells) {
    if (follows(c)) largest_yes = std::max({largest_yes, c.one_step, c.many_steps});
    if (follows(c) && c.group == "filter-rescale")
      largest_training = std::max(largest_training, c.one_step_training);
    if (c.verdict == Equivariance::not_equivariant)
      smallest_no = std::min(smallest_no, std::max(c.one_step, c.many_steps));
  }
  const std::string most = largest_yes > 0 ? fmt::format(" (here at most {:.1e})", largest_yes) : "",
                    least = std::isfinite(smallest_no)
                                ? fmt::format(" (here at least {:.1e} of a step)", smallest_no)
                                : "";
  text += fmt::format(
      "\n  yes    equivariant: the functions differ by less than {:.0e} of a step{}\n"
      "  point  equivariant, as both ends are one point: it moves g·w and w to the same weights\n"
      "  1st    to first order: the difference, relative to the step, shrinks with the learning rate\n"
      "  no     not equivariant{}\n"
      "  x      g does not keep this optimizer's starting function\n"
      "  –      the optimizer cannot serve the network, or its steps are not finite\n",
      kEquivariant, most, least);
  std::string legend = "Groups:";
  for (const std::string& group : groups)
    if (shown.contains(group))
      legend += fmt::format(" {} {},", find_group(group).short_name, find_group(group).name);
  legend.back() = '.';
  text += paragraph(legend);
  if (largest_training > 0)
    text += paragraph(fmt::format(
        "Batch normalization has ε = 0 here. With the ε of training, which feels a filter's scale, a \"yes\" "
        "under filt is off by up to {:.1e} of a step.",
        largest_training));
  if (const std::string words = moved_within_in_words(cells); !words.empty()) text += paragraph(words);
  for (const std::string& line : options_in_words(optimizers)) text += paragraph(line);
  for (const std::string& line : refusals(cells)) text += paragraph(line);
  if (!absent.empty())
    text += paragraph(
        "Not in the table, because no symmetry of the network (change of the function in nats): " + absent);
  return text;
}

std::string orthogonality_table(const std::vector<Orthogonality>& cosines) {
  struct Largest {
    double cosine = 0;
    int count = 0;
  };
  std::map<Key, Largest> largest;
  std::vector<Key> order;
  for (const Orthogonality& o : cosines) {
    Largest& l = largest[{o.network, o.group}];
    if (l.count++ == 0) order.emplace_back(o.network, o.group);
    l.cosine = std::isnan(o.cosine) || std::isnan(l.cosine) ? kNotMeasured : std::max(l.cosine, o.cosine);
  }
  if (order.empty()) return "";
  std::vector<std::vector<std::string>> rows = {{"network", "group", "generators", "largest cosine"}};
  for (const Key& key : order)
    rows.push_back({key.first, key.second, fmt::format("{}", largest[key].count),
                    fmt::format("{:.1e}", largest[key].cosine)});
  return "The gradient is orthogonal to every direction that keeps the function: |⟨Δw, ∇L⟩| / (‖Δw‖ ‖∇L‖)\n" +
         align(rows, 2);
}

void write_certificates(const std::filesystem::path& folder, const std::vector<Certificate>& cells,
                        const std::vector<Orthogonality>& cosines) {
  TableWriter<CertificateRow> table(folder / "invariance.csv");
  for (const Certificate& c : cells)
    table.add({c.optimizer, c.settings, c.network, c.group, c.learning_rate, to_text(c.verdict),
               c.function_deviation, c.one_step, c.many_steps, c.moved_within, c.parameter_space, c.slope,
               c.function_deviation_training, c.one_step_training, c.reason});
  table.commit();
  TableWriter<OrthogonalityRow> angles(folder / "orthogonality.csv");
  for (const Orthogonality& o : cosines) angles.add({o.network, o.group, o.generator, o.cosine});
  angles.commit();
}

}  // namespace symopt
