#!/usr/bin/env bash
# end_to_end_store.sh — shards, checkpoints, time limits and failures: what stays, what runs again, the same bytes.
# Usage: tests/end_to_end_store.sh PROGRAM    SYMOPT_TEST_SEED: which moments the kills fall on
. "$(dirname "${BASH_SOURCE[0]}")/support/end_to_end.sh"

seed=${SYMOPT_TEST_SEED:-$(date +%s)}
RANDOM=$seed
title "random moments of SYMOPT_TEST_SEED=$seed"
expect 0 "${tiny[@]}" --out one

title "a run that finds everything finished writes its tables again only where that is needed"
written() { stat -c '%n %y' one/*.csv one/report.txt; }
expect 0 "${tiny[@]}" --out one --quiet
report=$output
before=$(written)
expect 0 "${tiny[@]}" --out one --quiet
if [ "$output" != "$report" ]; then fail "expected the same report, found: $output"; fi
if [ "$before" != "$(written)" ]; then fail "expected untouched tables, found: $(written)"; fi
cp one/trials.csv one/summary.csv .
rm one/trials.csv
expect 0 "${tiny[@]}" --out one --quiet
cmp trials.csv one/trials.csv || fail "expected the lost table again"
truncate -s 100 one/summary.csv
expect 0 "${tiny[@]}" --out one --quiet
cmp summary.csv one/summary.csv || fail "expected the cut table whole again"
expect 0 "${tiny[@]/--no-plots/--quiet}" --out one
if [ ! -s one/figures/summary.gp ]; then fail "expected figures where they are wanted, found: $(ls one/figures)"; fi
file=$(find one/trials -name '*.trial' | sort | head -n 1)
rm "$file"
before=$(written)
expect 0 "${tiny[@]}" --out one --quiet
if [ "$before" = "$(written)" ]; then fail "expected tables of the new trial"; fi
cmp trials.csv one/trials.csv || fail "expected the same table from the same trial"

title "two shards at the same time, and a third later; collect merges them to the same bytes"
"$symopt" "${tiny[@]}" --out shared --shard 1/3 --jobs 1 2>error-of-shard >/dev/null &
running=$!
expect 0 "${tiny[@]}" --out shared --shard 2/3 --jobs 1
contains "$error" "paper: shard 2/3 with 2 trials, 2 to run"
contains "$error" "shard 2/3 is finished; when all are: symopt collect shared"
wait "$running" || fail "expected shard 1/3 to end well, found: $(cat error-of-shard)"
running=
if [ -e shared/trials.csv ]; then fail "expected no tables from shards"; fi

title "collect names what is missing, merges the rest, and exits with 1"
expect 1 collect shared --no-plots
missing=$(grep -c '^missing: folder:stripes archbn-2 ' <<<"$error")
if [ "$missing" -ne 2 ]; then fail "expected two missing trials, found: $error"; fi
contains "$error" "symopt: shared: 2 of 6 trials are missing; the tables hold the others; go on with: symopt run shared/config.ini --out shared"
if [ "$(wc -l <shared/trials.csv)" -ne 5 ]; then fail "expected four trials in trials.csv: $(cat shared/trials.csv)"; fi
expect 0 "${tiny[@]}" --out shared --shard 3/3
expect 0 collect shared --no-plots
contains "$output" "results: shared"
same_results one shared

title "--export keeps what each trial ended with; everything else is the same bytes, in shards too"
expect 0 "${tiny[@]}" --out kept --export
contains "$output" "parameters: kept/parameters/index.csv"
same_results one kept
[ "$(find kept/parameters -name '*.npy' | wc -l)" -eq 6 ] || fail "expected 6 arrays, found: $(ls kept/parameters)"
[ "$(wc -l <kept/parameters/index.csv)" -eq 7 ] || fail "expected 6 rows, found: $(cat kept/parameters/index.csv)"
expect 0 "${tiny[@]}" --out kept --export
contains "$error" "6 trials, 0 to run"
expect 0 "${tiny[@]}" --out kept-parts --export --shard 1/2
expect 0 "${tiny[@]}" --out kept-parts --export --shard 2/2
expect 0 collect kept-parts --no-plots
same_results one kept-parts
diff -r kept/parameters kept-parts/parameters >&2 || fail "expected the same parameters from shards"

title "trials that finished without --export run again for it, and an interrupted run goes on with it"
expect 0 "${tiny[@]}" --out shared --export
contains "$error" "6 trials, 6 to run"
same_results one shared
diff -r kept/parameters shared/parameters >&2 || fail "expected the same parameters from a second run"
interrupted "${tiny[@]}" --out kept-later --export
contains "$error" "--export"
eval "set -- ${error##*go on with: symopt }"
expect 0 "$@" --no-plots
diff -r kept/parameters kept-later/parameters >&2 || fail "expected the same parameters after an interruption"

title "collect and shards say what they cannot use"
refused 2 "collect: expected one results folder, found 0" collect
refused 1 "nowhere/config.ini: expected a file, found none" collect nowhere
if [ -e nowhere ]; then fail "expected collect to make no folder"; fi
refused 2 "option 'shard': expected i/n with i from 1 to n, as 2/4, found '4/3'" "${tiny[@]}" --out never --shard 4/3
refused 2 "options '--fresh' and '--shard'" "${tiny[@]}" --out never --shard 1/3 --fresh
refused 1 "shared/config.ini: key seed: expected '2' as asked, found '1' in the folder" "${tiny[@]}" --seed 2 --out shared --shard 1/3
refused 1 "key trials: expected '4' as asked, found '3' in the folder" run shared/config.ini --trials 4 --out shared --shard 1/3

title "killed with -9 between checkpoints and resumed from them"
resumed=0
checkpoints() { find "$1/checkpoints" -name '*.ckpt' 2>/dev/null | wc -l; }
at_work() { [ "$(checkpoints killed)" -gt 0 ] || ! kill -0 "$running" 2>/dev/null; }
lasting=(run one/config.ini --max-epochs 20 --stop-early false --no-plots)
expect 0 "${lasting[@]}" --out unharmed
for _ in 1 2 3 4; do
  "$symopt" "${lasting[@]}" --out killed --jobs 2 --checkpoint 0.001 2>/dev/null >/dev/null &
  running=$!
  wait_for 60 at_work
  sleep "0.$((RANDOM % 3))$((RANDOM % 10))"
  kill -9 "$running" 2>/dev/null || true
  wait "$running" 2>/dev/null || true
  running=
  resumed=$((resumed + $(checkpoints killed)))
done
title "  $resumed checkpoints were left in between"
expect 0 "${lasting[@]}" --out killed --jobs 2
same_results unharmed killed
if [ "$resumed" -lt 1 ]; then fail "expected a kill to leave a checkpoint"; fi
if [ -n "$(find killed/checkpoints -type f)" ]; then fail "expected no checkpoints after a finished run"; fi

title "interrupted within a trial: it goes on from where it was"
long=(run one/config.ini --trials 1 --optimizers un --max-epochs 40 --stop-early false --no-plots)
expect 0 "${long[@]}" --out long-one
"$symopt" "${long[@]}" --out long-two --verbose 2>error-of-long >/dev/null &
running=$!
wait_for 60 grep -qs 'epoch 5$' error-of-long
kill -INT "$running"
status=0
wait "$running" || status=$?
running=
if [ "$status" -ne 130 ]; then fail "interrupted: expected status 130, found $status"; fi
if [ "$(checkpoints long-two)" -ne 1 ]; then fail "expected a checkpoint"; fi
expect 0 "${long[@]}" --out long-two --verbose
if grep -q 'epoch 5$' <<<"$error"; then fail "expected the trial to go on, found it started anew: $error"; fi
same_results long-one long-two

title "a damaged checkpoint is set aside, said, and its trial starts anew"
expect 0 "${long[@]}" --out long-three --timeout 1e6
hash=$(sed -n 's/.*,\([0-9a-f]\{32\}\)$/\1/p' long-three/plan.csv | head -n 1)
rm "long-three/trials/$hash.trial"
mkdir -p long-three/checkpoints
printf 'half a checkp' >"long-three/checkpoints/$hash.ckpt"
expect 0 "${long[@]}" --out long-three --quiet
one_line "damaged checkpoint"
contains "$error" "set aside as long-three/damaged/$hash.ckpt, the trial starts anew"
same_results long-one long-three

title "a time limit makes rows, and --retry-failed runs them again"
expect 1 "${tiny[@]}" --out timed --timeout 0.000001
rows=$(grep -c ',timed-out,' timed/trials.csv)
if [ "$rows" -ne 6 ]; then fail "expected 6 timed-out rows, found $rows"; fi
expect 1 "${tiny[@]}" --out timed
contains "$error" "6 trials, 0 to run"
expect 0 "${tiny[@]}" --out timed --retry-failed
contains "$error" "6 trials, 6 to run"
same_results one timed

if ! machine_has 18000; then
  title "SKIPPED: trials that the memory does not hold: they need a machine of 18 GB"
  title "passed"
  exit 0
fi
title "--fail-fast: the first trial that fails ends the run; the others are not tried, and what is finished is kept"
# 8.6 GB of weights where 8 GB, arenas of many threads among them, is all that the process may have. A machine with less
# than twice the weights refuses the network before any trial.
failing=("${tiny[@]/archbn-2/archbn-2,mlp:784-46000-46000-10}" --jobs 1)
in_little_memory() { (ulimit -v 8000000; exec "$symopt" "$@" 2>error >/dev/null); }
status=0
in_little_memory "${failing[@]}" --out fast --fail-fast || status=$?
error=$(tail -n 1 error)
if [ "$status" -ne 1 ]; then fail "--fail-fast: expected status 1, found $status with: $error"; fi
contains "$error" "symopt: 1 of 7 trials failed, the first: mlp:784-46000-46000-10 sgd trial 0: "
contains "$error" "out of memory; --fail-fast leaves 5 of 12 undone"
rows=$(grep -c ',failed,' fast/trials.csv)
if [ "$rows" -ne 1 ] || [ "$(trials_in fast)" -ne 7 ]; then fail "expected 7 trials with 1 failed: $(cat fast/trials.csv)"; fi

title "without it they all run, the report is written, and the status says that some failed"
status=0
in_little_memory "${failing[@]}" --out fast || status=$?
if [ "$status" -ne 1 ]; then fail "failing: expected status 1, found $status"; fi
contains "$(tail -n 1 error)" "symopt: 6 of 12 trials failed, the first: mlp:784-46000-46000-10 sgd trial 0: "
if [ ! -s fast/report.html ]; then fail "expected a report"; fi
expect 1 "${failing[@]}" --out fast --quiet # it says so again; nothing is tried again
one_line "a folder with failures"

title "passed"
