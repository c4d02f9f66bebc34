#!/bin/bash
# Make the images that docker-compose.yml starts from, for a machine that reaches no image registry.
#
# The base is a Debian by debootstrap, with this machine's package sources; on top of it come stand-ins for the images
# postgres and rabbitmq:management from Debian's packages. What is there already is kept; --fresh makes all anew.
# At the end it prints the settings that make docker-compose.yml use them. SPDX-License-Identifier: MIT
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

RELEASE=bookworm

# This machine's Debian sources, a line "URI RELEASE COMPONENT" each.
sources() {
    # shellcheck disable=SC2016 # apt's own variables, not the shell's
    apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Identifier: Packages' 'Origin: Debian' |
        grep " $RELEASE" | sort -u
}

# Let apt inside the image $1 (a directory) reach what apt reaches here: same sources, proxies, certificates.
configure_apt() {
    sources | sed 's/^/deb /' | as_root tee "$1/etc/apt/sources.list" >/dev/null
    apt-config dump Acquire | grep -E '^Acquire::(http|https|Check|ForceIP|Retries)' |
        as_root tee "$1/etc/apt/apt.conf.d/90builder" >/dev/null || true
    if [ -f /etc/ssl/certs/ca-certificates.crt ]; then
        as_root install -D -m 644 /etc/ssl/certs/ca-certificates.crt "$1/etc/ssl/certs/ca-certificates.crt"
    fi
}

make_base() {
    local mirror
    require_root "run debootstrap"
    mirror=$(sources | awk -v release="$RELEASE" '$2 == release { print $1; exit }')
    [ -n "$mirror" ] || fail "$EX_UNAVAILABLE" "needs Debian $RELEASE's package sources in /etc/apt"
    command -v debootstrap >/dev/null || install_packages debootstrap
    say "makes $LOCAL_BASE_IMAGE by debootstrap (half a minute)"
    directory=$(mktemp -d /var/tmp/brigade-base.XXXXXX)
    trap 'as_root rm -rf "$directory"' EXIT
    as_root debootstrap --variant=minbase "$RELEASE" "$directory" "$mirror" >"$ENGINE_DIR/debootstrap.log" 2>&1 ||
        fail "$EX_UNAVAILABLE" "debootstrap failed: see $ENGINE_DIR/debootstrap.log"
    configure_apt "$directory"
    as_root tar -C "$directory" --exclude ./var/cache/apt/archives/*.deb --exclude ./var/lib/apt/lists/* -c . |
        engine import - "$LOCAL_BASE_IMAGE" >/dev/null
}

# $1: the target in deploy/local/Dockerfile; $2: the image's name
make_stand_in() {
    say "makes $2 from Debian's packages"
    engine build --quiet --network host --build-arg "BASE_IMAGE=$LOCAL_BASE_IMAGE" --target "$1" --tag "$2" \
        "$ROOT/deploy/local" >"$ENGINE_DIR/$1.log" 2>&1 || fail "$EX_UNAVAILABLE" "$2 failed: see $ENGINE_DIR/$1.log"
}

fresh=no
[ "${1:-}" != --fresh ] || fresh=yes

# $1: an image; the rest: the command that makes it, if need be
ensure() {
    local image=$1
    shift
    if [ "$fresh" = no ] && have_image "$image"; then
        say "$image is there"
    else
        "$@"
    fi
}

mkdir -p "$ENGINE_DIR"
ensure "$LOCAL_BASE_IMAGE" make_base
ensure "$LOCAL_POSTGRES_IMAGE" make_stand_in postgres "$LOCAL_POSTGRES_IMAGE"
ensure "$LOCAL_RABBITMQ_IMAGE" make_stand_in rabbitmq "$LOCAL_RABBITMQ_IMAGE"
cat <<END
BRIGADE_BASE_IMAGE=$LOCAL_BASE_IMAGE
BRIGADE_POSTGRES_IMAGE=$LOCAL_POSTGRES_IMAGE
BRIGADE_RABBITMQ_IMAGE=$LOCAL_RABBITMQ_IMAGE
BRIGADE_BUILD_NETWORK=host
END
