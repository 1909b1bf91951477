// dictionary.hpp — what the tables of a results folder are and what their columns mean, as results/README.md
// has it.
#pragma once
#include <string>
#include <vector>

#include "results/columns.hpp"

namespace symopt {

struct TableInfo {
  std::string files;  ///< "profiles.csv, profile_timings.csv"
  std::string row;    ///< what one row is
  std::vector<ColumnInfo> columns;
  std::string about = {};  ///< a paragraph of Markdown, or ""
};
template <class S>
TableInfo table_info(const std::string& files, const std::string& row, const std::string& about = "") {
  return {files, row, columns_of<S>().infos(), about};
}

/// The tables that any experiment or certificate leaves.
std::vector<TableInfo> result_tables();

/// Markdown: a section a table.
std::string dictionary(const std::vector<TableInfo>& tables);

}  // namespace symopt
