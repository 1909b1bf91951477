#!/usr/bin/env bash
# readme_commands.sh — README's own commands, line by line: what trains is planned instead, with the same words; what reads
# a results folder reads a small one in its place; data that are not here may be missing, and nothing else.
# Usage: tests/readme_commands.sh PROGRAM
readme=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../README.md")
. "$(dirname "${BASH_SOURCE[0]}")/support/end_to_end.sh"

expect 0 "${tiny[@]}" --out out/paper-mnist
mkdir out/paper-mnist-tuned && cp out/paper-mnist/config.ini out/paper-mnist-tuned/winner.ini
mkdir shared && cp -r out/paper-mnist shared/paper
# Enough samples for the paper's search: the training pictures twice.
cp -r stripes flowers
{ idx 2600 28 28; for _ in 1 2; do tail -c +17 stripes/train-images-idx3-ubyte; done; } >flowers/train-images-idx3-ubyte
{ idx 2600; for _ in 1 2; do tail -c +9 stripes/train-labels-idx1-ubyte; done; } >flowers/train-labels-idx1-ubyte

count=0
while IFS= read -r line; do
  line=${line%%   #*} # the comment behind it
  line=${line//\/shared\/paper/shared/paper}
  read -ra words <<<"$line"
  words=("${words[@]:1}")
  case $line in *'${'*) continue ;; esac # the tuning example, which tests/readme_in_shells.sh runs
  case ${words[0]} in
    bench) words=(bench --help) ;; # minutes
    data) if [ "${words[1]}" != list ]; then words=("${words[@]:0:2}" --help); fi ;; # the network
    submit) words+=(--dry-run --out "submitted$count") ;;
    run | sweep | tune)
      case $line in
        *--help*) ;;
        *--shard*) words+=(--help) ;;
        *) words=(plan "${words[@]:1}" --time false --head 0) ;;
      esac
      ;;
    plan) case $line in *--detect*) ;; *) words+=(--time false --head 0) ;; esac ;;
  esac
  for ((i = 0; i < ${#words[@]}; ++i)); do words[i]=${words[i]/#folder:\~/folder:$HOME}; done
  status=0
  "$symopt" "${words[@]}" >out.txt 2>err.txt </dev/null || status=$?
  count=$((count + 1))
  if [ "$status" -ne 0 ] && ! { [ "$status" -eq 1 ] && grep -q 'symopt data fetch' err.txt; }; then
    fail "README: '$line', run as 'symopt ${words[*]}': status $status with: $(<err.txt)"
  fi
done < <(awk '/^```sh/ { inside = 1; next } /^```/ { inside = 0 } inside && /^symopt /' "$readme")
if [ "$count" -lt 25 ]; then fail "expected 25 commands in README.md, found $count"; fi
title "$count commands"
