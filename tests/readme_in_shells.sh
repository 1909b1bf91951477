#!/usr/bin/env bash
# readme_in_shells.sh — README's tuning example as it stands there, up to its plan, in each shell that README names.
# Usage: tests/readme_in_shells.sh PROGRAM bash|zsh    status 77: the shell is not here
readme=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../README.md")
shell=$2
. "$(dirname "${BASH_SOURCE[0]}")/support/end_to_end.sh"
if ! command -v "$shell" >/dev/null; then
  echo "$shell is not installed: README's example is not tested in it"
  exit 77
fi

# The block of code that sets `comparison`.
awk '/^```/ { if (inside && text ~ /\ncomparison=/) { printf "%s", text; exit } inside = !inside; text = "\n"; next }
  inside { text = text $0 "\n" }' "$readme" >example
grep -q '^symopt plan ' example || fail "expected the example with its plan in README.md, found: $(cat example)"

mkdir bin && ln -s "$symopt" bin/symopt
status=0
output=$(PATH=$scratch/bin:$PATH ZDOTDIR=$scratch "$shell" example 2>&1) || status=$?
if [ "$status" -ne 0 ]; then fail "$shell: expected status 0, found $status with: $output"; fi
contains "$output" "paper, tuned: 125 trials, 0 of them finished in tuned; data set synth-digits"
for row in 'rung-1 *35 *4 *70' 'rung-2 *15 *12 *30' 'final *5 *12 *25'; do
  grep -q "$row" <<<"$output" || fail "$shell: expected a row '$row' in: $output"
done
# The lines after it use the same words.
grep -q '^symopt tune "\${comparison\[@\]}"$' "$readme" || fail "expected the tuning of the same comparison"
title "passed"
