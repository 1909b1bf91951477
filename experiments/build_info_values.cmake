# Writes the values of build_info.hpp. Run by every build, so that the commit is that of the sources that were built;
# the file is touched only where something changed.
execute_process(COMMAND git describe --always --dirty --abbrev=12 WORKING_DIRECTORY ${SOURCE} OUTPUT_VARIABLE commit
                OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
if(failed OR commit STREQUAL "")
  set(commit "unknown")
endif()
set(text "// Written by the build.
#include \"experiments/build_info.hpp\"

namespace symopt {
const char* const kVersion = \"${VERSION}\";
const char* const kCommit = \"${commit}\";
const char* const kCompiler = \"${COMPILER}\";
const char* const kFlags = \"${FLAGS}\";
const char* const kBuildType = \"${BUILD_TYPE}\";
}  // namespace symopt
")
set(old "")
if(EXISTS ${OUTPUT})
  file(READ ${OUTPUT} old)
endif()
if(NOT old STREQUAL text)
  file(WRITE ${OUTPUT} "${text}")
endif()
