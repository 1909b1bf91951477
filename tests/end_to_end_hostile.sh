#!/usr/bin/env bash
# end_to_end_hostile.sh — folders, files and arguments that somebody made to do harm, or a disk by accident.
# Usage: tests/end_to_end_hostile.sh PROGRAM
. "$(dirname "${BASH_SOURCE[0]}")/support/end_to_end.sh"
esc=$'\x1b'
expect 0 "${tiny[@]}" --out one

# unsteered WHAT TEXT: nothing in it moves a cursor, sets a title or ends a colour.
unsteered() {
  if LC_ALL=C grep -qP '[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]' <<<"$2"; then
    fail "$1: expected no control characters, found: $(LC_ALL=C cat -v <<<"$2")"
  fi
}

title "a lock that is a link is refused, what it points to stays, and without it the run goes on"
printf 'of someone else' >precious
ln -sf "$scratch/precious" one/.lock
refused 1 "cannot write one/.lock: expected a file of its own, found a link" "${tiny[@]}" --out one
rm one/.lock && ln precious one/.lock
refused 1 "found one that has another name too" "${tiny[@]}" --out one
if [ "$(cat precious)" != "of someone else" ]; then fail "expected what the lock names untouched, found: $(cat precious)"; fi
rm one/.lock

title "so is a folder of results that is a link to another place"
for part in trials figures parameters; do
  mkdir -p "one/$part" && mv "one/$part" "elsewhere-$part" && ln -s "$scratch/elsewhere-$part" "one/$part"
  printf 'no trial' >"elsewhere-$part/x.trial"
  before=$(ls -la "elsewhere-$part")
  refused 1 "cannot write one/$part: expected a folder, found a link to one" "${tiny[@]}" --out one
  if [ "$before" != "$(ls -la "elsewhere-$part")" ]; then fail "expected elsewhere-$part untouched"; fi
  rm "elsewhere-$part/x.trial"
  refused 1 "cannot write one/$part: expected a folder, found a link to one" report one
  rm "one/$part" && mv "elsewhere-$part" "one/$part"
done
rmdir one/figures one/parameters
expect 0 "${tiny[@]}" --out one

title "a digit that somebody changed is said, and what the run wrote stands there again"
cp one/report.txt one/summary.csv .
for file in report.txt summary.csv; do
  sed -i '0,/[1-8]/s/[1-8]/9/' "one/$file"
  cmp -s "$file" "one/$file" && fail "expected the test to change $file"
  [ "$(stat -c %s "$file")" -eq "$(stat -c %s "one/$file")" ] || fail "expected the same size of $file"
done
expect 0 report one --no-plots
contains "$error" "symopt: one: changed or removed since the run wrote them: report.txt, summary.csv; the run's again: symopt run one/config.ini --out one"
sed -i '0,/[1-8]/s/[1-8]/9/' one/summary.csv
expect 0 "${tiny[@]}" --out one --quiet
contains "$error" "symopt: one: changed or removed since they were written, and made again: report.html, report.txt, summary.csv"
for file in report.txt summary.csv; do cmp "$file" "one/$file" || fail "expected $file as the run wrote it"; done
contains "$output" "$(cat report.txt)"
expect 0 "${tiny[@]}" --out one --quiet
if [ -n "$error" ]; then fail "expected nothing to say, found: $error"; fi

title "environment.csv that was cut is set aside, said, and written again"
cp one/environment.csv .
{ head -n 3 environment.csv; printf 'compil'; } >one/environment.csv
refused 1 "symopt run one/config.ini" report one --no-plots
expect 0 "${tiny[@]}" --out one --quiet
contains "$error" "set aside as one/damaged/environment.csv"
cmp environment.csv one/environment.csv || fail "expected the environment again"

