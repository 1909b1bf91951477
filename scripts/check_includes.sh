#!/usr/bin/env bash
# check_includes.sh — includes point only along the arrows between the folders; prints each one that does not.
# Usage: scripts/check_includes.sh [ROOT]
set -euo pipefail
cd "${1:-$(dirname "${BASH_SOURCE[0]}")/..}"

status=0

# check FOLDER TARGET…: sources of FOLDER include in quotes only from FOLDER and the TARGETs.
check() {
  local folder=$1 file line target
  if [ ! -d "$folder" ]; then return; fi
  while IFS=: read -r file line target; do
    case " $* " in
      *" ${target%%/*} "*) ;;
      *)
        echo "$file:$line: $folder may not include \"$target\", only: $*"
        status=1
        ;;
    esac
  done < <(grep -rnE --include='*.[ch]pp' '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' "$folder" |
    sed -E 's/^([^:]*:[0-9]+:)[^"]*"([^"]*)".*/\1\2/')
}

check core
check optimizers core
check results core
check protocols optimizers results core
check plots results core
check experiments protocols plots optimizers results core
check tests experiments protocols plots optimizers results core
exit "$status"
