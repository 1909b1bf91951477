#!/usr/bin/env bash
# check_sources.sh — tracked files name no folder of one machine, every source file opens with a comment, no test case is
# hidden from ctest by its title, and optimizers have no clock and know no network but by its passes.
# Usage: scripts/check_sources.sh [ROOT]    status 77: ROOT is not a git checkout
set -euo pipefail
cd "${1:-$(dirname "${BASH_SOURCE[0]}")/..}"

files=$(git ls-files 2>/dev/null) || { echo "not a git checkout: not checked"; exit 77; }
status=0

# An absolute path into somebody's folders; relative ones (../work) and addresses (host/work) have a name before.
if git grep -nIE '(^|[^A-Za-z0-9_.~}/-])/(root|home|Users|work|tmp)/' -- .; then
  echo "the lines above name a folder of one machine"
  status=1
fi

while IFS= read -r file; do
  case $file in
    *.hpp | *.cpp) pattern='^// [^ ]'; line=1 ;;
    *.cmake | *CMakeLists.txt | scripts/lib.sh) pattern='^# [^ ]'; line=1 ;;
    *.sh | .ci/run) pattern='^# [^ ]'; line=2 ;;
    *) continue ;;
  esac
  if [ -f "$file" ] && ! sed -n "${line}p" "$file" | grep -qE "$pattern"; then
    echo "$file:$line: expected a comment: the concept and its source"
    status=1
  fi
done <<<"$files"

# FILE:LINE: TITLE of every test case; a title may begin on the next line and go on there.
titles() {
  awk '
    function finish() { if (title != "") print place ": " title; title = ""; open = 0 }
    /^(TEMPLATE_)?TEST_CASE[A-Z_]*\(/ { finish(); open = 1; place = FILENAME ":" FNR }
    open {
      line = $0
      while (match(line, /"([^"\\]|\\.)*"/)) {
        if (title != "" && line ~ /^[ (]*,/) break
        title = title substr(line, RSTART + 1, RLENGTH - 2)
        line = substr(line, RSTART + RLENGTH)
        if (line ~ /^ *[,)]/) { finish(); break }
      }
    }
    END { finish() }' "$@"
}
tests=$(grep -E '^tests/[^/]*\.cpp$' <<<"$files" || true)
# CMake takes the list of titles apart at semicolons, but not between brackets; Catch2 reads the others as patterns. A
# part of a title names no test case, and running none counts as passed.
if [ -n "$tests" ] && titles $tests | grep -E '^[^:]*:[0-9]+: .*[][;*~\\]'; then
  echo "the titles above do not reach ctest whole: expected none of [ ] ; * ~ and backslash"
  status=1
fi

if git grep -nE '<chrono>|_clock::' -- optimizers; then
  echo "the lines above read a clock: expected none in optimizers, whose log is timed by who keeps it"
  status=1
fi
if git grep -n '"core/network/network.hpp"' -- 'optimizers/*.hpp'; then
  echo "the headers above show optimizers the network of a training: expected core/network/passes.hpp"
  status=1
fi
exit "$status"
