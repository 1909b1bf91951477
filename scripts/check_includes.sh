#!/usr/bin/env bash
# check_includes.sh — includes point only along the arrows between the folders, and between the rooms of a folder;
# prints each one that does not.
# Usage: scripts/check_includes.sh [ROOT]
set -euo pipefail
cd "${1:-$(dirname "${BASH_SOURCE[0]}")/..}"

status=0

# check FOLDER TARGET…: the sources that lie in FOLDER itself, and not in a room of it, include in quotes only from FOLDER
# and the TARGETs. A TARGET with a trailing /… stands for all rooms below it, too.
check() {
  local folder=$1 file line target from allowed
  if [ ! -d "$folder" ]; then return; fi
  while IFS=: read -r file line target; do
    from=${target%/*}
    for allowed in "$@"; do
      case $allowed in
        */…) if [[ $from/ == "${allowed%…}"* ]]; then continue 2; fi ;;
        *) if [ "$from" = "$allowed" ]; then continue 2; fi ;;
      esac
    done
    echo "$file:$line: $folder may not include \"$target\", only: $*"
    status=1
  done < <(grep -nE --with-filename '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' "$folder"/*.[ch]pp 2>/dev/null |
    sed -E 's/^([^:]*:[0-9]+:)[^"]*"([^"]*)".*/\1\2/')
}

# A source in a room that has no line below is in the wrong place.
known_rooms() {
  local room
  while IFS= read -r room; do
    case " $* " in
      *" $room "*) ;;
      *)
        echo "$room: expected one of the rooms that check_includes.sh knows, found a new one"
        status=1
        ;;
    esac
  done < <(find core optimizers results protocols plots experiments -name '*.[ch]pp' 2>/dev/null | sed 's,/[^/]*$,,' | sort -u)
}

check core
check core/algebra core
check core/data core
check core/network core core/algebra core/data
check core/symmetry core core/algebra core/data core/network

check optimizers core/…
check results core/…
check protocols optimizers results core/…

check plots results core/…
check plots/figures plots results core/…
check plots/page plots/figures plots results core/…

below=(plots/… protocols optimizers results core/…)
check experiments experiments/commands "${below[@]}"
check experiments/terminal "${below[@]}"
check experiments/fetch experiments experiments/terminal "${below[@]}"
check experiments/plan experiments/terminal "${below[@]}"
check experiments/session experiments experiments/plan experiments/terminal "${below[@]}"
check experiments/studies experiments/certificates experiments/plan experiments/terminal "${below[@]}"
check experiments/certificates experiments/terminal "${below[@]}"
check experiments/commands experiments/… "${below[@]}"

check tests tests/support experiments/… "${below[@]}"
check tests/support tests experiments/… "${below[@]}"

known_rooms core core/algebra core/data core/network core/symmetry optimizers results protocols plots plots/figures \
  plots/page experiments experiments/terminal experiments/fetch experiments/plan experiments/session experiments/studies \
  experiments/certificates experiments/commands
exit "$status"
