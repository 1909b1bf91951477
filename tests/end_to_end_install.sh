#!/usr/bin/env bash
# end_to_end_install.sh — what is installed runs, is documented, and serves as a library: docs/example is built with it.
# Usage: tests/end_to_end_install.sh PROGRAM BUILD_FOLDER CMAKE
example=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../docs/example") build=$(realpath "$2") cmake=$3
. "$(dirname "${BASH_SOURCE[0]}")/support/end_to_end.sh"

title "the program, its manual page and completions"
"$cmake" --install "$build" --prefix "$scratch/prefix" >install.log 2>&1 || fail "install: $(tail -n 5 install.log)"
symopt=$scratch/prefix/bin/symopt
expect 0 version
contains "$output" "compiler"
for file in share/man/man1/symopt.1 share/bash-completion/completions/symopt share/zsh/vendor-completions/_symopt \
  share/fish/vendor_completions.d/symopt.fish share/doc/symopt/copyright share/doc/symopt/design.md; do
  if [ ! -s "prefix/$file" ]; then fail "expected $file, found none"; fi
done
contains "$(cat prefix/share/man/man1/symopt.1)" ".SS symopt run"
if command -v man >/dev/null && command -v groff >/dev/null; then
  said=$(man --warnings -l prefix/share/man/man1/symopt.1 2>&1 >/dev/null || true)
  if [ -n "$said" ]; then fail "the manual page: $said"; fi
fi

title "a program with an optimizer of its own has everything else, too"
"$cmake" -G Ninja -S "$example" -B example -DCMAKE_BUILD_TYPE=Release -DCMAKE_PREFIX_PATH="$scratch/prefix" >example.log 2>&1 ||
  fail "configuring docs/example: $(tail -n 5 example.log)"
"$cmake" --build example >example.log 2>&1 || fail "building docs/example: $(tail -n 20 example.log)"
symopt=$scratch/example/mysymopt
expect 0 list optimizers
contains "$output" "clipped-sgd"
expect 0 "${tiny[@]}" --optimizers sgd,clipped-sgd:clip=0.1 --trials 1 --out own --quiet
contains "$(cat own/summary.csv)" "clipped-sgd"
