#!/usr/bin/env bash
# end_to_end_errors.sh — what cannot be used is said in one line: bad options, files, data, disks.
# Usage: tests/end_to_end_errors.sh PROGRAM
. "$(dirname "${BASH_SOURCE[0]}")/support/end_to_end.sh"

title "what is mistyped is refused with the nearest name, before anything is written"
refused 2 "unknown command 'rum'; did you mean 'run'?" rum paper
refused 2 "unknown experiment 'papre'; did you mean 'paper'?" run papre
refused 2 "unknown option '--optimizer'; did you mean '--optimizers'?" run paper --optimizer un
refused 2 "unknown optimizer 'umm'; did you mean" "${tiny[@]/sgd,un/umm}"
refused 2 "unknown network 'archbn-3'; did you mean" "${tiny[@]/archbn-2/archbn-3}"
refused 2 "option 'trials': expected 1 to 100000, found 0" run paper --trials 0
refused 2 "option 'optimizers': expected each one once, found 'un' twice" "${tiny[@]/sgd,un/un,un}"
refused 2 "option 'sampler': expected axes (option 'set' or 'zip') beside halton, found none" \
  "${tiny[@]}" --sampler halton --budget 4
refused 2 "which differ in four digits" sweep paper --set lr=1e-4:1:log:100000 --out out
refused 2 "expected at most 500000 trials in a plan, found 36000 settings × 100000 trials" \
  plan paper --dataset "$stripes" --networks archbn-2 --set lr=1e-4:1:log:9000 --trials 100000
refused 2 "option '--shard': expected run or sweep, found plan" plan paper --shard 1/2
expect 0 plan unbalanced --dataset "$stripes"
contains "$output" "unbalanced: no trials, the study runs by itself"
mkdir -p part/mnist && : >part/mnist/train-labels-idx1-ubyte
refused 1 "found no train-images-idx3-ubyte, t10k-images-idx3-ubyte" plan paper --data part
refused 2 "network 'archbn-2': expected its sizes, e.g. archbn:784-" invariance --networks archbn-2 --out out
refused 2 "expected at most 1300 samples together (folder:stripes has that many), found 1101 + 200" \
  "${tiny[@]/#1000/1101}"
refused 2 "option 'batch': expected at most train = 1000, found 1001" "${tiny[@]}" --batch 1001
refused 2 "option 'batch' on network archbn-2: expected 2 or more" "${tiny[@]}" --batch 1
refused 2 "option 'train' on network archbn-2: expected no last batch of one sample" "${tiny[@]/#1000/1001}"
refused 2 "option 'last-batch': expected keep where search-train = 200 is below batch = 300, found drop" \
  "${tiny[@]}" --batch 300 --last-batch drop
refused 2 "network 'mlp:8': expected" dof --network mlp:8 --out out
refused 2 "expected at most 8000 parameters" dof --network mlp:784-64-10 --out out
refused 2 "unknown group 'filter-rescle'; did you mean 'filter-rescale'?" invariance --groups filter-rescle --out out
if [ -e out ]; then fail "expected no results folder, found: $(ls out)"; fi

title "a last batch of a few samples is said before the run, and can be left out"
few="the last batch has 2 of 100 samples (train = 1002), and batch normalization over so few can ruin an epoch"
warned=("${tiny[@]:1}" --out warned)
warned=("${warned[@]/#1000/1002}")
expect 0 plan "${warned[@]/--no-plots/--head=0}"
contains "$output" "$few; --last-batch drop leaves it out"
expect 0 plan "${warned[@]/--no-plots/--head=0}" --last-batch drop
case $output in *"last batch"*) fail "expected no word of a last batch that is dropped: $output" ;; esac
expect 0 plan natural --dataset "$stripes" --train 1002 --validation 200
contains "$output" "(train = 1002)"
expect 0 run "${warned[@]}" --quiet
contains "$error" "symopt: $few"
rm -r warned

title "outputs that cannot be written"
printf 'something' >file
refused 1 "output folder: file: expected a folder, found a file" "${tiny[@]}" --out file
refused 1 "cannot make folder file" "${tiny[@]}" --out file/below
mkdir -p foreign && printf 'notes' >foreign/notes.txt
refused 1 "expected an empty folder or one with a config.ini, found 'notes.txt'" "${tiny[@]}" --out foreign
if [ "$(ls -A foreign)" != notes.txt ]; then fail "expected a foreign folder untouched, found: $(ls -A foreign)"; fi
if [ "$(id -u)" -ne 0 ]; then
  mkdir -p sealed && chmod 555 sealed
  refused 1 "sealed/here: Permission denied" "${tiny[@]}" --out sealed/here
  mkdir -p locked && chmod 000 locked
  refused 1 "symopt: cannot use locked/here: Permission denied" "${tiny[@]}" --out locked/here --fresh
  refused 1 "symopt: cannot read locked/config.ini: Permission denied" report locked
fi
if [ -e /dev/full ]; then
  status=0
  error=$("$symopt" list 2>&1 >/dev/full) || status=$?
  if [ "$status" -ne 1 ]; then fail "list to a full disk: expected status 1, found $status"; fi
  one_line "list to a full disk"
  contains "$error" "No space left on device"
  # What is said on standard error may be lost, the trials not.
  status=0
  "$symopt" "${tiny[@]}" --out unheard --verbose >/dev/null 2>/dev/full || status=$?
  if [ "$status" -ne 0 ]; then fail "nowhere to tell progress: expected status 0, found $status"; fi
  if [ "$(trials_in unheard)" -ne 6 ]; then fail "expected six trials, found $(trials_in unheard)"; fi
  status=0
  "$symopt" nonsense >/dev/null 2>/dev/full || status=$?
  if [ "$status" -ne 2 ]; then fail "nowhere to tell an error: expected status 2, found $status"; fi
