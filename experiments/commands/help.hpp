// help.hpp — what `symopt --help` and `symopt COMMAND --help` print, and lines that fit the terminal.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "experiments/commands/command.hpp"

namespace symopt {

/// Columns of the terminal behind standard output, at most 100, since longer lines are hard to read; 0 where
/// there is none.
int terminal_columns();

/// `text` broken between words into lines of at most `columns` characters (0: not broken), the second and
/// later ones behind `indent` blanks; blanks at its start stay. A word that is longer has its own line.
std::string hanging(std::string_view text, int indent, int columns);

/// Rows of cells in aligned columns, the last of which goes on below itself where `columns` (0: any) are too
/// few.
std::string hanging_rows(const std::vector<std::vector<std::string>>& rows, int columns);

/// The commands, one a line, and examples.
std::string overview(int columns);
/// Usage, options with range and default, examples, which alone may be longer than `columns`.
std::string help_text(const Command& command, int columns);

}  // namespace symopt
