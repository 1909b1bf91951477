#!/usr/bin/env bash
# test.sh — installs what is missing, builds, runs the tests.
# Usage: scripts/test.sh [--fast] [--sanitize] [-- OPTION OF CTEST…]
#   --fast      without the tests labelled slow
#   --sanitize  under the address and undefined-behaviour sanitizers, without those labelled slow or end-to-end
# The closing lines are ctest's summary. Tests on real data need SYMOPT_DATA, the folder with mnist/ in it.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

preset=release
filter=() more=()
while [ $# -gt 0 ]; do
  case $1 in
    --fast) filter=(--label-exclude slow) ;;
    --sanitize) preset=sanitize ;;
    -h | --help) sed -n '2,/^[^#]/{s/^# \{0,1\}//p;}' "${BASH_SOURCE[0]}"; exit 0 ;;
    --) more=("${@:2}") && break ;;
    *) say "unknown option '$1', expected --fast, --sanitize or -- and options of ctest"; exit 2 ;;
  esac
  shift
done
if [ "$preset" = sanitize ]; then filter=(); fi # the preset's own filter leaves out more

setup "${build_packages[@]}" "${test_packages[@]}"
if [ "$preset" = sanitize ]; then setup "${sanitizer_packages[@]}" || say "no clang here: g++ builds, in twice the time"; fi
build "$preset"
cd "$root"
say "testing ($preset)"
exec ctest --preset "$preset" ${filter[@]+"${filter[@]}"} ${more[@]+"${more[@]}"}
