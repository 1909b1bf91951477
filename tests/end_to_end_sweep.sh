#!/usr/bin/env bash
# end_to_end_sweep.sh — sweeps and tunings give the same bytes whatever the threads, kills and resumes; tuning sees
# no test data.
# Usage: tests/end_to_end_sweep.sh PROGRAM    SYMOPT_TEST_SEED: which moments the kills fall on
. "$(dirname "${BASH_SOURCE[0]}")/support/end_to_end.sh"

seed=${SYMOPT_TEST_SEED:-$(date +%s)}
RANDOM=$seed
title "random moments of SYMOPT_TEST_SEED=$seed"

small=(--dataset "$stripes" --networks archbn-2,arch1-2 --optimizers un,momentum --trials 2 --train 600
  --validation 200 --max-epochs 4 --no-plots --set lr=0.001:1:log:4 --set momentum.momentum=0.5,0.9)

# killed_until_done FOLDER MILLISECONDS COMMAND…: starts it again after each of some kills at random moments, then to its
# end. MILLISECONDS: what it takes with one trial at a time; two are run here.
killed_until_done() {
  local folder=$1 duration=$2 kills=0 status
  shift 2
  for _ in 1 2 3 4 5; do
    status=0
    "$symopt" "$@" --out "$folder" --jobs 2 2>/dev/null >/dev/null &
    running=$!
    sleep "$(awk -v r="$RANDOM" -v d="$duration" 'BEGIN { printf "%.3f", r / 32768 * d / 4000 }')"
    kill -9 "$running" 2>/dev/null || true
    wait "$running" 2>/dev/null || status=$?
    running=
    if [ "$status" -eq 137 ]; then kills=$((kills + 1)); fi
  done
  title "  $kills of 5 were killed"
  expect 0 "$@" --out "$folder" --jobs 2
}

same_files() {
  local name
  for name in "${@:3}"; do
    cmp "$1/$name" "$2/$name" >&2 || fail "$name of $1 and $2: expected the same bytes"
  done
}

title "a plan says what would run, and runs nothing"
expect 0 plan paper "${small[@]}" --out planned
contains "$output" "paper: 48 trials, 0 of them finished in planned; data set folder:stripes"
contains "$output" "1  archbn-2 un:lr=0.001 trial 0"
contains "$output" "estimated time:"
if [ -e planned ]; then fail "plan: expected no folder, found planned"; fi

title "a sweep, one trial at a time; its configuration repeats it, two at a time"
start=$(date +%s%N)
expect 0 sweep paper "${small[@]}" --out one --jobs 1
duration=$((($(date +%s%N) - start) / 1000000))
contains "$output" "Settings by validation error"
if [ "$(trials_in one)" -ne 48 ]; then fail "expected 48 trials, found $(trials_in one)"; fi
contains "$(cat one/summary.csv)" "archbn-2,momentum,momentum=0.5 lr=0.001,"
expect 0 run one/config.ini --out two --jobs 2 --no-plots
same_results one two
expect 0 plan one/config.ini --out one
contains "$output" "48 trials, 48 of them finished in one"

title "a sweep killed and resumed"
killed_until_done killed "$duration" sweep paper "${small[@]}"
same_results one killed

title "more points: those that are finished are kept"
expect 0 sweep paper "${small[@]/0.5,0.9/0.5,0.9,0.95}" --out one
contains "$error" "64 trials, 16 to run"

title "a tuning by successive halving, one trial at a time"
tuning=(tune paper "${small[@]}" --halving 2 --tune-trials 2)
start=$(date +%s%N)
expect 0 "${tuning[@]}" --out t1 --jobs 1
duration=$((($(date +%s%N) - start) / 1000000))
contains "$output" "Chosen settings, of how many"
for rung in 1 2 3; do
  awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) c[$i] = i; next }
    $c["test_error"] != "nan" || $c["best_test_error"] != "nan" { exit 1 }' "t1/rung-$rung/trials.csv" ||
    fail "rung $rung: expected no test errors"
done
same_seed=$(awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) c[$i] = i; next } $c["seed"] != 2' t1/final/trials.csv)
if [ -n "$same_seed" ]; then fail "expected the final trials with seed 2, found: $same_seed"; fi

title "a plan of the tuning lists what has run: settings, epochs and trials of each rung"
expect 0 plan paper "${small[@]}" --halving 2 --tune-trials 2 --out unplanned
contains "$output" "paper, tuned: 88 trials, 0 of them finished in unplanned"
# part STUDY_FOLDER: settings, epochs, trials, finished
part() { awk -v part="$1" '$1 == part { print $2, $3, $4, $5 }' <<<"$output"; }
for line in "rung-1 24 1 48 0" "rung-2 12 2 24 0" "rung-3 4 4 8 0" "final 4 4 8 0"; do
  if [ "$(part "${line%% *}")" != "${line#* }" ]; then fail "expected '$line' in: $output"; fi
done
contains "$output" "1  archbn-2 un:lr=0.001 trial 0"
contains "$output" "estimated time:"
grep -q "How the settings were chosen" t1/final/report.html || fail "t1/final/report.html: expected how the settings were chosen"
grep -q ">not searched<" t1/final/report.html || fail "t1/final/report.html: expected that rates were not searched"
if [ -e unplanned ]; then fail "plan: expected no folder, found unplanned"; fi
expect 0 plan t1/config.ini --out t1 --time false
for folder in rung-1 rung-2 rung-3 final; do
  trials=$(trials_in "t1/$folder")
  contains "$(part "$folder"). " " $trials $trials."
done
expect 0 plan t1/config.ini --out t1 --seed 5 --time false
contains "$output" "0 of them finished"

