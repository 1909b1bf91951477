#!/usr/bin/env bash
# end_to_end_datasets.sh — several data sets in one experiment: each one's trials are those of a run of it alone.
# Usage: tests/end_to_end_datasets.sh PROGRAM
. "$(dirname "${BASH_SOURCE[0]}")/support/end_to_end.sh"

# A second one: the first pictures under five labels.
mkdir folded
for part in train:700 t10k:100; do
  count=${part#*:} part=${part%:*}
  { idx "$count" 28 28; head -c $((16 + count * 784)) "stripes/$part-images-idx3-ubyte" | tail -c +17; } \
    >"folded/$part-images-idx3-ubyte"
  { idx "$count"; for ((i = 0; i < count; i += 10)); do printf '\0\0\1\1\2\2\3\3\4\4'; done; } \
    >"folded/$part-labels-idx1-ubyte"
done
folded=folder:$scratch/folded
# on DATASET ARGUMENTS…: the arguments of the smallest run on it.
on() {
  local dataset=$1
  shift
  arguments=(run paper --dataset "$dataset" "${tiny[@]:4}" "$@")
}

title "each data set has the trials of a run of it alone, to the byte; a split that does not fit one is its own"
on "$stripes" --out one --jobs 1
expect 0 "${arguments[@]}"
on "$folded" --train 560 --validation 140 --out two
expect 0 "${arguments[@]}"
on "$stripes,$folded" --out both
expect 0 "${arguments[@]}"
contains "$error" "folder:folded has 700 samples to train on: train = 560, validation = 140"
contains "$error" "data sets folder:stripes, folder:folded"
contains "$error" "folder:folded archbn-2 un trial 2"
contains "$output" "folder:folded archbn-2"
if [ "$(trials_in both)" -ne 12 ]; then fail "expected 12 trials, found $(trials_in both)"; fi
for folder in one two; do
  for file in "$folder"/trials/*; do
    if [ ! -e "both/trials/${file##*/}" ]; then fail "expected ${file##*/} among the trials of both"; fi
  done
done
expect 0 report one two --out combined --no-plots
for file in trials epochs search summary tests targets profiles scores; do
  cmp "both/$file.csv" "combined/$file.csv" || fail "$file.csv: expected the bytes of report one two"
done
contains "$(cat both/environment.csv)" "data set 2,folder:folded"

title "its configuration repeats it; shards make the same"
expect 0 run both/config.ini --out again --no-plots
same_results both again
on "$stripes,$folded" --out shared --shard 1/2
expect 0 "${arguments[@]}"
on "$stripes,$folded" --out shared --shard 2/2
expect 0 "${arguments[@]}"
expect 0 collect shared --no-plots
same_results both shared

title "a folder takes another data set, and does not lose one; finished trials are reused"
on "$stripes,$folded" --out one
expect 0 "${arguments[@]}"
contains "$error" "12 trials, 6 to run"
for file in plan.csv trials.csv epochs.csv summary.csv tests.csv config.ini; do
  cmp "both/$file" "one/$file" || fail "$file of both and one: expected the same bytes"
done
refused 1 "key dataset" run paper --dataset "$stripes" "${tiny[@]:4}" --out both
on "$folded,$stripes" --out reused --reuse both
expect 0 "${arguments[@]}"
contains "$error" "12 of 12 trials are taken from both"

title "plan, show, sweep and Slurm's scripts"
expect 0 plan paper --dataset "$stripes,$folded" "${tiny[@]:4}" --out both --head 12
contains "$output" "12 trials, 12 of them finished in both; data sets folder:stripes, folder:folded"
contains "$output" "folder:folded archbn-2   un"
contains "$output" "12  folder:folded archbn-2 un trial 2"
expect 0 show both
contains "$output" "paper on folder:stripes, folder:folded"
contains "$output" "folder:folded archbn-2   un"
expect 0 sweep paper --dataset "$stripes,$folded" "${tiny[@]:4}" --set lr=0.01,0.1,1 --out swept
contains "$output" "folder:folded archbn-2   un:lr="
if [ "$(grep -c ',"\?folder:folded archbn-2' swept/panels.csv)" -ne 1 ]; then
  fail "expected a panel of folder:folded in: $(cat swept/panels.csv)"
fi
expect 0 submit --slurm paper --dataset "$stripes,$folded" "${tiny[@]:4}" --out array --dry-run
contains "$output" "12 trials in 12 tasks"

title "what cannot be is refused in a line"
refused 2 "expected each one once" run paper --dataset "$stripes,$stripes" --out none
refused 2 "expected data sets of different names" run paper --dataset "$stripes,folder:./stripes" --out none
refused 2 "expected comma-separated names" run paper --dataset "synth-digits," --out none
refused 2 "did you mean 'synth-digits'" run paper --dataset "synth-digits,synth-digit" --out none
refused 2 "expected one for unbalanced, found 2" run unbalanced --dataset "$stripes,$folded" --out none
refused 2 "expected one for a tuning, found 2" tune paper --dataset "$stripes,$folded" --set lr=0.1,1,10 --out none
if [ -e none ]; then fail "expected no folder"; fi
