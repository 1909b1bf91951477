#!/usr/bin/env bash
# end_to_end_words.sh — what the program says of folders, data sets and outcomes that are not what a user takes them for.
# Usage: tests/end_to_end_words.sh PROGRAM
. "$(dirname "${BASH_SOURCE[0]}")/support/end_to_end.sh"

title "synth-digits in the place of MNIST is told, whatever is quiet, and in the report"
automatic=("${tiny[@]/$stripes/auto}")
expect 0 "${automatic[@]}" --out auto --quiet
one_line "a substitute under --quiet"
contains "$error" "symopt: data set synth-digits (mnist was not found in $HOME/.cache/symopt)"
contains "$(head -n 1 auto/report.txt)" "Data set: synth-digits, which the program draws itself; not MNIST"
contains "$output" "Data set: synth-digits, which the program draws itself; not MNIST"
expect 0 report auto --no-plots
contains "$output" "Data set: synth-digits, which the program draws itself; not MNIST"
expect 0 tune "${automatic[@]:1}" --set lr=0.1,1 --search false --out tuned --quiet
one_line "a substitute of a tuning under --quiet"
contains "$error" "mnist was not found"
for report in tuned/report.txt tuned/final/report.txt; do
  contains "$(head -n 1 "$report")" "Data set: synth-digits, which the program draws itself; not MNIST"
done
expect 0 submit --slurm "${automatic[@]:1}" --out auto --quiet
contains "$error" "mnist was not found"
# Asked for by its name it is nobody's substitute.
expect 0 "${tiny[@]/$stripes/synth-digits}" --out auto --quiet
if [ -n "$error" ]; then fail "synth-digits as asked: expected nothing on stderr, found: $error"; fi

# other OPTIMIZERS TRIALS [NETWORK]: the tiny run with these, in `small`.
other() {
  small=("${tiny[@]/sgd,un/$1}")
  small=("${small[@]/#3/$2}")
  small=("${small[@]/archbn-2/${3:-archbn-2}}")
}

title "a folder with more than was asked for: the obstacle, and whose side is which"
other sgd,un 5
expect 0 "${small[@]}" --out five --quiet
refused 1 "five/config.ini: key trials: expected '3' as asked, found '5' in the folder; a plan may grow, but not leave \
out finished trials, as folder:stripes archbn-2" "${tiny[@]/sgd,un/sgd,un,adam}" --out five
other sgd,adam 5
refused 1 "key optimizers: expected 'sgd,adam' as asked, found 'sgd,un' in the folder" "${small[@]}" --out five
other sgd,un 5 archbn-4
refused 1 "key networks: expected 'archbn-4' as asked, found 'archbn-2' in the folder" "${small[@]}" --out five
if [ "$(trials_in five)" -ne 10 ]; then fail "expected ten trials, found $(trials_in five)"; fi
other sgd,un 6
expect 0 "${small[@]}" --out five --quiet
one_line "a plan that grows"
contains "$error" "symopt: five: key trials: '5' becomes '6'"

title "a configuration file without --out grows no folder but its own, and the folder is named"
expect 0 "${tiny[@]}" --out g1
cp -r g1 untouched
expect 0 run g1/config.ini
contains "$error" "6 trials, 6 to run"
contains "$error" "; results in out/paper-folder-stripes"
same_results g1 out/paper-folder-stripes
expect 0 run g1/config.ini
contains "$error" "6 trials, 0 to run"
refused 1 "output folder: out/paper-folder-stripes/config.ini: key trials: expected '4' as in g1/config.ini, found '3' in \
the folder; say which folder by --out: g1 to go on there, a new one for another run of it" run g1/config.ini --trials 4
sed 's/^trials = .*/trials = 4/' g1/config.ini >mine.ini
refused 1 "expected '4' as in mine.ini, found '3' in the folder; say which folder by --out: a new one for another run" \
  run mine.ini
refused 1 "say which folder by --out: a new one" submit --slurm mine.ini --dry-run
if [ "$(trials_in out/paper-folder-stripes)" -ne 6 ]; then fail "expected the other folder as it was"; fi
expect 0 run g1/config.ini --trials 4 --out g1
contains "$error" "8 trials, 2 to run"
expect 0 run out/paper-folder-stripes/config.ini --trials 4 # its own folder
contains "$error" "8 trials, 2 to run"
same_results g1 out/paper-folder-stripes

title "a tilde that the shell leaves alone is the home folder"
expect 0 "${tiny[@]}" --out='~/in my/home' --quiet
if [ "$(trials_in "$HOME/in my/home")" -ne 6 ] || [ -e '~' ]; then fail "expected trials in the home folder: $(ls)"; fi
expect 0 report '~/in my/home' --no-plots
expect 0 dof --network mlp:8-4-3 --out='~/degrees'
expect 0 invariance --optimizers un --networks mlp:8-4-3 --groups node-rescale --out='~/cells'
if [ ! -e "$HOME/degrees" ] || [ ! -e "$HOME/cells" ] || [ -e '~' ]; then fail "expected them at home, found: $(ls)"; fi
refused 1 "data set 'mnist': $HOME/nowhere/mnist: expected" run paper --dataset mnist --data='~/nowhere'

title "hidden files make a folder nobody's own"
mkdir hidden hidden-too && touch hidden/.DS_Store hidden/.gitkeep hidden-too/.gitkeep
expect 0 "${tiny[@]}" --out hidden --quiet
if [ "$(trials_in hidden)" -ne 6 ] || [ ! -e hidden/.DS_Store ]; then fail "expected trials beside hidden files"; fi
expect 0 dof --network mlp:8-4-3 --out hidden-too

title "where every trial timed out there is no result: status 1, with what to do"
refused 1 "symopt: all 6 trials timed out, so there is no result; --retry-failed and a longer --timeout run them again" \
  "${tiny[@]}" --out timed --timeout 0.000001 --quiet
if [ ! -s timed/report.txt ]; then fail "expected the report all the same"; fi

title "a web page under a data file's name is called one"
mkdir -p pages/mnist
for name in train-images-idx3 train-labels-idx1 t10k-images-idx3 t10k-labels-idx1; do
  printf '<!DOCTYPE html>\n<title>Please log in</title>\n' >"pages/mnist/$name-ubyte.gz"
done
refused 1 "train-images-idx3-ubyte.gz: open: expected a gzip stream, found a web page (HTML)" \
  run paper --dataset mnist --data pages
expect 1 data verify mnist --data pages
contains "$output$error" "found a web page (HTML)"

title "without a home the data folder is no shared one"
home=$(getent passwd "$(id -u)" | cut -d: -f6)
output=$(env -u HOME "$symopt" list datasets)
contains "$output" "$home/.cache/symopt"
if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null; then
  # A user whom the system does not know, as in containers.
  cp "$symopt" program && chmod 755 . program
  mkdir unknown && chown 54321 unknown
  unknown() { (cd unknown && env -u HOME setpriv --reuid 54321 --regid 54321 --clear-groups ../program "$@"); }
  status=0
  error=$(unknown "${tiny[@]/$stripes/auto}" 2>&1 >/dev/null) || status=$?
  if [ "$status" -ne 1 ]; then fail "no home: expected status 1, found $status with: $error"; fi
  one_line "no home"
  contains "$error" "expected --data, \$SYMOPT_DATA, \$XDG_CACHE_HOME or \$HOME, found none"
  unknown "${tiny[@]/$stripes/synth-digits}" --out here --quiet >/dev/null || fail "what the program draws itself: expected no folder needed"
fi

title "passed"
