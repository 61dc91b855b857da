#!/usr/bin/env bash
# Compiles what bench/Edge.Bench compares itself with into artifacts/native/. What the system does not have is left out, and says so.
#   Debian: apt-get install g++ libhyperscan-dev libre2-dev
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
output=../../artifacts/native
mkdir -p "$output"

# build NAME HEADER LIBRARY
build() {
  local name=$1 header=$2 library=$3
  if ! printf '#include <%s>\n' "$header" | "${CXX:-g++}" -std=c++17 -E -x c++ - >/dev/null 2>&1; then
    echo "skipped: $name ($header is not there)"
    rm -f "$output/$name.so"
    return
  fi
  "${CXX:-g++}" -std=c++17 -O2 -Wall -Wextra -Werror -shared -fPIC "$name.cpp" -l"$library" -o "$output/$name.so"
  echo "built: $name"
}

command -v "${CXX:-g++}" >/dev/null || { echo "skipped: all (no C++ compiler)"; exit 0; }
build hyperscan hs/hs.h hs
build re2 re2/re2.h re2
