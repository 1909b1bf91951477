#!/usr/bin/env bash
# test.sh — installs what is missing, builds, runs the tests.
# Usage: scripts/test.sh [--fast] [--sanitize]
#   --fast      without the tests labelled slow
#   --sanitize  under the address and undefined-behaviour sanitizers, without those labelled slow or end-to-end
# The closing lines are ctest's summary. Tests on real data need SYMOPT_DATA, the folder with mnist/ in it.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

preset=release
filter=()
for argument in "$@"; do
  case $argument in
    --fast) filter=(--label-exclude slow) ;;
    --sanitize) preset=sanitize ;;
    -h | --help) sed -n '2,/^[^#]/{s/^# \{0,1\}//p;}' "${BASH_SOURCE[0]}"; exit 0 ;;
    *) say "unknown option '$argument', expected --fast or --sanitize"; exit 2 ;;
  esac
done
if [ "$preset" = sanitize ]; then filter=(); fi # the preset's own filter leaves out more

setup "${build_packages[@]}" "${test_packages[@]}"
build "$preset"
cd "$root"
say "testing ($preset)"
exec ctest --preset "$preset" ${filter[@]+"${filter[@]}"}
