#!/usr/bin/env bash
# end_to_end_tuning.sh — a finished tuning grows and does only what is new; search spaces as files; AlgoPerf's rules.
# Usage: tests/end_to_end_tuning.sh PROGRAM
. "$(dirname "${BASH_SOURCE[0]}")/support/end_to_end.sh"

base=(tune paper --dataset "$stripes" --networks archbn-2 --train 600 --validation 200 --max-epochs 4 --stop-early false
  --no-plots)
# to_run: the trials that the last command began, over all its parts.
to_run() { grep -o '[0-9]* to run' <<<"$error" | awk '{ sum += $1 } END { print sum + 0 }'; }
ran() { if [ "$(to_run)" -ne "$1" ]; then fail "expected $1 trials to run, found $(to_run) in: $error"; fi; }
same_tuning() {
  local name
  for name in candidates.csv studies.csv budget.csv winner.ini config.ini report.txt; do
    cmp "$1/$name" "$2/$name" >&2 || fail "$name of $1 and $2: expected the same bytes"
  done
}

title "more trials, another optimizer, a wider axis: only what is new runs, and it ends as one from scratch"
expect 0 "${base[@]}" --optimizers un,momentum --set lr=0.01,0.1,1 --trials 2 --out grown
ran $((6 + 4))
expect 0 "${base[@]}" --optimizers un,momentum --set lr=0.01,0.1,1 --trials 4 --out grown
contains "$error" "grown: key trials: '2' becomes '4'"
ran 4
expect 0 "${base[@]}" --optimizers un,momentum,sgd --set lr=0.01,0.1,1 --trials 4 --out grown
ran $((3 + 4))
wide=("${base[@]}" --optimizers un,momentum,sgd --set lr=0.001,0.01,0.1,0.3,1,3 --trials 4)
expect 0 "${wide[@]}" --out grown
expect 0 "${wide[@]}" --out scratch
ran $((18 + 12))
same_tuning grown scratch
same_results scratch/search grown/search
for file in trials epochs summary tests plan; do
  cmp "scratch/final/$file.csv" "grown/final/$file.csv" || fail "final/$file.csv: expected the bytes of one from scratch"
done
expect 0 "${wide[@]}" --out grown
ran 0

title "rungs that a wider axis moves: what stood there is kept, and its trials are taken"
halved=("${base[@]}" --optimizers un,momentum --halving 2 --trials 2)
expect 0 "${halved[@]}" --set lr=0.01,0.1 --out rungs
first=$(to_run)
expect 0 "${halved[@]}" --set lr=0.01,0.1,0.3,1 --out rungs
contains "$error" "is of other settings, and is now rungs/earlier/rung-"
grown=$(to_run)
expect 0 "${halved[@]}" --set lr=0.01,0.1,0.3,1 --out rungs-scratch
all=$(to_run)
if [ "$grown" -ge "$all" ]; then fail "expected fewer trials than from scratch, $all, found $grown (before: $first)"; fi
same_tuning rungs rungs-scratch
for rung in 1 2; do same_results "rungs-scratch/rung-$rung" "rungs/rung-$rung"; done

title "the winner's file run further in final/ does not break the tuning"
expect 0 run grown/winner.ini --out grown/final --trials 6 --no-plots
expect 0 "${wide[@]}" --out grown
contains "$error" "grown/final has 6 trials, more than the 4 asked for: all of them count"
ran 0
if [ "$(trials_in grown/final)" -ne 18 ]; then fail "expected 18 trials in grown/final"; fi
contains "$(cat grown/final/report.html)" "How the settings were chosen"

title "search spaces by name and by path"
expect 0 list spaces
contains "$output" "deepobs-momentum"
expect 0 "${base[@]/tune/plan}" --space deepobs-momentum --trials 1 --head 0 --time false --out none
contains "$output" "search        36"
printf 'optimizers = un,momentum\nset = lr=0.1,1\n' >mine.ini
expect 0 "${base[@]}" --space mine.ini --trials 1 --out own
ran $((4 + 2))
expect 0 "${base[@]}" --space mine.ini --set lr=0.1 --trials 1 --out own-lr
ran $((2 + 2))
expect 0 "${base[@]}" --rule algoperf --space algoperf-nesterov --out published
for study in 1 2 3; do
  if [ "$(trials_in published/study-$study/search)" -ne 5 ]; then fail "expected 5 trials in study $study"; fi
  contains "$(cat published/study-$study/search/config.ini)" ":annealing=polynomial:"
done
if [ -e published/study-4 ]; then fail "expected three studies"; fi
refused 2 "did you mean 'algoperf-lamb'?" "${base[@]}" --space algoperf-lamp
printf 'batch = 10\noptimizers = un\nset = un.lr=0.1,1\n' >a.ini
printf 'batch = 20\noptimizers = sgd\nset = sgd.lr=0.1,1\n' >b.ini
refused 2 "b.ini: option 'batch': expected '10' as in the spaces before it, found '20'" "${base[@]}" --space a.ini,b.ini

title "AlgoPerf's self-tuning rule: three runs of what is listed, and no search"
expect 0 "${base[@]}" --rule algoperf-self --optimizers un:lr=0.1,momentum:lr=0.01 --out self
ran $((3 * 2))
contains "$output" "The studies' best: test error in %"
if [ -e self/study-1/search ]; then fail "expected no search"; fi
expect 0 plan paper --dataset "$stripes" --rule algoperf-self --optimizers un:lr=0.1 --networks archbn-2 --train 600 \
  --validation 200 --time false --head 0 --out none
contains "$output" "paper, tuned: 3 trials"
refused 2 "expected no axes beside rule algoperf-self" "${base[@]}" --rule algoperf-self --set lr=0.1,1 --out none
