# lib.sh — what the scripts share: the packages, installing them, quiet builds by preset. Sourced, not run.
# shellcheck shell=bash disable=SC2034
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# Debian 12 and 13, where tests/on_debian.sh tries them.
build_packages=(g++ cmake ninja-build pkg-config libeigen3-dev libboost-dev libboost-program-options-dev
  libfmt-dev catch2 zlib1g-dev libpng-dev libssl-dev libcurl4-openssl-dev gnuplot-nox fonts-dejavu-core)
test_packages=(python3 zsh fish) # tests that lack them are skipped, and say so
# For the sanitized build, which g++ takes about twice the processor time to compile; without them g++ does it.
sanitizer_packages=(clang libclang-rt-dev libomp-dev lld)
format_packages=(clang-format-14) # another version formats differently
# For scripts/check_with_torch.sh. Without OpenBLAS Debian's PyTorch multiplies and solves by the reference BLAS, which takes
# several times as long.
torch_packages=(python3-torch python3-numpy libopenblas0-pthread)
browser_packages=(chromium chromium-driver python3) # for the test of report.html
slurm_packages=(slurm-wlm munge)                    # for tests/end_to_end_slurm.sh

# Fonts are left out: a command cannot tell whether gnuplot will find one.
commands=(c++ cmake ninja gnuplot)
other_systems="  dnf    gcc-c++ cmake ninja-build pkgconf-pkg-config eigen3-devel boost-devel fmt-devel catch-devel zlib-devel libpng-devel openssl-devel libcurl-devel gnuplot dejavu-sans-fonts
  brew   cmake ninja pkg-config eigen boost fmt catch2 zlib libpng openssl@3 curl libomp gnuplot
  conda  cxx-compiler cmake ninja pkg-config eigen libboost-devel fmt catch2 zlib libpng openssl libcurl gnuplot (conda-forge)"

jobs=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
export CMAKE_BUILD_PARALLEL_LEVEL=${CMAKE_BUILD_PARALLEL_LEVEL:-$jobs}
export CTEST_PARALLEL_LEVEL=${CTEST_PARALLEL_LEVEL:-$jobs}
if command -v ccache >/dev/null; then export CMAKE_CXX_COMPILER_LAUNCHER=${CMAKE_CXX_COMPILER_LAUNCHER:-ccache}; fi

say() { printf 'symopt: %s\n' "$*" >&2; }

# One line of the terminal, which holds the last line that came in: of ninja's, [n/m] and what is compiled.
last_line() {
  local line columns
  columns=$(tput cols 2>/dev/null || echo 80)
  while IFS= read -r line; do
    printf '\r\033[K%s' "${line:0:columns - 1}"
  done
  printf '\r\033[K'
}

# quiet LOG COMMAND…: the command's output goes to LOG, to a terminal its last line as well; if it fails, 100 lines from
# the first error on are shown.
quiet() {
  local log=$1 status=0
  shift
  mkdir -p "$(dirname "$log")"
  if [ -t 2 ]; then
    "$@" 2>&1 </dev/null | tee "$log" | last_line >&2 || status=$?
  else
    "$@" >"$log" 2>&1 </dev/null || status=$?
  fi
  if [ "$status" -ne 0 ]; then
    { grep -m 1 -A 99 -E 'FAILED:|[Ee]rror:|[Ee]rror |^E: ' "$log" || tail -n 100 "$log"; } >&2
    say "failed with status $status: $* (all of its output: $log)"
  fi
  return "$status"
}

missing_packages() {
  local package
  for package in "$@"; do
    if [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" != installed ]; then echo "$package"; fi
  done
}

# setup PACKAGE…: installs what is missing. Where nothing can be installed, it is enough that the commands are there
# (configuring then says which library is not).
setup() {
  local missing=() as_root=(env) name
  if command -v apt-get >/dev/null && command -v dpkg-query >/dev/null; then
    mapfile -t missing < <(missing_packages "$@")
    if [ "${#missing[@]}" -eq 0 ]; then return; fi
    if [ "$(id -u)" -ne 0 ]; then as_root=(sudo env); fi
    if command -v "${as_root[0]}" >/dev/null; then
      say "installing ${missing[*]}"
      as_root+=(DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300)
      if [ -z "${lists_are_new:-}" ]; then quiet "$root/build/setup.log" "${as_root[@]}" update || return; fi
      lists_are_new=yes
      quiet "$root/build/setup.log" "${as_root[@]}" install -y --no-install-recommends "${missing[@]}" || return
      return
    fi
  fi
  for name in "${commands[@]}"; do
    if ! command -v "$name" >/dev/null; then
      say "$name is not found, and packages can be installed from here only with apt-get and as root (or by sudo)."
      print_packages "$@"
      return 1
    fi
  done
}

print_packages() {
  say "what is needed:"
  printf '  apt    %s\n%s\n' "$*" "$other_systems" >&2
}

# clang_sanitizes: whether clang++ is here with its sanitizers and OpenMP, each of them a package of its own.
clang_sanitizes() {
  local trial=$root/build/clang_sanitizes
  mkdir -p "$root/build"
  echo '#include <omp.h>' >"$trial.cpp"
  echo 'int main() { return omp_in_parallel(); }' >>"$trial.cpp"
  clang++ -fopenmp -fsanitize=address,undefined "$trial.cpp" -o "$trial" >/dev/null 2>&1 && "$trial"
}

# build PRESET [TARGET]: configures where that has not been done and builds; logs are build/PRESET.log. With
# SYMOPT_WARNINGS_AS_ERRORS=ON in the environment it stops at a warning.
build() {
  local preset=$1 target=${2:-all} options=() first=
  if [ -n "${SYMOPT_WARNINGS_AS_ERRORS:-}" ]; then
    options=("-DSYMOPT_WARNINGS_AS_ERRORS=$SYMOPT_WARNINGS_AS_ERRORS")
  fi
  if [ ! -f "$root/build/$preset/build.ninja" ]; then
    first=", minutes the first time"
    # A folder keeps the compiler it began with.
    if [ "$preset" = sanitize ] && [ -z "${CXX:-}" ] && clang_sanitizes; then
      options+=(-DCMAKE_CXX_COMPILER=clang++)
    fi
  fi
  say "building $target ($preset) in build/$preset$first"
  if [ -n "$first" ] || [ "${#options[@]}" -gt 0 ]; then
    if ! (cd "$root" && quiet "build/$preset.log" cmake --preset "$preset" ${options[@]+"${options[@]}"}); then
      print_packages "${build_packages[@]}"
      return 1
    fi
  fi
  (cd "$root" && quiet "build/$preset.log" cmake --build --preset "$preset" --target "$target")
}
