#!/usr/bin/env bash
# end_to_end_results.sh — a run's results are the same bytes whatever the threads, kills, interrupts and resumes.
# Usage: tests/end_to_end_results.sh PROGRAM    SYMOPT_TEST_SEED: which moments the kills fall on
. "$(dirname "${BASH_SOURCE[0]}")/support/end_to_end.sh"

seed=${SYMOPT_TEST_SEED:-$(date +%s)}
RANDOM=$seed
title "random moments of SYMOPT_TEST_SEED=$seed"

title "one trial at a time; a file and the terminal get the same report"
start=$(date +%s%N)
expect 0 "${tiny[@]}" --out one --jobs 1
duration=$((($(date +%s%N) - start) / 1000000)) # ms
contains "$output" "$(cat one/report.txt)"
contains "$error" "paper: 6 trials, 6 to run, 1 at a time; data set folder:stripes"
contains "$error" "[6/6]"
if [ "$(trials_in one)" -ne 6 ]; then fail "expected 6 trial files, found $(trials_in one)"; fi

title "two at a time, silently"
expect 0 "${tiny[@]}" --out two --jobs 2 --quiet
if [ -n "$error" ]; then fail "--quiet: expected nothing on stderr, found: $error"; fi
same_results one two

title "a finished run has nothing to do again"
before=$(stat -c '%n %y' one/trials/*)
expect 0 "${tiny[@]}" --out one --jobs 2
contains "$error" "6 trials, 0 to run"
if [ "$before" != "$(stat -c '%n %y' one/trials/*)" ]; then fail "expected untouched trial files"; fi
same_results one two

title "killed at random moments and resumed"
kills=0
for _ in 1 2 3 4 5 6; do
  status=0
  "$symopt" "${tiny[@]}" --out killed --jobs 2 2>/dev/null >/dev/null &
  running=$!
  sleep "$(awk -v r="$RANDOM" -v d="$duration" 'BEGIN { printf "%.3f", r / 32768 * d / 2000 }')"
  kill -9 "$running" 2>/dev/null || true
  wait "$running" 2>/dev/null || status=$?
  running=
  if [ "$status" -eq 137 ]; then kills=$((kills + 1)); fi
done
title "  $kills of 6 runs were killed, $(trials_in killed) trials finished in between"
expect 0 "${tiny[@]}" --out killed --jobs 2
same_results one killed
if compgen -G 'killed/.*.tmp-*' || compgen -G 'killed/trials/.*.tmp-*'; then
  fail "expected no temporary files after a resume"
fi

title "interrupted: status 130, and the command that it names goes on"
interrupted "${tiny[@]}" --out 'a folder'
one_line interrupted
contains "$error" "of 6 trials are finished and kept; go on with: symopt run 'a folder/config.ini' --out 'a folder'"
finished=$(trials_in 'a folder')
if [ "$finished" -lt 1 ] || [ "$finished" -gt 5 ]; then fail "interrupted: expected 1 to 5 trials, found $finished"; fi
[ "$(wc -l <'a folder/trials.csv')" -eq $((finished + 1)) ] || fail "expected the finished trials in trials.csv"
eval "set -- ${error##*go on with: symopt }"
expect 0 "$@" --no-plots
contains "$error" "6 trials, $((6 - finished)) to run"
same_results one 'a folder'

title "SIGTERM, and a terminal that goes away, end a run as an interrupt does"
for signal in TERM HUP; do
  "$symopt" "${tiny[@]/#3/12}" --out "ended-$signal" --jobs 2 2>"error-$signal" >/dev/null &
  running=$!
  wait_for 60 grep -qs '^\[1/24\]' "error-$signal"
  kill -s "$signal" "$running"
  kill -s "$signal" "$running" # schedulers tell it more than once
  status=0
  wait "$running" || status=$?
  running=
  if [ "$status" -ne 130 ]; then fail "SIG$signal: expected status 130, found $status"; fi
  contains "$(tail -n 1 "error-$signal")" "trials are finished and kept; go on with: symopt run"
done

title "under nohup a terminal that goes away ends nothing"
(trap '' HUP; exec "$symopt" "${tiny[@]}" --out left --jobs 1 2>error-left >/dev/null) &
running=$!
wait_for 60 grep -qs '^\[1/6\]' error-left
kill -HUP "$running"
wait "$running" || fail "expected it to end well, found: $(tail -n 1 error-left)"
running=
same_results one left

title "interrupted twice it ends at once; what was finished is kept"
"$symopt" "${tiny[@]}" --out twice --jobs 1 2>error-twice >/dev/null &
running=$!
wait_for 60 grep -qs '^\[1/6\]' error-twice
kill -STOP "$running" # so that both are there when it goes on
kill -INT "$running"
kill -CONT "$running"
wait_for 60 grep -qs 'Ctrl-C again ends it at once' error-twice
kill -INT "$running" 2>/dev/null || true
status=0
wait "$running" || status=$?
running=
if [ "$status" -ne 130 ]; then fail "interrupted twice: expected status 130, found $status"; fi
if [ "$(trials_in twice)" -lt 1 ]; then fail "expected the finished trial, found none"; fi
expect 0 "${tiny[@]}" --out twice --jobs 2
same_results one twice

title "config.ini repeats the run; the command line comes after it"
expect 0 run one/config.ini --out again --jobs 2 --no-plots
same_results one again
expect 0 run one/config.ini --out less --trials 1 --no-plots
contains "$(cat less/config.ini)" "trials = 1"
contains "$(cat less/config.ini)" "max-epochs = 4" # the file's, not the default

title "more trials: those that are finished are kept"
expect 0 run one/config.ini --out less --trials 3 --no-plots
contains "$error" "6 trials, 4 to run"
same_results one less

title "--fresh starts over beside the old folder"
expect 0 run two/config.ini --out two --fresh --trials 1 --no-plots
contains "$output" "results: two-2"
if [ "$(trials_in two-2)" -ne 2 ]; then fail "--fresh: expected 2 trials, found $(trials_in two-2)"; fi
same_results one two

title "a damaged trial file is set aside, said, and its trial runs again"
file=$(find two/trials -name '*.trial' | sort | head -n 1)
truncate -s 500 "$file"
expect 0 "${tiny[@]}" --out two --quiet
one_line "damaged trial"
contains "$error" "${file##*/}"
contains "$error" "set aside as two/damaged/${file##*/}, the trial runs again"
same_results one two
cmp -s "$file" "two/damaged/${file##*/}" && fail "expected the damaged file apart, found the new one"

title "one folder, one process; one configuration"
"$symopt" "${tiny[@]}" --out busy --jobs 1 2>error-of-busy >/dev/null &
running=$!
wait_for 60 grep -qs 'to run' error-of-busy
kill -STOP "$running" # it holds the folder for as long as this takes
refused 1 "output folder: busy: expected no other run in it, found process $running" "${tiny[@]}" --out busy
kill -CONT "$running"
wait "$running" || fail "expected the first run to end well, found: $(cat error-of-busy)"
running=
same_results one busy
refused 1 "busy/config.ini: key seed: expected '2' as asked, found '1' in the folder" "${tiny[@]}" --out busy --seed 2
refused 1 "key trials: expected '2' as asked, found '3' in the folder" run busy/config.ini --out busy --trials 2
same_results one busy

title "passed"
