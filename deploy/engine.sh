#!/bin/bash
# A Docker engine: the one that runs, or else Debian's docker.io, started by hand.
#
#   deploy/engine.sh start    be sure that an engine answers; exit status 69 when none can be had
#   deploy/engine.sh stop     stop the engine that `start` started, and no other
#   deploy/engine.sh status   say which engine answers
#
# SPDX-License-Identifier: MIT
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

LOG_FILE="$ENGINE_DIR/dockerd.log"
START_TRIES=30 # seconds that an engine gets to answer
STOP_TRIES=60

install_missing() {
    if ! command -v dockerd >/dev/null || ! have_compose; then
        install_packages docker.io docker-compose debootstrap
    fi
}

# Wait until the engine answers; false when its process has ended or the time is over.
await_engine() {
    local try
    for ((try = 0; try < START_TRIES; try++)); do
        sleep 1
        ! engine_answers || return 0
        engine_started_here || return 1
    done
    return 1
}

# $@: options for dockerd. In a session of its own: a Ctrl-C for the caller leaves it alive to clean up with.
launch() {
    say "starts dockerd $*"
    # shellcheck disable=SC2016 # the inner shell expands it
    as_root sh -c 'log=$1; shift; exec setsid dockerd "$@" >"$log" 2>&1 </dev/null' \
        launch "$LOG_FILE" --pidfile "$ENGINE_PID_FILE" "$@" &
    disown
    sleep 1
    await_engine || { stop_launched; return 1; }
}

stop_launched() {
    local try
    engine_started_here || return 0
    as_root kill -TERM "$(cat "$ENGINE_PID_FILE")"
    for ((try = 0; try < STOP_TRIES; try++)); do
        engine_started_here || return 0
        sleep 0.5
    done
    say "dockerd does not end: see $LOG_FILE"
    return 1
}

# Not every machine lets us write its firewall's rules or mount overlays: then with less.
launch_somehow() {
    launch && return
    launch --iptables=false --ip6tables=false && return
    launch --iptables=false --ip6tables=false --storage-driver=vfs && return
    fail "$EX_UNAVAILABLE" "no Docker engine: dockerd does not start here: $(tail -n 1 "$LOG_FILE") (see $LOG_FILE)"
}

describe() {
    engine version --format 'engine {{.Server.Version}}'
}

start() {
    if engine_answers && have_compose; then
        say "uses the running $(describe)"
        return
    fi
    [ -z "${DOCKER_HOST:-}" ] || fail "$EX_UNAVAILABLE" "no Docker engine: DOCKER_HOST is set, and it does not answer"
    require_root "start a Docker engine"
    mkdir -p "$ENGINE_DIR"
    install_missing
    engine_answers || launch_somehow # the package's own service may have started it
    say "$(describe) answers"
}

stop() {
    if ! engine_started_here; then
        say "no engine of ours runs"
        return
    fi
    stop_launched
    say "stopped the engine"
}

status() {
    if ! engine_answers; then
        say "no engine answers"
        return 1
    fi
    if engine_started_here; then
        say "$(describe), started by deploy/engine.sh"
    else
        say "$(describe), not ours"
    fi
}

case "${1:-start}" in
start) start ;;
stop) stop ;;
status) status ;;
*) fail 2 "usage: $0 [start|stop|status]" ;;
esac
