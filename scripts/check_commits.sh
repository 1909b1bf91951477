#!/usr/bin/env bash
# check_commits.sh — the last line of every commit message says whether results change.
# Usage: scripts/check_commits.sh [RANGE [ROOT]]    RANGE as for git log, default HEAD; merges are left out
set -euo pipefail
cd "${2:-$(dirname "${BASH_SOURCE[0]}")/..}"

commits=$(git log --no-merges --format=%H "${1:-HEAD}")
status=0
for commit in $commits; do
  last=$(git log -1 --format=%B "$commit" | sed '/^[[:space:]]*$/d' | tail -n 1)
  case $last in
    "changes-results: yes" | "changes-results: no") ;;
    *)
      echo "${commit:0:10}: expected the last line 'changes-results: yes' or 'changes-results: no', found '$last'"
      status=1
      ;;
  esac
done
exit "$status"
