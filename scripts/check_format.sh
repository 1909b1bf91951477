#!/usr/bin/env bash
# check_format.sh — every tracked .hpp and .cpp is as clang-format 14 leaves it.
# Usage: scripts/check_format.sh [--fix]
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

setup "${format_packages[@]}"
cd "$root"
mode=(--dry-run --Werror)
if [ "${1:-}" = --fix ]; then mode=(-i); fi
git ls-files -z '*.hpp' '*.cpp' | xargs -0 clang-format-14 "${mode[@]}"
