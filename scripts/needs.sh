# Sourced by ./run, ./test and ./package: finds what they stand on, installs it where that is allowed, and says in one line what is missing.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() { printf 'carillon: %s\n' "$*" >&2; }

# Two apt-gets at once break each other, so they queue; one that failed for that reason is tried again.
apt_install() {
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
  local log
  log=$(mktemp)
  for _ in 1 2 3; do
    if flock "${TMPDIR:-/tmp}/carillon-apt.lock" sh -c 'apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install "$@"' sh "$@" >"$log" 2>&1; then
      rm -f "$log"
      return 0
    fi
  done
  cat "$log" >&2
  rm -f "$log"
  return 1
}

need_dotnet() {
  if ! command -v dotnet >/dev/null || ! dotnet --list-sdks | grep -q '^10\.'; then
    say 'the .NET 10 SDK is missing: install dotnet-sdk-10.0 (https://dotnet.microsoft.com/download)'
    return 1
  fi
}

need_node() {
  if ! command -v npm >/dev/null || ! node -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 20 ? 0 : 1)'; then
    say 'Node.js 20 or newer with npm is missing: apt-get install nodejs npm, or https://nodejs.org'
    return 1
  fi
}

# What the compiler of the native program asks the system for.
need_native() {
  local missing=()
  command -v clang >/dev/null || command -v gcc >/dev/null || missing+=(gcc libc6-dev)
  [ "$(uname -s)" != Linux ] || [ -e /usr/include/zlib.h ] || missing+=(zlib1g-dev)
  [ ${#missing[@]} -eq 0 ] || apt_install "${missing[@]}" || {
    say "the native program needs a C compiler and zlib's headers: apt-get install ${missing[*]}"
    return 1
  }
}

# The kind of this machine, as .NET names it: linux-x64.
platform() { dotnet msbuild "$root/src/Carillon" -getProperty:NETCoreSdkPortableRuntimeIdentifier; }

# Compiles the native program into $native, if anything has changed. In a folder of its own: it is restored for one platform and with
# the SDK's own compiler, which the committed lock files know nothing of. What analyzers find, the ordinary build says.
native=$root/artifacts/native
build_native() {
  dotnet publish "$root/src/Carillon" -c Release -r "$(platform)" -p:PublishAot=true -o "$native" \
    --artifacts-path "$root/artifacts/native-build" -p:NuGetLockFilePath=obj/native.lock.json -p:RestoreLockedMode=false -p:RunAnalyzers=false -v quiet -nologo
}

# Builds the page unless what it is made of is older than what was made.
build_page() {
  local made="$root/web/dist/index.html"
  if [ -e "$made" ] && [ -z "$(find "$root/web" -path "$root/web/node_modules" -prune -o -path "$root/web/dist" -prune -o -type f -newer "$made" -print -quit)" ]; then
    return 0
  fi
  install_page_packages && (cd "$root/web" && npm run --silent build)
}

install_page_packages() {
  local stamp="$root/web/node_modules/.installed"
  [ -e "$stamp" ] && [ ! "$root/web/package-lock.json" -nt "$stamp" ] && return 0
  (cd "$root/web" && npm ci --no-audit --no-fund --loglevel=error) && touch "$stamp"
}