title "a folder that lost its config.ini says how to keep its trials, and so it is done"
cp -r one lost && rm lost/config.ini
refused 1 "output folder: lost: expected a config.ini, found none, and finished trials, which are kept" "${tiny[@]}" --out lost
advice=${error#*with }
expect 0 "${tiny[@]}" ${advice/NEW/found}
contains "$error" "6 of 6 trials are taken from lost"
contains "$error" "6 trials, 0 to run"
same_results one found

title "pipes, devices and files without end are refused at once"
mkfifo pipe.ini
refused 1 "cannot read pipe.ini: expected a regular file, found a named pipe" run pipe.ini --out never
ln -sf /dev/zero endless.ini
refused 1 "cannot read endless.ini: expected a regular file, found a device" run endless.ini --out never
truncate -s 4T sparse.ini
refused 1 "cannot read sparse.ini: expected at most 16777216 bytes, found 4398046511104" run sparse.ini --out never
trial=$(find one/trials -name '*.trial' | head -n 1)
mv "$trial" trial && mkfifo "$trial"
refused 1 "expected a regular file, found a named pipe" "${tiny[@]}" --out one
rm "$trial" && mv trial "$trial"
mkdir -p data/mnist && mkfifo data/mnist/train-images-idx3-ubyte.gz.part
refused 1 "expected a file of its own, found a named pipe" \
  data fetch mnist --data data --only-mirror --mirror http://127.0.0.1:9

title "a line break in a path reaches no script"
for option in --out --data; do
  refused 2 "option '$option': expected no line break and no other control character, as it goes into a script, found '" \
    submit --slurm --dry-run "${tiny[@]:1}" --out scripts $option $'scripts\n#SBATCH --uid=0\ntouch harm'
done
if [ -e scripts ] || [ -e $'scripts\n#SBATCH --uid=0\ntouch harm' ]; then fail "expected nothing written"; fi

title "control characters of files and arguments do not reach the terminal"
steer=$(printf '%s]0;title\a%s[2J\302\233' "$esc" "$esc")
expect 2 run "$steer"
unsteered "an experiment's name" "$error"
contains "$error" '\x1b]0;title\x07\x1b[2J'
expect 2 "${tiny[@]}" --optimizers "un$steer"
unsteered "an optimizer's name" "$error"
printf 'experiment = "paper"\nnetworks = "archbn%s"\n' "$steer" >steer.ini
expect 2 plan steer.ini
unsteered "a configuration file" "$error"
cp -r one "two$steer"
printf '%s' "$steer" >>"two$steer/report.txt"
expect 0 "${tiny[@]}" --out "two$steer"
unsteered "a folder's name, on standard error" "$error"
unsteered "a folder's name, on standard output" "$output"
expect 0 show "two$steer"
unsteered "show" "$output"
expect 0 plan "${tiny[@]:1}" --out "two$steer"
unsteered "plan" "$output"

title "what is too long to read is shortened, and a password is never shown"
long=$(head -c 100000 /dev/zero | tr '\0' x)
for arguments in "run $long" "plan paper --optimizers $long" "run paper --out $long" "list optimizers $long" "--$long"; do
  status=0
  # shellcheck disable=SC2086
  error=$("$symopt" $arguments 2>&1 >/dev/null) || status=$?
  if [ "$status" -eq 0 ]; then fail "expected an error from ${arguments:0:40}…"; fi
  if [ "${#error}" -gt 9000 ]; then fail "${arguments:0:40}…: expected a line that can be read, found ${#error} bytes"; fi
done
for mirror in http://me:secret@127.0.0.1:9 http://me:se/cret@127.0.0.1:9 ftp://me:secret@x me:secret@x; do
  expect_any() { output=$("$symopt" "$@" 2>&1) || true; }
  expect_any data fetch kmnist --data data --only-mirror --timeout 5 --mirror "$mirror"
  case $output in *secret* | *cret@*) fail "expected no password in: $output" ;; '') fail "expected an error" ;; esac
done

title "plans and networks beyond the memory there is are refused before they take any"
limited() { (ulimit -v 3000000; exec "$symopt" "$@" 2>&1 >/dev/null); }
status=0
error=$(limited plan paper --dataset "$stripes" --networks archbn-2 --set lr=1e-4:1:log:9000 --trials 100) || status=$?
if [ "$status" -ne 2 ]; then fail "a large plan: expected status 2, found $status with: $error"; fi
contains "$error" "expected at most 500000 trials in a plan, found 36000 settings × 100 trials"
sized="--train 1000 --validation 200 --search-train 200 --search-validation 100"
for command in "run paper --dataset $stripes $sized --out never --networks" "invariance --optimizers sgd --networks" \
  "bench --shapes"; do
  status=0
  # shellcheck disable=SC2086
  error=$(limited $command mlp:784-1000000-1000000-10) || status=$?
  if [ "$status" -ne 1 ]; then fail "$command: expected status 1, found $status with: $error"; fi
  contains "$error" "network mlp:784-1000000-1000000-10/relu: expected parameters and a gradient that fit into the memory there is"
  contains "$error" "found 1000794000000 parameters, which take 8006352 MB"
done
if [ -e never ]; then fail "expected no results folder"; fi

title "a rate at which no parameter moves is said"
expect 0 "${tiny[@]/#3/1}" --optimizers sgd,un --search false --learning-rate 1e-30 --out still
contains "$error" "(unchanged: no parameter moved from its starting value)"
contains "$output" "archbn-2 sgd: completed, unchanged: in 1 of 1 trials no parameter moved, as the rate is too small"
contains "$(cat still/trials.csv)" "unchanged: no parameter moved"
case $(cat one/trials.csv) in *unchanged*) fail "expected parameters that move in: $(cat one/trials.csv)" ;; esac

title "passed"
