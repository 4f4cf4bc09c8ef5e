#!/bin/sh
# Installs the Debian packages that the benchmarks measure against and that are missing, without
# starting the servers that come with them. Quiet when nothing is to be done.
set -eu

packages="
    caddy
    haproxy
    kcat
    nginx-light
    postgresql
    wrk
"

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

missing=""
for package in $packages; do
    status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
    # Any of nginx's builds will do.
    [ "$package" = nginx-light ] && command -v nginx /usr/sbin/nginx >/dev/null && status=installed
    [ "$status" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

# Asked before a service is started (invoke-rc.d(8)): 101 forbids it.
policy=/usr/sbin/policy-rc.d
log=$(mktemp)
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    as_root chmod 755 "$policy"
    trap 'as_root rm -f "$policy"; rm -f "$log"' EXIT
else
    trap 'rm -f "$log"' EXIT
fi

echo "souk: installing$missing" >&2
apt() {
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get -qq -o DPkg::Lock::Timeout=120 -o Dpkg::Use-Pty=0 "$@" >"$log" 2>&1
}
# shellcheck disable=SC2086 # a list of words
apt install -y --no-install-recommends $missing || {
    apt update || true
    # shellcheck disable=SC2086 # a list of words
    apt install -y --no-install-recommends $missing || {
        tail -n 5 "$log" >&2
        echo "souk: apt-get could not install$missing" >&2
        exit 1
    }
}
