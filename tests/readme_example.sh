#!/usr/bin/env bash
# readme_example.sh — the optimizer that README adds is, byte for byte, the one in tests/example, which passes the tests
# of every optimizer.
# Usage: tests/readme_example.sh [README]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
readme=${1:-README.md}

# block TEXT: the first cpp block after the first line with TEXT in it.
block() {
  awk -v text="$1" '
    !found { found = index($0, text) > 0; next }
    /^```/ { if (inside) exit; inside = 1; next }
    inside' "$readme"
}

status=0
# same TEXT FILE: that block is the file.
same() {
  local difference
  if ! difference=$(diff "$2" <(block "$1")); then
    echo "$readme: after '$1' expected $2, found (>):"
    echo "$difference"
    status=1
  fi
}
same '`optimizers/normalized_sgd.cpp`' tests/example/normalized_sgd.cpp
same '`optimizers/registry.def`:' tests/example/registry_line.def
exit "$status"
