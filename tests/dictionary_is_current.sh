#!/usr/bin/env bash
# dictionary_is_current.sh — results/README.md has the columns that the program has, and one that differs is found.
# Usage: dictionary_is_current.sh PROGRAM
set -euo pipefail
root=$(dirname "${BASH_SOURCE[0]}")/..
update=$root/scripts/update_dictionary.sh
"$update" "$1" --check

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cp "$root/results/README.md" "$scratch/same.md"
sed 's/^| `cost` |.*/| `cost` | another meaning |/' "$scratch/same.md" >"$scratch/other.md"
if "$update" "$1" --check "$scratch/other.md" >"$scratch/said"; then
  echo "a column with another meaning: expected a refusal, found none"
  exit 1
fi
grep -q 'another meaning' "$scratch/said"
"$update" "$1" "$scratch/other.md"
cmp "$scratch/same.md" "$scratch/other.md"
