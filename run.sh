#!/usr/bin/env bash
# Builds the gateway's Native AOT binary, if its sources changed, and starts it.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/scripts/lib.sh"

usage() {
  cat <<'TEXT'
./run.sh [--rid RID] [--build-only] [--] [ARGUMENT...]

Builds the gateway into artifacts/publish/RID/edge unless it is up to date, then starts it with the ARGUMENTs
(such as --config my.yaml). Without a configuration it uses the providers whose keys are in the environment
(OPENAI_API_KEY, ANTHROPIC_API_KEY) and a simulator that needs none.

  --build-only   build, do not start
  --rid RID      linux-x64 or linux-arm64; another than this machine's is cross-built, so use it with --build-only
  -h             this text (--help is the gateway's own)

EDGE_PUBLISH_ARGS goes to dotnet publish, such as -p:EdgeInstructionSet=x86-64-v2 for a processor without AVX2.
TEXT
}

rid=$(host_rid)
build_only=false
while [ $# -gt 0 ]; do
  case $1 in
    --build-only) build_only=true ;;
    --rid) rid=${2:?--rid needs linux-x64 or linux-arm64} && shift ;;
    -h) usage && exit ;;
    --) shift && break ;;
    *) break ;;
  esac
  shift
done
[ "$rid" = linux-amd64 ] && rid=linux-x64 # as container builders call it
case $rid in linux-x64 | linux-arm64) ;; *) die "unknown --rid '$rid'; allowed: linux-x64, linux-arm64" ;; esac

# By content, not by time: a checkout or a copy into an image gives every file a new one.
sources() {
  (
    cd "$root"
    printf '%s %s %s\n' "$rid" "$(dotnet --version)" "${EDGE_PUBLISH_ARGS:-}"
    find src models Directory.Build.props Directory.Packages.props global.json \( -name bin -o -name obj \) -prune -o -type f -print0 |
      LC_ALL=C sort -z | xargs -0 sha256sum
  ) | sha256sum | cut -d' ' -f1
}

need_dotnet
output=$root/artifacts/publish/$rid
stamp=$(sources)
if [ -x "$output/edge" ] && [ "$(cat "$output/.sources" 2>/dev/null)" = "$stamp" ]; then
  say "artifacts/publish/$rid/edge is up to date"
else
  need_linker "$rid"
  say "publishing artifacts/publish/$rid/edge (Native AOT; a minute or two)"
  rm -rf "$output"
  (cd "$root" && dotnet publish src/Edge -r "$rid" -c Release -o "$output" -v quiet -clp:NoSummary -warnaserror ${EDGE_PUBLISH_ARGS:-} >&2) ||
    die "dotnet publish failed"
  printf '%s\n' "$stamp" >"$output/.sources"
fi

$build_only && exit
[ "$rid" = "$(host_rid)" ] || die "a $rid binary does not run here; add --build-only"
if [ $# -eq 0 ]; then
  cat >&2 <<'TEXT'
==> starting on http://127.0.0.1:8080 (admin: http://127.0.0.1:8081); Ctrl+C stops it. Try, from another terminal:

    curl http://127.0.0.1:8080/v1/chat/completions -H 'content-type: application/json' \
      -d '{"model": "simulator/hello", "messages": [{"role": "user", "content": "Hello!"}]}'

TEXT
fi
exec "$output/edge" "$@"
