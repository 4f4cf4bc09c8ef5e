#!/usr/bin/env bash
# Lets schemathesis, which knows nothing of Souk, loose on every OpenAPI document of a platform of
# its own: through the gateway and past it, without a token, as a customer and as an administrator.
# Fails when anything answers 5xx, or something that its document does not say.
#
#   make conformance                  all documents
#   make conformance ARGS=gateway     one of them
#   EXAMPLES=100 SEED=7 make conformance
set -euo pipefail

. "$(dirname "${BASH_SOURCE[0]}")/platform.sh"
examples=${EXAMPLES:-20}
seed=${SEED:-1}
names=${*:-gateway user wallet catalog order cashback notification analytics cms}
install_tool st schemathesis==4.32.5

# Everybody comes from one address here, and means harm.
export SOUK_RATE_LIMIT=1000000 \
    SOUK_RATE_LIMIT_SIGN_IN=1000000 SOUK_RATE_LIMIT_CALLBACKS=1000000 \
    SOUK_ADDRESS_ATTEMPTS=1000000 SOUK_ACCOUNT_ATTEMPTS=1000 SOUK_CREDENTIAL_STEP=0s
start_platform

customer=somebody@example.com
password='seventeen blue chairs on a hill'
register "$customer" "$password" "$bin/souk" mail --json "$customer"

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
    # What it remembers of a run stays with the run.
    (cd "$home" && "$tools/bin/st" --no-color --config-file "$root/Tests/EndToEnd/schemathesis.toml" \
        run "$url/openapi.json" --url "$url" --seed "$seed" \
        --max-examples "$examples" --continue-on-failure --warnings off \
        --suppress-health-check all --request-timeout 20 \
        --checks "$checks" \
        --exclude-operation-id logoutEverywhere --exclude-operation-id eraseMe \
        --report-junit-path "$home/$name-$who.xml" "$@") >"$home/$name-$who.txt" 2>&1 ||
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
