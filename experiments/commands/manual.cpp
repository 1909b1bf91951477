// manual.cpp — one page for all commands. The page has no date, so that it is the same bytes from any build
// of a version.
#include "experiments/commands/manual.hpp"

#include <fmt/format.h>

#include "core/text.hpp"
#include "experiments/build_info.hpp"
#include "experiments/commands/command.hpp"

namespace symopt {

namespace {

// As text in roff: a backslash begins an escape, a dash alone may become a typographic one, and a full stop
// or quote at the start of a line a request.
std::string roff(const std::string& text) {
  std::string line;
  for (const char c : text) {
    if (line.empty() && (c == '.' || c == '\'')) line += "\\&";
    if (c == '\\')
      line += "\\e";
    else if (c == '-')
      line += "\\-";
    else
      line += c;
  }
  return line;
}

std::string of_options(const Command& command) {
  std::string text;
  const boost::program_options::options_description options = command.options();
  for (const auto& option : options.options()) {
    const bool value = option->semantic()->max_tokens() > 0;
    text += fmt::format(".TP\n.B \\-\\-{}{}\n{}\n", roff(option->long_name()),
                        value ? fmt::format(" \\fI{}\\fR", roff(option->semantic()->name())) : "",
                        roff(option->description()));
  }
  return text + ".TP\n.B \\-h, \\-\\-help\nusage, options and examples\n";
}

std::string verbatim(const std::string& text) {
  std::string lines = ".PP\n.EX\n";
  for (const std::string& line : split(text, '\n'))
    if (!line.empty()) lines += fmt::format("{}\n", roff(line));
  return lines + ".EE\n";
}

}  // namespace

std::string manual_page() {
  std::string text = fmt::format(
      ".TH SYMOPT 1 \"\" \"symopt {}\" \"User Commands\"\n"
      ".SH NAME\nsymopt \\- compares the optimizers of neural networks under the symmetries of their "
      "weights\n"
      ".SH SYNOPSIS\n.B symopt\n.I COMMAND\n[\\fIARGUMENTS\\fR] [\\fIOPTIONS\\fR]\n"
      ".SH DESCRIPTION\n"
      "Rescale a filter before batch normalization, or a ReLU unit's inputs against its outputs: the network "
      "computes the same function, but its gradient is another one.\n"
      ".B symopt\n"
      "trains networks with optimizers that are blind to such symmetries and with ones that respect them, "
      "under one protocol: a search of the learning rate on validation data, paired trials, tests of the "
      "differences. It writes CSV tables, figures and a page, and certifies by measurement which optimizer "
      "respects which symmetry.\n"
      ".SH COMMANDS\n",
      kVersion);
  for (const Command& command : command_registry())
    text += fmt::format(".SS symopt {}\n{}.\n{}{}", roff(command.usage), roff(command.summary),
                        of_options(command), verbatim(command.examples));
  text +=
      ".SH EXIT STATUS\n"
      ".TP\n.B 0\nit did what was asked for\n"
      ".TP\n.B 1\na run, a file or a folder failed; one line says what, where, expected, found\n"
      ".TP\n.B 2\nthe command line was not understood; nothing ran\n"
      ".TP\n.B 130\ninterrupted; what was finished is kept, and the same command goes on\n"
      ".SH ENVIRONMENT\n"
      ".TP\n.B SYMOPT_DATA\nfolder of the data sets; unset: the user's cache folder\n"
      ".TP\n.B NO_COLOR\nset: no colours on a terminal\n"
      ".SH FILES\n"
      ".TP\n.I out/EXPERIMENT\\-DATASET\na results folder: config.ini, trials/, CSV tables, figures/, "
      "report.html\n"
      ".SH SEE ALSO\n.BR gnuplot (1),\n.BR sbatch (1)\n";
  return text;
}

}  // namespace symopt
