# Sourced by run.sh and test.sh: where things are, and how what is missing gets installed.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1

say() { printf '==> %s\n' "$*" >&2; }

die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# The runtime identifier of this machine.
host_rid() {
  case "$(uname -s)-$(uname -m)" in
    Linux-x86_64) echo linux-x64 ;;
    Linux-aarch64 | Linux-arm64) echo linux-arm64 ;;
    *) die "the gateway is built on Linux, x86-64 or arm64; this is $(uname -s) on $(uname -m)" ;;
  esac
}

# install_packages PACKAGE...: by apt-get, as root or through sudo without a password. False where that is not possible.
install_packages() {
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null && sudo -n true 2>/dev/null || return 1
    as_root=(sudo -n)
  fi
  command -v apt-get >/dev/null || return 1
  say "installing $* (apt-get)"
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" >/dev/null 2>&1 && return
  # Package lists are often empty on a fresh machine or stale on an old one; only then are they fetched.
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq >&2 &&
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" >&2
}

# need COMMAND PACKAGE...: installs the packages unless the command is there; stops with the line to type where it cannot.
need() {
  local command=$1
  shift
  command -v "$command" >/dev/null && return
  install_packages "$@" || die "'$command' is missing and could not be installed; as root: apt-get install -y --no-install-recommends $*"
}

need_dotnet() {
  command -v dotnet >/dev/null || die "the .NET SDK 10 is missing: https://dotnet.microsoft.com/download/dotnet/10.0"
  (cd "$root" && dotnet --version >/dev/null 2>&1) ||
    die "no .NET SDK that global.json accepts ($(sed -n 's/.*"version": "\([^"]*\)".*/\1/p' "$root/global.json") or a later 10.0): dotnet --list-sdks shows what is there"
}

# What Native AOT links with. The linker driver brings the C library's headers and binutils.
need_linker() {
  local rid=$1
  # Any compiler that is called cc will do: clang, or gcc.
  need cc clang zlib1g-dev
  [ "$rid" = "$(host_rid)" ] && return
  # Across architectures: clang drives, the other architecture's binutils link, its C library's start files come from Debian's cross packages.
  need clang clang
  need llvm-objcopy llvm
  local cpu=aarch64 debian=arm64
  [ "$rid" = linux-x64 ] && cpu=x86_64 debian=amd64
  [ -e "/usr/$cpu-linux-gnu/lib/crt1.o" ] && command -v "$cpu-linux-gnu-ld" >/dev/null ||
    install_packages "gcc-${cpu/_/-}-linux-gnu" "libc6-dev-$debian-cross" ||
    die "cross-building needs, as root: apt-get install -y --no-install-recommends gcc-${cpu/_/-}-linux-gnu libc6-dev-$debian-cross"
}
