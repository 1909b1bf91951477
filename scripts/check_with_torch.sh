#!/usr/bin/env bash
# check_with_torch.sh — repeats 20 steps of every optimizer with PyTorch and prints how far the two end apart.
# Usage: scripts/check_with_torch.sh [OPTIMIZER…]    default: all
# Status 1: one differs by more than rounding explains; 77: no PyTorch here, and a line says so. It installs what the
# build needs, not PyTorch: apt-get install python3-torch
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

python=
for candidate in python3 /usr/bin/python3; do
  if "$candidate" -c 'import numpy, torch' 2>/dev/null; then python=$candidate && break; fi
done
if [ -z "$python" ]; then
  say "SKIPPED: the comparison with PyTorch (no python3 here has torch and numpy: apt-get install ${torch_packages[*]})"
  exit 77
fi
setup "${build_packages[@]}"
build release symopt
exec "$python" "$root/tests/check_with_torch.py" "$root/build/release/symopt" "$@"
