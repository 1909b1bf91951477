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

# big_endian NUMBER: four bytes.
big_endian() {
  local octal
  printf -v octal '\\%03o\\%03o\\%03o\\%03o' $(($1 >> 24 & 255)) $(($1 >> 16 & 255)) $(($1 >> 8 & 255)) $(($1 & 255))
  printf '%b' "${octal//\\/\\0}"
}

# idx SIZE…: the header of an IDX file of bytes.
idx() {
  local size
  printf '%b' "\\0\\0\\010\\0$#"
  for size in "$@"; do big_endian "$size"; done
}

# A data set that is read in milliseconds, where drawing synth-digits takes a second each time: ten classes, each with
# its own stripe brighter than the noise around it; one picture in five shows any class's, so that errors differ.
stripes=folder:$scratch/stripes
mkdir "$scratch/stripes"
for part in train:1300 t10k:100; do
  count=${part#*:} part=$scratch/stripes/${part%:*}
  { idx "$count" 28 28; LC_ALL=C awk -v count="$count" '
      function line(lit, text, x) {
        for (x = 0; x < 28; x++) text = text sprintf("%c", 1 + int(rand() * 90) + 36 * lit)
        return text
      }
      BEGIN {
        srand(count)
        for (n = 0; n < 50; n++) { noise[n] = line(0); stripe[n] = line(1) }
        for (i = 0; i < count; i++) {
          shown = rand() < 0.2 ? int(10 * rand()) : i % 10
          for (y = 0; y < 28; y++) printf "%s", int(y / 2.8) == shown ? stripe[int(50 * rand())] : noise[int(50 * rand())]
        }
      }'; } >"$part-images-idx3-ubyte"
  { idx "$count"; for ((i = 0; i < count; i += 10)); do printf '\0\1\2\3\4\5\6\7\10\11'; done; } >"$part-labels-idx1-ubyte"
done

# The smallest run that has everything: a search, batch normalization, two optimizers, three trials.
tiny=(run paper --dataset "$stripes" --networks archbn-2 --optimizers sgd,un --trials 3 --train 1000
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

# machine_has MEGABYTES: of memory, swap included.
machine_has() {
  [ "$(awk '/^(MemTotal|SwapTotal):/ { sum += $2 } END { print int(sum / 1000) }' /proc/meminfo)" -ge "$1" ]
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

# wait_for SECONDS COMMAND…: until it succeeds. At first it looks often, as a trial of `tiny` takes 0.08 s.
wait_for() {
  local end=$((SECONDS + $1)) looks=0
  shift
  until "$@"; do
    if [ "$SECONDS" -gt "$end" ]; then fail "waited in vain for: $*"; fi
    looks=$((looks + 1))
    sleep "$([ "$looks" -lt 100 ] && echo 0.02 || echo 0.1)"
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
