// groups.cpp — the list of groups, read from groups.def.
#include "core/error.hpp"
#include "core/symmetry/group.hpp"

namespace symopt {

namespace groups {
#define GROUP(name) GroupEntry name();
#include "core/symmetry/groups.def"
#undef GROUP
}  // namespace groups

const std::vector<GroupEntry>& group_registry() {
  static const std::vector<GroupEntry> entries = {
#define GROUP(name) groups::name(),
#include "core/symmetry/groups.def"
#undef GROUP
  };
  return entries;
}

const GroupEntry& find_group(std::string_view name) {
  std::vector<std::string> names;
  for (const GroupEntry& entry : group_registry()) {
    if (entry.name == name) return entry;
    names.push_back(entry.name);
  }
  throw unknown_name("group", name, names);
}

}  // namespace symopt
