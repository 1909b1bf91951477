#!/usr/bin/env bash
# on_debian.sh — both commands of the README in a fresh Debian, as an ordinary user who has nothing but git and sudo.
# Usage: tests/on_debian.sh 12|13 [--clang|--only-clang] [--keep FOLDER]      as root; needs debootstrap and its mirror
#   --clang        afterwards a second clone, built by clang++, and its tests
#   --only-clang   that alone
#   --keep FOLDER  the bare system is kept there for the next time, and used if it is there
# DEBIAN_MIRROR is the mirror, if not debootstrap's own. What is tested is the last commit. The system is a chroot, whose
# mounts end with this script.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

usage() {
  sed -n '2,/^[^#]/{s/^# \{0,1\}//p;}' "${BASH_SOURCE[0]}"
  exit "$1"
}

release='' with_clang='' only_clang='' kept=''
while [ $# -gt 0 ]; do
  case $1 in
    12) release=12 suite=bookworm ;;
    13) release=13 suite=trixie ;;
    --clang) with_clang=yes ;;
    --only-clang) with_clang=yes only_clang=yes ;;
    --keep) kept=${2:?--keep: expected a folder} && shift ;;
    -h | --help) usage 0 ;;
    *) echo "on_debian.sh: unknown argument '$1'" >&2 && usage 2 ;;
  esac
  shift
done
[ -n "$release" ] || usage 2
[ "$(id -u)" -eq 0 ] || { echo "on_debian.sh: expected root, who may mount and chroot" >&2; exit 2; }
command -v debootstrap >/dev/null || { echo "on_debian.sh: debootstrap is not found" >&2; exit 2; }

# Mounts in a namespace of their own: none is left, however this ends.
if [ -z "${ON_DEBIAN_MOUNTS:-}" ]; then
  folder=$(mktemp -d)
  trap 'rm -rf --one-file-system "$folder"' EXIT
  arguments=("$release")
  if [ -n "$with_clang" ]; then arguments+=("--${only_clang:+only-}clang"); fi
  if [ -n "$kept" ]; then arguments+=(--keep "$kept"); fi
  status=0
  ON_DEBIAN_MOUNTS=$folder unshare --mount --propagation private bash "${BASH_SOURCE[0]}" "${arguments[@]}" || status=$?
  exit "$status"
fi
chroot=$ON_DEBIAN_MOUNTS/debian-$release

echo "=== Debian $release: the bare system"
if [ -n "$kept" ] && [ -f "$kept/debian-$release.tar" ]; then
  mkdir "$chroot"
  tar -C "$chroot" -xf "$kept/debian-$release.tar"
else
  # The settings by which apt reaches its mirrors from this machine hold inside too.
  debootstrap --variant=minbase --include=git,sudo "$suite" "$chroot" ${DEBIAN_MIRROR:+"$DEBIAN_MIRROR"} \
    >"$ON_DEBIAN_MOUNTS/log" 2>&1 || { tail -n 20 "$ON_DEBIAN_MOUNTS/log"; exit 1; }
  apt-config dump --no-empty 2>/dev/null | grep -E '^Acquire::(http|https|Check-)' \
    >"$chroot/etc/apt/apt.conf.d/99of-the-host" || true
  if [ -n "$kept" ]; then
    mkdir -p "$kept"
    tar -C "$chroot" -cf "$kept/debian-$release.tar.new" .
    mv "$kept/debian-$release.tar.new" "$kept/debian-$release.tar"
  fi
fi
cp -L /etc/resolv.conf "$chroot/etc/resolv.conf"
mount -t proc proc "$chroot/proc"
mount --rbind /dev "$chroot/dev"

chroot "$chroot" useradd --create-home --shell /bin/bash somebody
echo 'somebody ALL=(ALL) NOPASSWD: ALL' >"$chroot/etc/sudoers.d/somebody"
for name in symopt ${with_clang:+symopt-clang}; do
  git clone -q "$root" "$chroot/home/somebody/$name"
done
chroot "$chroot" chown -R somebody: "home/somebody"

failed=0
# somebody TITLE COMMAND: in a login shell of the user's, without this one's variables.
somebody() {
  local title=$1 start=$SECONDS status=0
  echo "=== Debian $release: $title"
  chroot "$chroot" su - somebody -c "$2" </dev/null || status=$?
  echo "=== Debian $release: $title: $([ "$status" -eq 0 ] && echo passed || echo "FAILED (status $status)") after $((SECONDS - start)) s"
  if [ "$status" -ne 0 ]; then failed=1; fi
}

if [ -z "$only_clang" ]; then
  somebody "scripts/run.sh --quick" "cd symopt && scripts/run.sh --quick"
  somebody "symopt on the path" 'cd symopt && PATH=$PWD/build/release:$PATH && symopt version'
  somebody "scripts/test.sh" "cd symopt && scripts/test.sh"
fi
if [ -n "$with_clang" ]; then
  somebody "clang and its OpenMP" "sudo apt-get install -y -q --no-install-recommends clang libomp-dev >clang.log 2>&1 || { tail -n 20 clang.log; false; }"
  somebody "scripts/test.sh with clang++" "cd symopt-clang && CXX=clang++ scripts/test.sh"
fi
exit "$failed"
