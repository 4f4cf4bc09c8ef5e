#!/usr/bin/env bash
# Lets schemathesis, which knows nothing of Souk, loose on every OpenAPI document of a platform of
# its own: through the gateway and past it, without a token, as a customer and as an administrator.
# Fails when anything answers 5xx, or something that its document does not say.
#
#   make conformance                  all documents
#   make conformance ARGS=gateway     one of them
#   EXAMPLES=100 SEED=7 make conformance
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
bin=${BIN:-$root/.build/debug}
home=$(mktemp -d)
tool_version=4.32.5
base=${PORT_BASE:-21000}
examples=${EXAMPLES:-20}
seed=${SEED:-1}
names=${*:-gateway user wallet catalog order cashback notification analytics cms}

finish() {
    status=$?
    [ -z "${platform:-}" ] || { kill -INT "$platform" 2>/dev/null && wait "$platform" || true; }
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
tools=$root/.build/tools
if [ ! -x "$tools/bin/st" ]; then
    echo "Installing schemathesis $tool_version from PyPI …"
    python3 -m venv "$tools" || { echo 'apt-get install python3-venv'; exit 69; }
    "$tools/bin/pip" install --quiet "schemathesis==$tool_version"
fi

# Everybody comes from one address here, and means harm.
export SOUK_HOME=$home/souk SOUK_PORT_BASE=$base SOUK_RATE_LIMIT=1000000 \
    SOUK_RATE_LIMIT_SIGN_IN=1000000 SOUK_RATE_LIMIT_CALLBACKS=1000000 \
    SOUK_ADDRESS_ATTEMPTS=1000000 SOUK_ACCOUNT_ATTEMPTS=1000 SOUK_CREDENTIAL_STEP=0s
"$bin/souk" up --quiet >"$home/up.log" 2>&1 &
platform=$!
gateway=http://127.0.0.1:$((8080 + base))
for _ in $(seq 300); do
    curl --silent --fail --output /dev/null "$gateway/readyz" && break
    kill -0 "$platform" 2>/dev/null || { cat "$home/up.log"; exit 1; }
    sleep 0.2
done

field() { python3 -c "import json, sys; print(json.load(sys.stdin)['$1'])"; }

post() {
    curl --silent --fail --show-error --header 'Content-Type: application/json' \
        --data "$2" "$gateway$1"
}

sign_in() {
    post /api/v1/auth/login "{\"email\": \"$1\", \"password\": \"$2\"}" | field access_token
}

customer=somebody@example.com
password='seventeen blue chairs on a hill'
post /api/v1/auth/register "{\"email\": \"$customer\", \"password\": \"$password\"}" >/dev/null
for _ in $(seq 100); do
    code=$("$bin/souk" mail --json "$customer" 2>/dev/null |
        python3 -c 'import re, sys; print(*re.findall(r"\b\d{6}\b", sys.stdin.read()))' |
        awk '{ print $NF }')
    [ -z "$code" ] || break
    sleep 0.1
done
post /api/v1/auth/verify "{\"email\": \"$customer\", \"code\": \"$code\"}" >/dev/null

declare -A ports=([gateway]=8080 [user]=8101 [wallet]=8102 [catalog]=8103 [order]=8104
    [cashback]=8105 [notification]=8106 [analytics]=8107 [cms]=8108)
failed=''
checks=not_a_server_error,status_code_conformance,content_type_conformance
checks=$checks,response_headers_conformance,response_schema_conformance
checks=$checks,negative_data_rejection,ignored_auth,use_after_free

# The sign-out and erasure of the very user whose token is in use would end the run early.
run() {
    local name=$1 who=$2
    shift 2
    local url=http://127.0.0.1:$((${ports[$name]} + base))
    echo "== $name, $who"
    "$tools/bin/st" --no-color --config-file "$root/Tests/EndToEnd/schemathesis.toml" \
        run "$url/openapi.json" --url "$url" --seed "$seed" \
        --max-examples "$examples" --continue-on-failure --warnings off \
        --suppress-health-check all --request-timeout 20 \
        --checks "$checks" \
        --exclude-operation-id logoutEverywhere --exclude-operation-id eraseMe \
        --report-junit-path "$home/$name-$who.xml" "$@" >"$home/$name-$who.txt" 2>&1 ||
        { failed="$failed $name-$who"; sed -n '/FAILURES/,$p' "$home/$name-$who.txt"; }
    tail -n 2 "$home/$name-$who.txt"
}

for name in $names; do
    run "$name" nobody
    run "$name" customer --header "Authorization: Bearer $(sign_in "$customer" "$password")"
    run "$name" admin --header "Authorization: Bearer $(
        sign_in admin@souk.example "$(cat "$SOUK_HOME/secrets/admin-password")"
    )"
done

# The platform must still be there, and whole.
curl --silent --fail --output /dev/null "$gateway/readyz"
for name in user wallet catalog order cashback notification analytics cms; do
    "$bin/souk" run "$name" verify >"$home/verify-$name.txt" 2>&1 ||
        { failed="$failed verify-$name"; cat "$home/verify-$name.txt"; }
done
[ -z "$failed" ] || { echo "Failed:$failed"; exit 1; }
echo 'Every document says what its service does.'