fi
# The numbers of closed streams are not lent to files: nothing printed ends up in a lock or a trial.
status=0
"$symopt" "${tiny[@]}" --out mute --verbose >/dev/null 2>&- || status=$?
if [ "$status" -ne 0 ]; then fail "standard error closed: expected status 0, found $status"; fi
if [ "$(wc -l <mute/.lock)" -ne 1 ]; then fail "expected one process in the lock, found: $(cat mute/.lock)"; fi
status=0
error=$("$symopt" run mute/config.ini --out mute --no-plots --quiet 2>&1 >&-) || status=$?
if [ "$status" -ne 1 ]; then fail "standard output closed: expected status 1, found $status"; fi
one_line "standard output closed"
contains "$error" "cannot write to standard output"
status=0
"$symopt" "${tiny[@]}" --out mute --fresh <&- >&- 2>&- || status=$?
if [ "$status" -ne 1 ]; then fail "all streams closed: expected status 1, found $status"; fi
if [ "$(trials_in mute-2)" -ne 6 ]; then fail "expected six trials, found $(trials_in mute-2)"; fi
expect 0 "${tiny[@]}" --out mute-2
contains "$error" "6 trials, 0 to run"

# A reader of the progress that goes away takes no trial with it.
status=0
"$symopt" "${tiny[@]}" --out unread --verbose 2>&1 >/dev/null | head -n 1 >/dev/null || status=$?
if [ "$status" -ne 0 ]; then fail "nobody reads the progress: expected status 0, found $status"; fi
if [ "$(trials_in unread)" -ne 6 ]; then fail "expected six trials, found $(trials_in unread)"; fi

# No file may grow: as a disk that is full from the start.
status=0
error=$( (trap '' XFSZ; ulimit -f 0; exec "$symopt" "${tiny[@]}" --out full --quiet) 2>&1 >/dev/null) || status=$?
if [ "$status" -ne 1 ]; then fail "full disk: expected status 1, found $status with: $error"; fi
one_line "full disk"
contains "$error" "cannot write full/"

title "data that cannot be used"
zeros() { head -c "$1" /dev/zero; }
images() { idx "$1" 28 28 && zeros $((784 * $1)); }
labels() { idx "$1" && zeros "$1"; }
whole_data() {
  rm -rf data
  mkdir -p data/mnist
  images 60 >data/mnist/train-images-idx3-ubyte
  labels 60 >data/mnist/train-labels-idx1-ubyte
  images 10 >data/mnist/t10k-images-idx3-ubyte
  labels 10 >data/mnist/t10k-labels-idx1-ubyte
}
mnist=(run paper --dataset mnist --data data --out never)

whole_data
refused 1 "train-images-idx3-ubyte: SHA-256: expected" "${mnist[@]}"

rm data/mnist/t10k-labels-idx1-ubyte
refused 1 "data set 'mnist': data/mnist: expected four files" "${mnist[@]}"
contains "$error" "found no t10k-labels-idx1-ubyte"
rm -r data
refused 1 "data set 'mnist': data/mnist: expected four files" "${mnist[@]}"

for size in 0 3 10 16 1000; do
  whole_data
  truncate -s "$size" data/mnist/train-images-idx3-ubyte
  refused 1 "train-images-idx3-ubyte" "${mnist[@]}"
done
whole_data
printf 'x' >>data/mnist/train-images-idx3-ubyte
refused 1 "train-images-idx3-ubyte" "${mnist[@]}"

whole_data
labels 60 >data/mnist/train-images-idx3-ubyte
refused 1 "train-images-idx3-ubyte: offset" "${mnist[@]}"

whole_data
idx 4294967295 28 28 >data/mnist/train-images-idx3-ubyte
refused 1 "train-images-idx3-ubyte" "${mnist[@]}"

whole_data
{ idx 60; zeros 59; printf '\012'; } >data/mnist/train-labels-idx1-ubyte
refused 1 "train-labels-idx1-ubyte: offset 67: expected a label from 0 to 9, found 10" "${mnist[@]}"

whole_data
labels 59 >data/mnist/train-labels-idx1-ubyte
refused 1 "expected 60 labels, one for each image, found 59" "${mnist[@]}"

whole_data
gzip data/mnist/train-images-idx3-ubyte
packed=data/mnist/train-images-idx3-ubyte.gz
truncate -s 40 "$packed"
refused 1 "train-images-idx3-ubyte.gz" "${mnist[@]}"
printf 'this is not gzip' >"$packed"
refused 1 "train-images-idx3-ubyte.gz" "${mnist[@]}"

whole_data
rm data/mnist/train-images-idx3-ubyte && mkdir data/mnist/train-images-idx3-ubyte
refused 1 "train-images-idx3-ubyte" "${mnist[@]}"
if [ -e never ]; then fail "expected no results folder where the data cannot be used"; fi

title "results that cannot be drawn"
mkdir -p empty
refused 1 "empty" plot empty
refused 1 "nowhere" plot nowhere

title "passed"
