# end_to_end.sh — what the end-to-end scripts share: a scratch folder, checks that say what they expected, and a run
# of seconds. Sourced with the program's path as first argument.
# shellcheck shell=bash disable=SC2034
set -euo pipefail
symopt=$(realpath "$1")
scratch=$(mktemp -d)
running=
trap 'if [ -n "$running" ]; then kill -9 "$running" 2>/dev/null || true; fi; rm -rf "$scratch"' EXIT
cd "$scratch"
unset SYMOPT_DATA XDG_CACHE_HOME # nothing depends on what this machine has
export HOME=$scratch

fail() {
  printf 'FAILED: %s\n' "$*" >&2
  exit 1
}
title() { printf '%s\n' "$*"; }

# The smallest run that has everything: a search, batch normalization, two optimizers, three trials.
tiny=(run paper --dataset synth-digits --networks archbn-2 --optimizers sgd,un --trials 3 --train 1000
  --validation 200 --search-train 200 --search-validation 100 --search-epochs 2 --max-epochs 4 --no-plots)

# expect STATUS ARGUMENTS…: runs the program; its outputs are then in $output and $error.
expect() {
  local status=0 expected=$1
  shift
  output=$(timeout 300 "$symopt" "$@" 2>"$scratch/error") || status=$?
  error=$(<"$scratch/error")
  if [ "$status" -ne "$expected" ]; then
    fail "symopt $*: expected status $expected, found $status, with: $error"
  fi
}

# one_line WHAT: $error is one line that starts with the program's name.
one_line() {
  case $error in
    *$'\n'*) fail "$1: expected one line of error, found: $error" ;;
    'symopt: '?*) ;;
    *) fail "$1: expected an error that starts with 'symopt: ', found '$error'" ;;
  esac
}

# refused STATUS TEXT ARGUMENTS…: one line of error with TEXT in it.
refused() {
  local status=$1 text=$2
  shift 2
  expect "$status" "$@"
  one_line "symopt $*"
  contains "$error" "$text"
}

contains() {
  case $1 in
    *"$2"*) ;;
    *) fail "expected '$2' in: $1" ;;
  esac
}

trials_in() { find "$1/trials" -name '*.trial' 2>/dev/null | wc -l; }

# same_results A B: every CSV but those of timings, and the configuration, byte by byte.
same_results() {
  local file name count=0
  for file in "$1"/*.csv "$1/config.ini"; do
    name=${file##*/}
    case $name in *timings.csv) continue ;; esac
    cmp "$file" "$2/$name" >&2 || fail "$name of $1 and $2: expected the same bytes"
    count=$((count + 1))
  done
  if [ "$count" -lt 8 ]; then fail "$1: expected 8 files to compare, found $count"; fi
}

# wait_for SECONDS COMMAND…: until it succeeds.
wait_for() {
  local tenths=$(($1 * 10))
  shift
  until "$@"; do
    tenths=$((tenths - 1))
    if [ "$tenths" -lt 0 ]; then fail "waited in vain for: $*"; fi
    sleep 0.1
  done
}

# interrupted ARGUMENTS…: runs the program one trial at a time and interrupts it after the first; its last line is then
# in $error.
interrupted() {
  local status=0
  "$symopt" "$@" --jobs 1 2>error-of-interrupted >/dev/null &
  running=$!
  wait_for 60 grep -qs '^\[1/' error-of-interrupted
  kill -INT "$running"
  wait "$running" || status=$?
  running=
  if [ "$status" -ne 130 ]; then fail "interrupted: expected status 130, found $status"; fi
  error=$(tail -n 1 error-of-interrupted)
}
