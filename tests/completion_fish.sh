#!/usr/bin/env bash
# completion_fish.sh — half words in fish, and what it offers for them. Status 77: fish is not installed.
# Usage: tests/completion_fish.sh PROGRAM
set -euo pipefail
program=$(realpath "$1")
command -v fish >/dev/null || { echo "fish is not installed: its completion is not tested"; exit 77; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export HOME=$scratch XDG_CONFIG_HOME=$scratch XDG_DATA_HOME=$scratch
cd "$scratch"
mkdir results
touch config.ini
"$program" completion fish >symopt.fish

# offers TYPED WORD: WORD is among what fish offers.
offers() {
  local found
  found=$(fish --no-config -c "source symopt.fish; complete -C '$1'" | cut -f 1)
  if ! grep -qxF -- "$2" <<<"$found"; then
    echo "after '$1': expected '$2', found: ${found:0:300}"
    exit 1
  fi
}
offers "symopt ru" run
offers "symopt run pap" paper
offers "symopt run conf" config.ini
offers "symopt run paper --annea" --annealing
offers "symopt run paper --annealing bo" bold-driver
offers "symopt run paper --dataset fash" fashion-mnist
offers "symopt run paper --optimizers sgd,b-" sgd,b-sgd
offers "symopt run --quick pap" paper
offers "symopt data fet" fetch
offers "symopt data fetch mnist kmn" kmnist
offers "symopt list data" datasets
offers "symopt plot res" results/
offers "symopt help plo" plot
offers "symopt completion fi" fish
