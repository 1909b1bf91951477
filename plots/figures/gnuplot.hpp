// gnuplot.hpp — a gnuplot script as text, safe for any name, and the running of it.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace symopt {

/// printable(text) as an expression of gnuplot's single-quoted strings, in which nothing is expanded or
/// executed.
std::string gnuplot_quote(std::string_view text);

/// Pixels, at 96 to the inch, that a UTF-8 text takes at most in a figure's 11-point letters.
int text_width(std::string_view text);

/// The variables that a script starts with, one a line. Arrays count from 1 and must not be empty.
class ScriptVariables {
 public:
  void set(const std::string& name, std::string_view value);
  void set(const std::string& name, double value);
  void set(const std::string& name, const std::vector<std::string>& values);
  void set(const std::string& name, const std::vector<int>& values);
  void set(const std::string& name, const std::vector<double>& values);
  /// Numbers to loop over: NAME[1] to NAME[NAME_count]. gnuplot knows no empty array, so an empty list holds
  /// a 1.
  void set_list(const std::string& name, const std::vector<int>& values);
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

/// The blocks of a data file, which gnuplot counts from 0 (`index`). An empty block is a row of `nan`,
/// because gnuplot would not count it.
class DataBlocks {
 public:
  void begin(const std::string& comment);       ///< the next block, with printable(comment) above it
  void row(const std::vector<double>& values);  ///< what is not finite is written as nan
  void gap() { gap_ = !empty_; }                ///< the next row starts a new line of the block
  std::string text();                           ///< ends the last block

 private:
  void end();
  std::string text_;
  bool open_ = false, empty_ = true, gap_ = false;
};

/// A script of plots/*.gp by its name without the ending, or a file of plots/page/ or of uPlot by its whole
/// name, built into the program. An unknown name is a bug.
std::string_view script_source(std::string_view name);

/// Runs `gnuplot script` in `folder`, with the variable `picture` where it is not empty; false where gnuplot
/// is not installed. UserError with gnuplot's own message, or the signal that ended it, where it fails.
bool run_gnuplot(const std::filesystem::path& folder, const std::string& script,
                 const std::string& picture = "");

}  // namespace symopt
