#!/bin/bash
# What the scripts beside it share. Sourced, not run. SPDX-License-Identifier: MIT
# shellcheck disable=SC2034 # the names are for the scripts that source this
set -euo pipefail

PATH="$PATH:/usr/sbin:/sbin" # dockerd and debootstrap are there
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
ENGINE_DIR="$ROOT/.run/engine" # the engine that engine.sh started: its log and its pid
ENGINE_PID_FILE="$ENGINE_DIR/dockerd.pid"

# The images that local-images.sh makes.
LOCAL_BASE_IMAGE=brigade/local-debian:bookworm
LOCAL_POSTGRES_IMAGE=brigade/local-postgres:15
LOCAL_RABBITMQ_IMAGE=brigade/local-rabbitmq:3.10

COMPOSE_LIMIT_S=900
EX_UNAVAILABLE=69 # sysexits.h: something that this needs cannot be had

say() {
    echo "deploy: $*"
}

# $1: the exit status; the rest: why
fail() {
    local status=$1
    shift
    echo "deploy: $*" >&2
    exit "$status"
}

# $1: what for
require_root() {
    [ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null ||
        fail "$EX_UNAVAILABLE" "needs root to $1, and there is no sudo"
}

# Run a command as root, by sudo where the user is not root.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

# May this user talk to the engine? Else docker is run by sudo.
engine_is_ours() {
    [ -n "${DOCKER_HOST:-}" ] || [ ! -e /var/run/docker.sock ] || [ -w /var/run/docker.sock ]
}

# Run docker or docker-compose: $1 is the program. The legacy builder where the newer one is not installed.
engine_run() {
    local -a settings=()
    if ! docker buildx version >/dev/null 2>&1; then
        settings=(DOCKER_BUILDKIT=0 COMPOSE_DOCKER_CLI_BUILD=0)
    fi
    if engine_is_ours; then
        env "${settings[@]}" "$@"
    else
        as_root env "${settings[@]}" "$@"
    fi
}

engine() {
    engine_run docker "$@"
}

engine_answers() {
    command -v docker >/dev/null && engine version --format '{{.Server.Version}}' >/dev/null 2>&1
}

# Does the engine run that engine.sh started?
engine_started_here() {
    local pid
    pid=$(cat "$ENGINE_PID_FILE" 2>/dev/null) || return 1
    [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = dockerd ]
}

have_compose() {
    engine compose version >/dev/null 2>&1 || command -v docker-compose >/dev/null
}

# Compose v2 if it is there, else docker-compose 1.29; for at most COMPOSE_LIMIT_S.
compose() {
    local -a program=(docker-compose)
    ! engine compose version >/dev/null 2>&1 || program=(docker compose)
    engine_run timeout "$COMPOSE_LIMIT_S" "${program[@]}" "$@"
}

have_image() {
    engine image inspect "$1" >/dev/null 2>&1
}

# Install Debian packages that are missing; $@: their names. Says so before it does.
install_packages() {
    command -v apt-get >/dev/null || fail "$EX_UNAVAILABLE" "needs the Debian packages $*, and there is no apt-get"
    say "installs with apt-get: $*"
    as_root apt-get update -qq || fail "$EX_UNAVAILABLE" "apt-get update failed"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" \
        >"$ENGINE_DIR/apt.log" 2>&1 || fail "$EX_UNAVAILABLE" "apt-get install failed: see $ENGINE_DIR/apt.log"
}
