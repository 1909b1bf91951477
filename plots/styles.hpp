// styles.hpp — how an optimizer looks, by its name: the same colour and symbol in every figure and on the
// page.
#pragma once
#include <map>
#include <set>
#include <string>

namespace symopt {

/// Styles count from 1: colour (k − 1) mod 7, dash (k − 1) mod 5, symbol (k − 1) mod 8, as in
/// plots/figures/style.gp and plots/page/report.js.
inline constexpr int kColours = 7, kTellApart = 35;

/// The optimizers that symopt knows have fixed styles. Any other name ("un(retraction=exp)") starts from a
/// style that follows from its letters, and moves on while another name has that style, or that colour as
/// long as there are colours left. Names are served in alphabetical order, so that the order of the results
/// has no part in it.
class Styles {
 public:
  explicit Styles(const std::set<std::string>& names);
  /// The style of `name`; one that was not among the names is served now.
  int of(const std::string& name);
  /// The number of styles that must be defined.
  int highest() const;

 private:
  bool is_taken(int style, int modulus) const;
  std::map<std::string, int> styles_;
};

}  // namespace symopt
