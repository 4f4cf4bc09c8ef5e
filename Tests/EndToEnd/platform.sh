# What the conformance scripts have in common: a platform of their own, on other ports and in a
# directory that is gone afterwards, and tools from PyPI. To be sourced.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
bin=${BIN:-$root/.build/debug}
tools=$root/.build/tools
home=$(mktemp -d)
base=${PORT_BASE:-21000}
gateway=http://127.0.0.1:$((8080 + base))
export SOUK_HOME=$home/souk SOUK_PORT_BASE=$base

finish() {
    status=$?
    [ -z "${platform:-}" ] || { kill -INT "$platform" 2>/dev/null && wait "$platform" || true; }
    [ -z "${helper:-}" ] || { kill "$helper" 2>/dev/null && wait "$helper" || true; }
    if [ "$status" -ne 0 ] && [ -z "${KEEP:-}" ]; then
        KEEP=yes
        echo "The logs of the programs and the reports are in $home."
    fi
    [ -n "${KEEP:-}" ] || rm -rf "$home"
}
trap finish EXIT

for needed in curl python3; do
    command -v $needed >/dev/null || { echo "$needed is missing: apt-get install $needed"; exit 69; }
done

# install_tool COMMAND PACKAGE==VERSION: into an environment of the project's own.
install_tool() {
    local module=${2%%==*}
    [ -x "$tools/bin/python" ] ||
        python3 -m venv "$tools" || { echo 'apt-get install python3-venv'; exit 69; }
    "$tools/bin/pip" show --quiet "$module" >/dev/null 2>&1 || {
        echo "Installing $2 from PyPI …"
        "$tools/bin/pip" install --quiet "$2"
    }
    [ -x "$tools/bin/$1" ] || { echo "$2 has no $1"; exit 69; }
}

start_platform() {
    "$bin/souk" up --quiet >"$home/up.log" 2>&1 &
    platform=$!
    for _ in $(seq 300); do
        curl --silent --fail --output /dev/null "$gateway/readyz" && return
        kill -0 "$platform" 2>/dev/null || break
        sleep 0.2
    done
    cat "$home/up.log"
    exit 1
}

field() { python3 -c "import json, sys; print(json.load(sys.stdin)['$1'])"; }

# post PATH JSON
post() {
    curl --silent --fail --show-error --header 'Content-Type: application/json' \
        --data "$2" "$gateway$1"
}

# sign_in EMAIL PASSWORD: prints an access token.
sign_in() {
    post /api/v1/auth/login "{\"email\": \"$1\", \"password\": \"$2\"}" | field access_token
}

# register EMAIL PASSWORD COMMAND…: the command prints the mail of the address so far.
register() {
    local email=$1 password=$2 code=''
    shift 2
    post /api/v1/auth/register "{\"email\": \"$email\", \"password\": \"$password\"}" >/dev/null
    for _ in $(seq 200); do
        code=$({ "$@" 2>/dev/null || true; } |
            python3 -c 'import re, sys; print(*re.findall(r"\b\d{6}\b", sys.stdin.read())[-1:])')
        [ -z "$code" ] || break
        sleep 0.1
    done
    [ -n "$code" ] || { echo "no code came for $email"; exit 1; }
    post /api/v1/auth/verify "{\"email\": \"$email\", \"code\": \"$code\"}" >/dev/null
}