title "the same, two at a time, and killed and resumed"
expect 0 "${tuning[@]}" --out t2 --jobs 2 --quiet
if [ -n "$error" ]; then fail "--quiet: expected nothing on stderr, found: $error"; fi
killed_until_done t3 "$duration" "${tuning[@]}"
for other in t2 t3; do
  for part in rung-1 rung-2 rung-3 final; do same_results "t1/$part" "$other/$part"; done
  same_files t1 "$other" candidates.csv studies.csv winner.ini config.ini report.txt
done

title "the expected best by budget: at one setting the mean of all, at all of them the lowest, on a page"
awk -F, 'NR == FNR { if (FNR > 1 && $2 == 1 && $4 == "archbn-2" && $5 ~ /^un:/) { n++; sum += $11; if (n == 1 || $11 < low) low = $11 } next }
  $2 == "archbn-2" && $3 == "un" && $6 == 1 { first = $7 }
  $2 == "archbn-2" && $3 == "un" && $6 == n { last = $7; count = $5 }
  END { exit !(n == 4 && count == n && last == low && (first - sum / n) ^ 2 < 1e-24) }' t1/candidates.csv t1/budget.csv ||
  fail "expected mean and lowest validation error of un in: $(cat t1/budget.csv) from $(cat t1/candidates.csv)"
contains "$output$(cat t1/report.txt)" "Expected best validation error (%)"
contains "$(cat t1/report.html)" "symopt tune config.ini"
if [ ! -s t1/figures/tuning_budget.gp ]; then expect 0 plot t1; fi
if [ ! -s t1/figures/tuning_budget.gp ]; then fail "expected the figure's script"; fi

title "the winner's file runs to the bits of the final trials; the tuning's own repeats it"
expect 0 run t1/winner.ini --out winner --no-plots
same_results t1/final winner
expect 0 tune t1/config.ini --out t4 --no-plots
same_files t1 t4 candidates.csv winner.ini config.ini

title "a report on a tuning's folder says where its trials are, and writes nothing there"
before=$(ls -A t1)
refused 1 "results folder: t1: expected finished trials, found none; those of a tuning are in t1/final" report t1
refused 2 "t1/config.ini: option 'rule': expected a configuration of trials, found one of a tuning" collect t1
if [ "$(ls -A t1)" != "$before" ]; then fail "expected an untouched folder, found: $(ls -A t1)"; fi
expect 0 report t1/final --no-plots

title "interrupted: status 130, and the command that it names goes on"
interrupted "${tuning[@]}" --out 'a folder'
contains "$error" "go on with: symopt tune 'a folder/config.ini' --out 'a folder'"
eval "set -- ${error##*go on with: symopt }"
expect 0 "$@" --no-plots
same_files t1 'a folder' candidates.csv winner.ini

title "AlgoPerf's rule: the chosen run is the tuning's own, with its test error"
expect 0 tune paper "${small[@]:0:4}" --optimizers un --rule algoperf --set lr=0.001:1:log --studies 2 --budget 2 \
  --train 600 --validation 200 --max-epochs 4 --no-plots --out rule
contains "$output" "The studies' best: test error in %"
for study in 1 2; do
  column() { awk -F, -v want="$2" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == want) c = i; next } { print $c }' "$1"; }
  for error_of in $(column "rule/study-$study/final/trials.csv" validation_error); do
    contains "$(column "rule/study-$study/search/trials.csv" validation_error)" "$error_of"
  done
done

title "a tuning in which trials fail ends with its report, and with status 1"
if ! machine_has 18000; then # with less than twice the weights it refuses the network before any trial
  title "  SKIPPED: it needs a machine of 18 GB"
else
  # 8.6 GB of weights where 8 GB, arenas of many threads among them, is all that the process may have.
  status=0
  (ulimit -v 8000000; exec "$symopt" tune paper "${small[@]:0:2}" --networks archbn-2,mlp:784-46000-46000-10 --optimizers un \
    --set lr=0.1,1 --trials 1 --train 600 --validation 200 --max-epochs 2 --no-plots --jobs 1 --out failing) \
    2>error >/dev/null || status=$?
  error=$(tail -n 1 error)
  if [ "$status" -ne 1 ]; then fail "a tuning with failures: expected status 1, found $status with: $error"; fi
  contains "$error" "symopt: 3 of 6 trials failed, the first: mlp:784-46000-46000-10 un trial 0: "
  contains "$(cat failing/report.txt)" "archbn-2"
  if [ "$(wc -l <failing/studies.csv)" -ne 3 ]; then fail "expected two chosen settings: $(cat failing/studies.csv)"; fi
fi

title "what cannot be meant is refused"
refused 2 "sweep: expected axes" sweep paper
refused 2 "tune: expected axes" tune paper
refused 2 "option 'set': expected axes, NAME=VALUES, found 'lr'" sweep paper --set lr
refused 2 "tune: the seed of the last chosen settings: option 'seed': expected 0 to 9000000000000000" \
  tune paper --set lr=0.1,1 --dataset "$stripes" --seed 9000000000000000
refused 2 "option '--shard'" tune paper --set lr=0.1,1 --shard 1/2
refused 2 "expected an experiment of trials, found natural" tune natural --dataset "$stripes" --set batch=10,20
refused 2 "axis 'momentum': expected an option of every optimizer" sweep paper --set momentum=0,0.9 --dataset "$stripes"
refused 1 "t1/config.ini: key halving: expected '0' as asked, found '2' in the folder" tune t1/config.ini --halving 0 --out t1
refused 2 "did you mean '--halving'?" tune paper --set lr=0.1,1 --halvin 2

title "passed"
