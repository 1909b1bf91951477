// twins.cpp — the list of twins, read from twins.def.
#include "tests/support/twins.hpp"

namespace symopt::test {

namespace twin {
#define TWIN(name) Twin name();
#include "tests/support/twins.def"
#undef TWIN
}  // namespace twin

const Twin* find_twin(const std::string& name) {
  static const std::vector<Twin> twins = {
#define TWIN(name) twin::name(),
#include "tests/support/twins.def"
#undef TWIN
  };
  for (const Twin& twin : twins)
    if (twin.name == name) return &twin;
  return nullptr;
}

}  // namespace symopt::test
