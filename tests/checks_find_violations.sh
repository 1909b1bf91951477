#!/usr/bin/env bash
# checks_find_violations.sh — each check of the sources finds a planted violation and accepts its correction.
# Usage: tests/checks_find_violations.sh includes|sources|commits
set -euo pipefail
scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")/../scripts" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# A checkout of its own, whatever the settings of the user and of a surrounding git command.
unset GIT_DIR GIT_INDEX_FILE GIT_WORK_TREE
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
export GIT_AUTHOR_NAME=test GIT_AUTHOR_EMAIL=test@localhost GIT_COMMITTER_NAME=test GIT_COMMITTER_EMAIL=test@localhost
git init -q "$folder"
mkdir "$folder"/{core,results,tests}

# expect STATUS TEXT COMMAND…: the command ends with STATUS and its output contains TEXT.
expect() {
  local expected=$1 text=$2 found=0 output
  shift 2
  output=$("$@" 2>&1) || found=$?
  if [ "$found" -ne "$expected" ] || [[ "$output" != *"$text"* ]]; then
    echo "$*: expected status $expected and '$text', found status $found and '$output'"
    exit 1
  fi
}

plant() { # FILE CONTENT
  mkdir -p "$(dirname "$folder/$1")"
  printf '%s\n' "$2" >"$folder/$1"
  git -C "$folder" add "$1"
}

case ${1:-} in
  includes)
    check=("$scripts/check_includes.sh" "$folder")
    plant results/a.hpp $'// a.hpp — a.\n#include <vector>\n#include "core/b.hpp"\n#include "results/c.hpp"'
    plant tests/a.cpp $'// a.cpp — a.\n#include "tests/support/catch.hpp"\n#include "experiments/d.hpp"'
    expect 0 "" "${check[@]}"
    plant core/b.hpp $'// b.hpp — b.\n#include "core/c.hpp"\n  #  include "results/a.hpp"'
    expect 1 'core/b.hpp:3: core may not include "results/a.hpp"' "${check[@]}"
    plant core/b.hpp $'// b.hpp — b.\n#include "c.hpp"'
    expect 1 'core/b.hpp:2: core may not include "c.hpp"' "${check[@]}"
    plant core/b.hpp $'// b.hpp — b.'
    plant core/symmetry/a.hpp $'// a.hpp — a.\n#include "core/network/b.hpp"'
    expect 0 "" "${check[@]}"
    plant core/network/b.hpp $'// b.hpp — b.\n#include "core/symmetry/a.hpp"'
    expect 1 'core/network/b.hpp:2: core/network may not include "core/symmetry/a.hpp"' "${check[@]}"
    plant core/network/b.hpp $'// b.hpp — b.'
    plant core/attic/a.hpp $'// a.hpp — a.'
    expect 1 'core/attic: expected one of the rooms' "${check[@]}"
    ;;
  sources)
    check=("$scripts/check_sources.sh" "$folder")
    plant core/a.hpp $'// a.hpp — a.\n#include "../work/a.hpp"'
    expect 0 "" "${check[@]}"
    plant core/a.hpp $'#pragma once'
    expect 1 "core/a.hpp:1: expected a comment" "${check[@]}"
    plant core/a.hpp "// a.hpp — a, once in /""home/somebody"
    expect 1 "core/a.hpp:1:// a.hpp — a, once in" "${check[@]}"
    plant core/a.hpp "// a.hpp — a."
    plant tests/test_a.cpp $'// test_a.cpp — a.\nTEST_CASE("a: one, two", "[slow]") {\n  CHECK(text == "a; b");\n}'
    expect 0 "" "${check[@]}"
    plant tests/test_a.cpp $'// test_a.cpp — a.\nTEST_CASE(\n    "a: from [0, 1)") {}'
    expect 1 "tests/test_a.cpp:2: a: from [0, 1)" "${check[@]}"
    plant tests/test_a.cpp $'// test_a.cpp — a.\nTEMPLATE_TEST_CASE("a: one; two", "", float) {}'
    expect 1 "tests/test_a.cpp:2: a: one; two" "${check[@]}"
    plant tests/test_a.cpp $'// test_a.cpp — a.'
    plant optimizers/a.cpp $'// a.cpp — a.\n#include "core/network/network.hpp"'
    expect 0 "" "${check[@]}"
    plant optimizers/a.cpp $'// a.cpp — a.\n#include <chrono>'
    expect 1 "optimizers/a.cpp:2:#include <chrono>" "${check[@]}"
    plant optimizers/a.cpp $'// a.cpp — a.'
    plant optimizers/a.hpp $'// a.hpp — a.\n#include "core/network/network.hpp"'
    expect 1 'optimizers/a.hpp:2:#include "core/network/network.hpp"' "${check[@]}"
    ;;
  commits)
    check=("$scripts/check_commits.sh" HEAD "$folder")
    commit() { git -C "$folder" commit -q --allow-empty -m "core: a" -m "$1"; }
    commit "changes-results: no"
    expect 0 "" "${check[@]}"
    commit "changes-results: perhaps"
    expect 1 "found 'changes-results: perhaps'" "${check[@]}"
    ;;
  *)
    echo "expected includes, sources or commits, found '${1:-}'"
    exit 2
    ;;
esac
