#!/usr/bin/env bash
# run.sh — from a fresh clone to the paper's table: installs what is missing, builds, runs `symopt run paper`.
# Usage: scripts/run.sh [OPTION…]    with the options of `symopt run paper`, e.g. --quick
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

setup "${build_packages[@]}"
build release symopt
say "the program is build/release/symopt"
exec "$root/build/release/symopt" run paper "$@"
