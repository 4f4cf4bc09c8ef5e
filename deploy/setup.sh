#!/bin/sh
# Makes sure that everything Souk needs to be built and run is on this machine, and installs the
# Debian packages that are missing. Says one sentence and fails when it cannot. Quiet when nothing is
# to be done.
set -eu

# The oldest toolchain that builds Souk.
swift_minimum=6.2
# Building leaves about 2 GB under .build, and the data needs room to grow.
disk_minimum_mb=3000

packages="
    ca-certificates
    john-data
    libargon2-dev
    libcmark-gfm-dev
    libcmark-gfm-extensions-dev
    libcurl4-openssl-dev
    libevent-dev
    libhttp-parser-dev
    libmagic-dev
    libpq-dev
    librdkafka-dev
    libssl-dev
    make
    pkg-config
    postgresql
"

fail() {
    echo "souk: $*" >&2
    exit 1
}

check_swift() {
    command -v swift >/dev/null ||
        fail "the Swift toolchain is missing: install $swift_minimum or newer from https://www.swift.org/install."
    found=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)
    oldest=$(printf '%s\n%s\n' "$swift_minimum" "${found:-0}" | sort -V | head -n 1)
    [ "$oldest" = "$swift_minimum" ] ||
        fail "Swift ${found:-of an unknown version} is too old: install $swift_minimum or newer from https://www.swift.org/install."
}

check_disk() {
    free=$(df -Pm . | awk 'NR == 2 { print $4 }')
    [ "$free" -ge "$disk_minimum_mb" ] ||
        fail "only $free MB are free on this disk; Souk needs $disk_minimum_mb MB to be built and run."
}

missing_packages() {
    for package in $packages; do
        status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
        [ "$status" = installed ] || printf '%s ' "$package"
    done
}

# Runs a command as root.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

apt() {
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get -qq -o DPkg::Lock::Timeout=120 -o Dpkg::Use-Pty=0 "$@" >"$log" 2>&1
}

install() {
    log=$(mktemp)
    # Debian starts a server of its own with its PostgreSQL; Souk makes a private one, so a machine
    # that has none stays without.
    own_server=/etc/postgresql-common/createcluster.d/souk.conf
    as_root mkdir -p "$(dirname "$own_server")"
    echo 'create_main_cluster = false' | as_root tee "$own_server" >/dev/null
    trap 'rm -f "$log"; as_root rm -f "$own_server"' EXIT

    echo "souk: installing $*" >&2
    # The lists of a fresh machine are empty or old.
    if ! apt install -y --no-install-recommends "$@"; then
        apt update || true
        apt install -y --no-install-recommends "$@" || {
            tail -n 5 "$log" >&2
            fail "apt-get could not install: $*. Its last words are above."
        }
    fi
}

check_swift
check_disk
# shellcheck disable=SC2086 # a list of words, printed on one line
command -v dpkg-query >/dev/null ||
    fail "this machine is not Debian or a relative of it: install what corresponds to" $packages "and run swift build."

missing=$(missing_packages)
if [ -n "$missing" ]; then
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null ||
            fail "some packages are missing and there is no sudo: as root, run apt-get install $missing"
        if [ ! -t 0 ] && ! sudo -n true 2>/dev/null; then
            fail "some packages are missing and sudo asks for a password: run sudo apt-get install $missing"
        fi
    fi
    # shellcheck disable=SC2086 # a list of words
    install $missing
fi
