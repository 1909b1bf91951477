#!/usr/bin/env bash
# end_to_end_combined.sh — trials of several results folders as one table, and a part of them; the folders stay untouched.
# Usage: tests/end_to_end_combined.sh PROGRAM
. "$(dirname "${BASH_SOURCE[0]}")/support/end_to_end.sh"

state_of() { find "$@" -type f -o -type d | sort | xargs stat -c '%n %y %s'; }

title "folders of one optimizer each give the tables of one run of both"
expect 0 "${tiny[@]}" --optimizers sgd --out first --quiet --no-plots
expect 0 "${tiny[@]}" --optimizers un --out second --quiet --no-plots
expect 0 "${tiny[@]}" --optimizers sgd,un --out both --quiet --no-plots
chmod -R a-w first second
before=$(state_of first second)
expect 0 report first second --out combined --no-plots
if [ "$before" != "$(state_of first second)" ]; then fail "expected untouched folders"; fi
chmod -R u+w first second
for file in trials epochs search summary tests targets profiles scores; do
  cmp "both/$file.csv" "combined/$file.csv" || fail "$file.csv: expected the bytes of a single run"
done
contains "$output" "Trials from"
contains "$(cat combined/report.html)" "sources.csv"
contains "$(cat combined/sources.csv)" "first,3,3,0"

title "finished trials of other folders are taken instead of run, to the byte, and only those of the same specification"
before=$(state_of first second)
expect 0 "${tiny[@]}" --optimizers sgd,un,momentum --reuse first,second --out reused --no-plots
contains "$error" "3 of 9 trials are taken from first"
contains "$error" "3 of 9 trials are taken from second"
contains "$error" "9 trials, 3 to run"
if [ "$before" != "$(state_of first second)" ]; then fail "expected untouched folders"; fi
for file in first/trials/* second/trials/*; do
  cmp "$file" "reused/trials/$(basename "$file")" || fail "expected the trial as it was: $file"
done
expect 0 report reused --optimizers sgd,un --out reused-part --no-plots
for file in trials epochs search summary tests; do
  cmp "both/$file.csv" "reused-part/$file.csv" || fail "$file.csv: expected the bytes of a run"
done
expect 0 "${tiny[@]}" --optimizers sgd --max-epochs 1 --reuse first --out other --no-plots
contains "$error" "0 of 3 trials are taken from first"
expect 2 "${tiny[@]}" --optimizers sgd --reuse first --export --out other3 --no-plots
contains "$error" "--reuse"
expect 2 plan "${tiny[@]:1}" --optimizers sgd --reuse first
contains "$error" "found --reuse"
expect 1 "${tiny[@]}" --optimizers sgd --reuse nowhere --out other2 --no-plots
contains "$error" "nowhere"

title "what two folders share counts once, and what is not the same is said"
expect 0 report both first --out combined --no-plots
contains "$(cat combined/sources.csv)" "first,3,0,3"
cmp both/tests.csv combined/tests.csv || fail "tests.csv: expected the bytes of a single run"
expect 0 "${tiny[@]}" --optimizers momentum --max-epochs 1 --out short --quiet --no-plots
expect 0 report both short --out mixed --no-plots
contains "$output" "not the same in all trials: max-epochs: 1 (momentum), 4 (sgd, un)"

title "a part of a folder has tables, families and targets of its own"
expect 0 report both --optimizers un --trials 0,2 --out part --no-plots
contains "$(cat part/sources.csv)" "both,6,2,0"
if grep -q sgd part/summary.csv; then fail "expected un only in: $(cat part/summary.csv)"; fi
expect 0 report both --optimizers un,sgd --trials 0-1 --out part --no-plots

title "three problems are ranked"
expect 0 "${tiny[@]}" --networks archbn-2,archbn-4,arch1-2 --optimizers sgd,un --trials 1 --out three --quiet --no-plots
expect 0 report three
contains "$output" "Friedman"
contains "$(cat three/ranks.csv)" ",3,"
if [ "$(wc -l <three/friedman.csv)" -ne 2 ]; then fail "expected one row in: $(cat three/friedman.csv)"; fi
if [ ! -s three/figures/critical_difference.png ]; then fail "expected a critical-difference diagram"; fi
contains "$(cat three/report.html)" "Ranks over all problems"
expect 0 report three --networks archbn-2,arch1-2 --out two --no-plots
if [ -e two/ranks.csv ]; then fail "expected no ranks of two problems"; fi

title "what cannot be is refused in a line, and nothing is written"
expect 2 report first second
contains "$error" "expected --out FOLDER"
expect 2 report first second --out first
contains "$error" "another folder"
expect 1 report first second --out three
contains "$error" "report --out"
expect 2 report both --optimizers unn --out none
contains "$error" "did you mean 'un'"
expect 2 report both --trials 3-1 --out none
contains "$error" "0-4,7"
expect 1 report both --trials 17 --out none
contains "$error" "none"
if [ -e none ]; then fail "expected no folder"; fi

title "a pilot says how many trials see a difference"
expect 0 plan both --detect 2.5 --power 90 --level 1
contains "$output" "a difference of 2.5 points of test error: two-sided paired t test at 1 %, with 90 % power"
awk '$2 == "sgd" && $3 == "un" && $4 == 3 && $9 >= 2 { found = 1 } END { exit !found }' <<<"$output" ||
  fail "expected sgd beside un, with their trials, in: $output"
refused 2 "expected more than 0 points" plan both --detect 0
refused 2 "expected the results folder of a pilot" plan paper --detect 1
refused 2 "expected detect beside it" plan paper --power 90
refused 1 "expected two optimizers" plan second --detect 1
