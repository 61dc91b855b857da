#!/usr/bin/env bash
# Builds and tests everything. The last line is "N passed, N failed" (", N skipped" where some were); the exit code is 0 if nothing failed.
#
#   ./test.sh         everything: unit tests, formatting, the AOT binary, end-to-end and client tests against it, the bench tools
#   ./test.sh quick   the inner loop: build and unit tests
set -uo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/scripts/lib.sh"
cd "$root" || exit 1
exec </dev/null

mode=${1:-full}
case $mode in
  full | quick) ;;
  *) die "unknown mode '$mode'; allowed: quick, or nothing for everything" ;;
esac

results=$root/artifacts/test-results
rm -rf "$results"
mkdir -p "$results"
passed=0 failed=0 skipped=0
failures=() skips=()

finish() {
  local line
  [ ${#skips[@]} -eq 0 ] || printf '\nSkipped:\n'
  for line in ${skips[@]+"${skips[@]}"}; do printf '  %s\n' "$line"; done
  [ ${#failures[@]} -eq 0 ] || printf '\nFailed:\n'
  for line in ${failures[@]+"${failures[@]}"}; do printf '  %s\n' "$line"; done
  printf '\n%d passed, %d failed' "$passed" "$failed"
  [ "$skipped" -eq 0 ] || printf ', %d skipped' "$skipped"
  printf '\n'
  [ "$failed" -eq 0 ]
  exit
}

fail() {
  failed=$((failed + 1))
  failures+=("$1")
}

skip() {
  skipped=$((skipped + 1))
  skips+=("$1")
}

# check NAME COMMAND...: one test that passes where the command succeeds. Its output is shown only where it fails.
check() {
  local name=$1 started=$SECONDS log
  shift
  log=$results/$(printf '%s' "$name" | tr -c 'a-zA-Z0-9' '-').log
  printf '%-60s ' "$name"
  if "$@" >"$log" 2>&1; then
    printf 'ok (%d s)\n' $((SECONDS - started))
    passed=$((passed + 1))
    return 0
  fi
  printf 'FAILED (%d s)\n' $((SECONDS - started))
  tail -n 60 "$log" | sed 's/^/    /'
  fail "$name"
  return 1
}

attribute() { sed -n "s/.*<assembly [^>]*[ ]$1=\"\([0-9]*\)\".*/\1/p" "$2" | head -n 1; }

# suite PROJECT: a test project's executable; its totals are read from its report, not from what it prints.
suite() {
  local project=$1 started=$SECONDS code
  local binary=artifacts/bin/$project/debug/$project report=$results/$project.xml log=$results/$project.log
  shift
  printf '%-60s ' "$project"
  if [ ! -x "$binary" ]; then
    printf 'FAILED: it was not built\n'
    fail "$project: it was not built"
    return
  fi
  "$binary" -noColor -noAutoReporters -result-xml "$report" "$@" >"$log" 2>&1
  code=$?
  local p f s e
  p=$(attribute passed "$report" 2>/dev/null) f=$(attribute failed "$report" 2>/dev/null)
  s=$(attribute skipped "$report" 2>/dev/null) e=$(attribute errors "$report" 2>/dev/null)
  p=${p:-0} f=${f:-0} s=${s:-0} e=${e:-0}
  printf '%d passed, %d failed, %d skipped (%d s)\n' "$p" $((f + e)) "$s" $((SECONDS - started))
  passed=$((passed + p)) failed=$((failed + f + e)) skipped=$((skipped + s))
  local name
  while IFS= read -r name; do failures+=("$name"); done < <(named Fail "$report")
  while IFS= read -r name; do skips+=("$name"); done < <(named Skip "$report")
  if [ $((f + e)) -gt 0 ]; then
    sed -n '/\[FAIL\]/,/^  Finished/p' "$log" | head -n 400 | sed 's/^/    /'
    [ "$e" -eq 0 ] || failures+=("$project: $e error(s) outside of tests, see above")
  elif [ "$code" -ne 0 ] || [ ! -s "$report" ]; then
    tail -n 40 "$log" | sed 's/^/    /'
    fail "$project: ended with exit code $code"
  elif [ $((p + f)) -eq 0 ]; then
    fail "$project: no test was executed"
  fi
}

# named RESULT REPORT: the tests of that result, with the reason of those skipped.
named() {
  [ -f "$2" ] || return 0
  tr '\n' ' ' <"$2" | sed 's/<test /\n<test /g' | grep "^<test [^>]*result=\"$1\"" |
    sed 's/^<test [^>]*name="\([^"]*\)".*<reason>\(<!\[CDATA\[\)\{0,1\}\([^]<]*\).*/\1: \3/; s/^<test [^>]*name="\([^"]*\)".*/\1/; s/&quot;/"/g; s/&lt;/</g; s/&gt;/>/g; s/&amp;/\&/g'
}

# Locked restores only with the SDK that the lock files were made with: another patch of it brings another compiler package.
restore() {
  local base sdk locked arguments=()
  base=$(dotnet --info | sed -n 's/^ *Base Path: *//p')
  sdk=$(sed -n '/KnownILCompilerPack/,/\/>/s/.*ILCompilerPackVersion="\(10\.[^"]*\)".*/\1/p' "$base/Microsoft.NETCoreSdk.BundledVersions.props" | head -n 1)
  locked=$(sed -n '/"Microsoft.DotNet.ILCompiler"/,/resolved/s/.*"resolved": "\([^"]*\)".*/\1/p' src/Edge/packages.lock.json | head -n 1)
  if [ -n "$sdk" ] && [ "$sdk" = "$locked" ]; then arguments+=(-p:RestoreLockedMode=true); else echo "the SDK brings ILCompiler $sdk, the lock files $locked: not locked"; fi
  dotnet restore EdgeGateway.sln ${arguments[@]+"${arguments[@]}"} -v quiet
}

# publish RID: an AOT warning is an error already; a linker's is seen here.
publish() {
  if [ "$1" = "$(host_rid)" ]; then ./run.sh --build-only; else ./run.sh --build-only --rid "$1"; fi 2>&1 | tee "$results/publish-$1.log"
  [ "${PIPESTATUS[0]}" -eq 0 ] && ! grep -i 'warning' "$results/publish-$1.log"
}

# The goal is 30 MiB.
small_enough() {
  local bytes
  bytes=$(wc -c <"artifacts/publish/$(host_rid)/edge")
  echo "$bytes bytes"
  [ "$bytes" -le $((30 << 20)) ]
}

scripts_parse() {
  local script
  for script in run.sh test.sh .ci/run scripts/*.sh; do bash -n "$script" || return 1; done
}

# The clients of other projects, each in its own language's test runner.
node_clients() {
  local log=$results/clients.log started=$SECONDS p f s
  if ! command -v node >/dev/null && ! install_packages nodejs npm; then
    fail "tests/clients: node is missing and could not be installed (as root: apt-get install nodejs npm)"
    return
  fi
  command -v npm >/dev/null || install_packages npm
  check 'tests/clients: npm ci' npm ci --prefix tests/clients --no-audit --no-fund || return
  printf '%-60s ' tests/clients
  (cd tests/clients && EDGE_BINARY="$root/artifacts/publish/$(host_rid)/edge" node --test --test-reporter=tap ./*.test.js) >"$log" 2>&1
  p=$(sed -n 's/^# pass \([0-9]*\)$/\1/p' "$log") f=$(sed -n 's/^# fail \([0-9]*\)$/\1/p' "$log") s=$(sed -n 's/^# skipped \([0-9]*\)$/\1/p' "$log")
  p=${p:-0} f=${f:-0} s=${s:-0}
  printf '%d passed, %d failed, %d skipped (%d s)\n' "$p" "$f" "$s" $((SECONDS - started))
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
  local name
  while IFS= read -r name; do skips+=("clients: $name"); done < <(sed -n 's/^ *ok [0-9]* - \(.*# SKIP.*\)/\1/p' "$log")
  if [ "$f" -gt 0 ]; then
    while IFS= read -r name; do failures+=("clients: $name"); done < <(sed -n 's/^ *not ok [0-9]* - //p' "$log")
    grep -v '^ *duration_ms' "$log" | grep -A 30 'not ok' | head -n 300 | sed 's/^/    /'
  elif [ "$p" -eq 0 ]; then
    tail -n 40 "$log" | sed 's/^/    /'
    fail "tests/clients: no test was executed"
  fi
}

need_dotnet
check 'shell scripts parse' scripts_parse
check 'restore' restore || finish
check 'build, warnings as errors' dotnet build EdgeGateway.sln --no-restore -v quiet -clp:NoSummary -warnaserror || finish
[ "$mode" = quick ] || check 'formatting' dotnet format EdgeGateway.sln --verify-no-changes --no-restore

# Stores are tested against the real servers.
command -v redis-server >/dev/null || install_packages redis-server || fail "redis-server is missing and could not be installed (as root: apt-get install redis-server)"

# What is stored is tested against the real thing; a test that misses it fails and says so.
ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || command -v postgres >/dev/null || install_packages postgresql || true
for project in Edge.Simd.Tests Edge.Providers.Tests Edge.Tests Edge.Fuzz; do suite "$project"; done
[ "$mode" = quick ] && finish

check 'publish, Native AOT without a warning' publish "$(host_rid)" || finish
check 'the binary is at most 30 MiB' small_enough
other=linux-arm64
[ "$(host_rid)" = linux-arm64 ] && other=linux-x64
if [ "${EDGE_SKIP_CROSS:-}" = 1 ]; then
  skip "publish for $other (EDGE_SKIP_CROSS=1)"
else
  check "publish for $other" publish "$other"
fi
command -v qemu-x86_64 >/dev/null && command -v qemu-aarch64 >/dev/null || install_packages qemu-user || true

export EDGE_BINARY=$root/artifacts/publish/$(host_rid)/edge
suite Edge.EndToEnd
node_clients
check 'bench: the load generator checks itself' dotnet run -c Release --project bench/Edge.Load -- selftest
check 'bench: allocations as stated' dotnet run -c Release --project bench/Edge.Bench -- alloc-gate
finish
