#!/usr/bin/env bash
# update_dictionary.sh — writes what `symopt list columns` prints into results/README.md, between its two marks.
# Usage: scripts/update_dictionary.sh PROGRAM [--check] [FILE]    --check: changes nothing, status 1 where they differ
set -euo pipefail
program=$(realpath "$1")
shift
check=0
if [ "${1:-}" = --check ]; then
  check=1
  shift
fi
file=${1:-$(dirname "${BASH_SOURCE[0]}")/../results/README.md}
first='<!-- columns: written by scripts/update_dictionary.sh -->' last='<!-- end of the columns -->'

for mark in "$first" "$last"; do
  if [ "$(grep -cxF -e "$mark" "$file")" != 1 ]; then
    echo "$file: expected one line '$mark'"
    exit 1
  fi
done
new=$(mktemp)
trap 'rm -f "$new"' EXIT
sed "\\|^$first\$|q" "$file" >"$new"
"$program" list columns >>"$new"
sed -n "\\|^$last\$|,\$p" "$file" >>"$new"

if cmp -s "$new" "$file"; then exit 0; fi
if [ "$check" = 1 ]; then
  echo "$file: expected the columns that the program has; scripts/update_dictionary.sh $program writes them"
  diff -u "$file" "$new" || true
  exit 1
fi
cat "$new" >"$file"
