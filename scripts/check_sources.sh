#!/usr/bin/env bash
# check_sources.sh — tracked files name no folder of one machine, and every source file opens with a comment.
# Usage: scripts/check_sources.sh [ROOT]    status 77: ROOT is not a git checkout
set -euo pipefail
cd "${1:-$(dirname "${BASH_SOURCE[0]}")/..}"

files=$(git ls-files 2>/dev/null) || { echo "not a git checkout: not checked"; exit 77; }
status=0

# An absolute path into somebody's folders; relative ones (../work) and addresses (host/work) have a name before.
if git grep -nIE '(^|[^A-Za-z0-9_.~}/-])/(root|home|Users|work|tmp)/' -- .; then
  echo "the lines above name a folder of one machine"
  status=1
fi

while IFS= read -r file; do
  case $file in
    *.hpp | *.cpp) pattern='^// [^ ]'; line=1 ;;
    *.cmake | *CMakeLists.txt | scripts/lib.sh) pattern='^# [^ ]'; line=1 ;;
    *.sh | .ci/run) pattern='^# [^ ]'; line=2 ;;
    *) continue ;;
  esac
  if [ -f "$file" ] && ! sed -n "${line}p" "$file" | grep -qE "$pattern"; then
    echo "$file:$line: expected a comment: the concept and its source"
    status=1
  fi
done <<<"$files"
exit "$status"
