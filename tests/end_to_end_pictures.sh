#!/usr/bin/env bash
# end_to_end_pictures.sh — networks of pictures through everything that runs trials: the same bytes for any threads of a
# trial and trials at a time, shards, kills in the middle of a trial, sweeps and tunings; and classes of pixels.
# Usage: tests/end_to_end_pictures.sh PROGRAM    SYMOPT_TEST_SEED: which moments the kills fall on
. "$(dirname "${BASH_SOURCE[0]}")/support/end_to_end.sh"

seed=${SYMOPT_TEST_SEED:-$(date +%s)}
RANDOM=$seed
title "random moments of SYMOPT_TEST_SEED=$seed"

# A batch has 19,600 pixels behind the first filters: 20 shares of 1,024 for the threads.
networks=conv:28x28x1-4c3s2-p2s2-6c3-10/bn/relu,conv:28x28x1-4c5s2-a3s2-8-10/leaky-relu+bias
data=(--dataset "$stripes" --train 400 --validation 100 --no-plots)
pictures=(run paper "${data[@]}" --networks "$networks" --optimizers sgd,un --trials 2 --search-train 200
  --search-validation 100 --search-epochs 1 --max-epochs 3)

checkpoints() { find "$1/checkpoints" -name '*.ckpt' 2>/dev/null | wc -l; }

# killed_in_trials FOLDER KILLS COMMAND…: kills it so many times soon after it has saved a trial's state, with one and two
# threads a trial in turns; its end is left to do.
killed_in_trials() {
  local folder=$1 kills=$2 left=0 attempt
  shift 2
  at_work() {
    [ -n "$(find "$folder" -name '*.ckpt' -newer "$folder.begun" 2>/dev/null)" ] || ! kill -0 "$running" 2>/dev/null
  }
  for ((attempt = 1; attempt <= kills; attempt++)); do
    touch "$folder.begun"
    "$symopt" "$@" --out "$folder" --threads $((1 + attempt % 2)) --checkpoint 0.001 2>/dev/null >/dev/null &
    running=$!
    wait_for 60 at_work
    sleep "0.0$((RANDOM % 10))"
    kill -9 "$running" 2>/dev/null || true
    wait "$running" 2>/dev/null || true
    running=
    left=$((left + $(find "$folder" -name '*.ckpt' | wc -l)))
  done
  title "  $left checkpoints were left in between"
  if [ "$left" -lt 1 ]; then fail "expected a kill to leave a checkpoint"; fi
}

title "one and two threads a trial, one and two trials at a time"
for threads in 1 2; do
  for jobs in 1 2; do expect 0 "${pictures[@]}" --out "run-$threads-$jobs" --threads "$threads" --jobs "$jobs"; done
done
if [ "$(trials_in run-1-1)" -ne 8 ]; then fail "expected 8 trials, found $(trials_in run-1-1)"; fi
for other in run-1-2 run-2-1 run-2-2; do same_results run-1-1 "$other"; done
awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) c[$i] = i; next } $c["status"] != "completed" { exit 1 }' run-1-1/trials.csv ||
  fail "expected completed trials: $(cat run-1-1/trials.csv)"

title "three shards, with other threads each, and collect"
for shard in 1 2 3; do
  expect 0 "${pictures[@]}" --out shared --shard "$shard/3" --threads $((1 + shard % 2))
done
expect 0 collect shared --no-plots
same_results run-1-1 shared

title "killed with -9 in the middle of trials, and resumed"
lasting=(run run-1-1/config.ini --trials 1 --max-epochs 20 --stop-early false --no-plots)
expect 0 "${lasting[@]}" --out unharmed
killed_in_trials killed 4 "${lasting[@]}"
expect 0 "${lasting[@]}" --out killed
same_results unharmed killed
if [ "$(checkpoints killed)" -ne 0 ]; then fail "expected no checkpoints after a finished run"; fi

title "a sweep, and a tuning by successive halving: with two threads a trial, and killed"
axes=("${data[@]}" --networks "${networks%,*}" --optimizers un,momentum --trials 2 --max-epochs 4 --set lr=0.01,0.1)
expect 0 sweep paper "${axes[@]}" --out sweep-1 --threads 1
expect 0 sweep paper "${axes[@]}" --out sweep-2 --threads 2
same_results sweep-1 sweep-2
tuning=(tune paper "${axes[@]}" --halving 2 --tune-trials 1)
expect 0 "${tuning[@]}" --out tune-1 --jobs 1
killed_in_trials tune-2 4 "${tuning[@]}"
expect 0 "${tuning[@]}" --out tune-2 --threads 2
for part in tune-1/rung-* tune-1/final; do same_results "$part" "tune-2/${part#*/}"; done
for file in candidates.csv studies.csv winner.ini config.ini report.txt; do
  cmp "tune-1/$file" "tune-2/$file" || fail "$file: expected the same bytes"
done

title "segnet on streets: killed with -9 in the middle of a trial, and resumed"
streets=(run segnet --dataset synth-streets --networks segnet:1x4c3 --optimizers un-momentum --trials 1 --train 8
  --validation 4 --search-train 8 --search-validation 4 --search-epochs 1 --search-eta-step 1 --max-epochs 8 --no-plots)
expect 0 "${streets[@]}" --out streets
killed_in_trials killed-streets 1 "${streets[@]}"
expect 0 "${streets[@]}" --out killed-streets
same_results streets killed-streets
diff -r streets/predictions killed-streets/predictions || fail "expected the same predictions"

title "segnet on streets: tuned by 1 - mean IoU of the validation pictures"
expect 0 tune segnet --dataset synth-streets --networks segnet:1x4c3 --optimizers un --trials 1 --train 4 --validation 2 \
  --search false --max-epochs 2 --set lr=0.01,0.1 --halving 2 --tune-trials 1 --no-plots --out tuned-streets
awk -F, 'FNR == 1 { for (i = 1; i <= NF; i++) c[$i] = i; next }
  NR == FNR { if ($c["set"] == "validation") iou[$c["optimizer"] ":" $c["settings"]] = $c["mean_iou"]; next }
  { n++; sum = $c["validation_error"] + iou[$c["setting"]]; if (sum < 1 - 1e-12 || sum > 1 + 1e-12) exit 1 }
  END { if (n != 2) exit 1 }' tuned-streets/rung-1/class_metrics.csv tuned-streets/candidates.csv ||
  fail "expected 1 - mean IoU as validation errors: $(cat tuned-streets/candidates.csv)"

title "passed"
