#!/usr/bin/env bash
# end_to_end_faults.sh — one system call of a run, a report or a tuning fails or does half: it is said in a line or made up
# for, nothing is lost, and going on gives the bytes of a run that nothing disturbed.
# Usage: tests/end_to_end_faults.sh PROGRAM FAULTS    FAULTS: the library of tests/faults; SYMOPT_TEST_SEED: which calls
# status 77: the program has sanitizers, which want to be loaded first
faults=$(realpath "$2")
. "$(dirname "${BASH_SOURCE[0]}")/support/end_to_end.sh"
if ldd "$symopt" | grep -qE 'lib(a|t)san'; then
  echo "SKIPPED: faults: the program has sanitizers, which want to be loaded first"
  exit 77
fi
seed=${SYMOPT_TEST_SEED:-$(date +%s)}
RANDOM=$seed
title "calls of SYMOPT_TEST_SEED=$seed"

# faulty FAULT FOLDER ARGUMENTS…: the program with that fault in FOLDER; its status in $status, standard error in $error.
faulty() {
  local fault=$1 folder=$2
  shift 2
  status=0
  SYMOPT_FAULT=$fault SYMOPT_FAULT_UNDER=$folder SYMOPT_FAULT_COUNTS=$scratch/counts LD_PRELOAD=$faults \
    timeout 300 "$symopt" "$@" >/dev/null 2>"$scratch/error" || status=$?
  error=$(<"$scratch/error")
}

# some COUNT MOST: at most MOST numbers from 1 to COUNT, the first and the last among them.
some() {
  local i
  if [ "$1" -le "$2" ]; then
    seq 1 "$1"
    return
  fi
  { echo 1; echo "$1"; for ((i = 2; i < $2; i++)); do echo $((2 + RANDOM % ($1 - 2))); done; } | sort -nu
}

# same_bytes A B: every file but those that hold seconds, names of processes or of the folder.
same_bytes() {
  diff -r -x '.lock' -x '.concluded' -x '*timings.csv' -x '*.trial' -x 'timed_*' -x 'report.*' -x 'table.*' -x damaged \
    -x '*.gp' -x '*.dat' -x '*.png' -x estimate* "$1" "$2" >"$scratch/difference" ||
    fail "$1 and $2: expected the same bytes: $(head -n 5 "$scratch/difference")"
}

# ENOSPC 28, EIO 5, EINTR 4, EACCES 13
kinds=(open:28 open:13 write:28 write:short write:4 fsync:5 rename:28 link:5 close:5 unlink:5 mkdir:28 ftruncate:5)

# try WHAT MOST UNDISTURBED ARGUMENTS…: each kind of fault at some calls, in a copy of the folder `from` (where it is there)
# called `disturbed`, then the same command without a fault.
try() {
  local what=$1 most=$2 undisturbed=$3 kind number fault count struck=0 failed=0
  shift 3
  title "$what"
  rm -rf disturbed && if [ -e from ]; then cp -r from disturbed; fi
  faulty none:0:0 disturbed "$@"
  [ "$status" -eq 0 ] || fail "$what: expected it to end well under no fault, found: $error"
  same_bytes "$undisturbed" disturbed
  cp counts all-counts
  for kind in "${kinds[@]}"; do
    count=$(sed -n "s/^${kind%:*} //p" all-counts)
    if [ "${count:-0}" -eq 0 ]; then continue; fi
    for number in $(some "$count" "$most"); do
      fault=${kind%:*}:$number:${kind#*:}
      rm -rf disturbed && if [ -e from ]; then cp -r from disturbed; fi
      faulty "$fault" disturbed "$@"
      case $status in
        0) ;;
        1)
          failed=$((failed + 1))
          case $(tail -n 1 "$scratch/error") in
            'symopt: '*disturbed*) ;;
            *) fail "$what, $fault: expected a last line that names a file, found: $error" ;;
          esac
          ;;
        *) fail "$what, $fault: expected status 0 or 1, found $status with: $error" ;;
      esac
      struck=$((struck + 1))
      expect 0 "$@"
      same_bytes "$undisturbed" disturbed
      if [ -n "$(find disturbed -name '.*.tmp-*')" ]; then fail "$what, $fault: expected no temporary files, found $(find disturbed -name '.*.tmp-*')"; fi
      if [ -d disturbed/damaged ]; then fail "$what, $fault: expected nothing damaged, found: $(ls disturbed/damaged)"; fi
    done
  done
  title "  $struck faults, $failed of which ended it with an error"
  if [ "$failed" -lt 5 ] || [ "$failed" -eq "$struck" ]; then fail "$what: expected faults that end it and others"; fi
}

short=("${tiny[@]/#3/1}" --jobs 1 --quiet)
expect 0 "${short[@]}" --out undisturbed
try "a run" 5 undisturbed "${short[@]}" --out disturbed

cp -r undisturbed from
expect 0 report undisturbed --no-plots
try "a report" 3 undisturbed report disturbed --no-plots

rm -rf from
# The folder of a tuning has no lock, and who cannot hold others off removes nothing that may be theirs: a temporary file
# that unlink left stays there, hidden.
kinds=("${kinds[@]/unlink:5/}")
tuning=(tune "${tiny[@]:1}" --set lr=0.1,1 --trials 1 --tune-trials 1 --search false --optimizers un --jobs 1 --quiet)
expect 0 "${tuning[@]}" --out tuned
try "a tuning" 3 tuned "${tuning[@]}" --out disturbed

title "passed"
