#!/usr/bin/env bash
# end_to_end_report.sh — a report comes from the trial files alone, is the same on every machine, and trains nothing.
# Usage: tests/end_to_end_report.sh PROGRAM
. "$(dirname "${BASH_SOURCE[0]}")/support/end_to_end.sh"

same_tables() {
  same_results "$1" "$2"
  local name
  for name in table.md table.tex; do
    cmp "$1/$name" "$2/$name" >&2 || fail "$name of $1 and $2: expected the same bytes"
  done
}
trial_files() { stat -c '%n %y %i' one/trials/*; }

title "a run leaves table.md, table.tex and report.html, the tables with the same bytes whatever the threads"
expect 0 "${tiny[@]}" --out one --jobs 1 --quiet
contains "$output" "report: one/report.html"
expect 0 "${tiny[@]}" --out two --jobs 2 --quiet
same_tables one two
contains "$(cat one/table.md)" "| archbn-2 | sgd |"

title "without its tables a folder has them again, without data and without training"
before=$(trial_files)
find one -maxdepth 1 -name '*.csv' ! -name plan.csv ! -name environment.csv ! -name claims.csv -delete
rm one/table.* one/report.html
expect 0 report one --no-plots
same_tables one two
if [ ! -s one/report.html ]; then fail "expected one/report.html, found none"; fi
if [ "$before" != "$(trial_files)" ]; then fail "expected untouched trial files"; fi
contains "$output" "Test error in %"
contains "$output" "(rule: best)"
contains "$output" "one/report.html"

title "the paper's claims are there where the folder has what they speak of"
case $output$(cat one/report.txt one/report.html) in
  *"claims"*) fail "expected no claims about archbn-4 in a folder without it" ;;
esac
if [ "$(wc -l <one/claims.csv)" -ne 1 ]; then fail "expected no claims in: $(cat one/claims.csv)"; fi
cp one/claims.csv .
printf '1,supported,a claim,a rule,3 pairs\n' >>one/claims.csv
expect 0 report one --no-plots
contains "$output" "1. a claim: supported"
cp claims.csv one/

title "another target changes what is measured to it, and nothing else"
expect 0 report one --no-plots --target common
contains "$output" "(rule: common)"
contains "$(cat one/targets.csv)" ",common,"
cmp -s one/targets.csv two/targets.csv && fail "expected other targets by another rule"
cmp one/tests.csv two/tests.csv || fail "expected the same tests.csv whatever the target"
expect 0 report one --no-plots --target 0.9
contains "$(cat one/targets.csv)" ",given,0.9,3,3," # every trial is better than that
expect 0 report one --no-plots
same_tables one two

title "the folder may be left out where only one is meant"
mkdir -p elsewhere/out
cp -r one elsewhere/out/first
(cd elsewhere && "$symopt" report --no-plots >said) || fail "expected a report on the only folder in out/"
contains "$(cat elsewhere/said)" "out/first/report.html"
(cd one && "$symopt" report --no-plots >../said) || fail "expected a report on the folder it stands in"
cp -r one elsewhere/out/second
cd elsewhere
refused 2 "found none named and 2 in out/: out/first, out/second" report
cd ..

title "where gnuplot is not, the scripts are written, and it is said"
output=$(PATH=/nonexistent "$symopt" plot one 2>error-of-plot) || fail "expected status 0, found $?"
contains "$output" "one/figures/summary.gp"
error=$(<error-of-plot)
one_line "plot without gnuplot"
contains "$error" "gnuplot is not installed"

title "what cannot be meant is refused, and changes nothing"
sums=$(find one -type f -exec sha256sum {} +)
refused 2 "option 'format': expected png|svg|pdf, found 'jpg'" report one --format jpg
refused 2 "option 'target': expected best, common or a validation error between 0 and 1, found '3'" report one --target 3
refused 2 "'archbn-3'; did you mean 'archbn-2'?" report one --target archbn-3=0.1
refused 2 "expected --out FOLDER for the tables of several folders" report one two
refused 1 "expected a folder with a config.ini, found none" report nowhere
if [ "$sums" != "$(find one -type f -exec sha256sum {} +)" ]; then fail "expected an untouched folder"; fi
truncate -s 300 "$(find one/trials -name '*.trial' | sort | head -n 1)"
refused 1 "run the experiment again" report one

title "passed"
