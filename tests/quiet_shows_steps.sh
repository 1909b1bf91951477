#!/usr/bin/env bash
# quiet_shows_steps.sh — what `quiet` of scripts/lib.sh says: on a terminal every step [n/m], elsewhere nothing; the
# status is the command's in both.
# Usage: tests/quiet_shows_steps.sh      status 77: there is no `script`, which gives a command a terminal
scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")/../scripts" && pwd)
. "$scripts/lib.sh"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
command -v script >/dev/null || { echo "no script(1): not tested"; exit 77; }

cat >"$folder/try" <<TRY
. '$scripts/lib.sh'
steps() { printf '[1/2] one\n'; printf '[2/2] two\n' >&2; return "\$1"; }
status=0
quiet '$folder/log' steps "\$1" || status=\$?
exit "\$status"
TRY

fail() {
  printf '%s\n' "$*"
  exit 1
}

for expected in 0 3; do
  status=0
  said=$(bash "$folder/try" "$expected" 2>&1) || status=$?
  [ "$status" -eq "$expected" ] || fail "without a terminal: expected status $expected, found $status"
  if [ "$expected" -eq 0 ] && [ -n "$said" ]; then fail "without a terminal: expected nothing, found '$said'"; fi
  grep -q '^\[1/2\] one$' "$folder/log" || fail "expected the first step in the log"

  rm "$folder/log"
  status=0
  said=$(script -qec "bash '$folder/try' $expected" /dev/null </dev/null 2>&1) || status=$?
  [ "$status" -eq "$expected" ] || fail "on a terminal: expected status $expected, found $status"
  for step in '[1/2] one' '[2/2] two'; do
    [[ $said == *"$step"* ]] || fail "on a terminal: expected '$step', found '$said'"
    grep -qF "$step" "$folder/log" || fail "on a terminal: expected '$step' in the log too"
  done
done
