#!/bin/bash
# Test the suite in containers: build the images, start them all, run the demo against them, and check what
# docker-compose.yml promises: health, rights, restart, graceful stop. It uses a project name and ports of its own and
# removes all of it at the end, but for the images. Where no engine runs it starts one for the time of the test.
#
# Exit status: 0 all is well, 1 a check failed, 69 no engine can be had.
# BRIGADE_IMAGES=local|registry says where the images to start from come from; else it finds out.
# SPDX-License-Identifier: MIT
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

PROJECT=brigade-test-$$
WORK="$ROOT/build/test-compose"
SETTINGS="$WORK/settings.env"
SERVICES=(order consumer kitchen accounting notifier)
READY_TRIES=90 # seconds that the services get to be ready
PULL_LIMIT_S=300
DEMO_LIMIT_S=180

engine_started=no

# The suite under test takes nothing from the caller's settings but the images.
forget_settings() {
    local name
    for name in "${!BRIGADE_@}"; do
        case "$name" in
        BRIGADE_IMAGES | BRIGADE_*_IMAGE) ;;
        *) unset "$name" ;;
        esac
    done
}

suite() {
    compose --project-name "$PROJECT" --env-file "$SETTINGS" \
        --file "$ROOT/docker-compose.yml" "$@"
}

# The id of the container of service $1, running or not.
container() {
    engine ps --all --quiet --filter "label=com.docker.compose.project=$PROJECT" \
        --filter "label=com.docker.compose.service=$1"
}

# The value of a setting, as written to the settings file. $1: its name
setting() {
    sed -n "s/^$1=//p" "$SETTINGS"
}

# Free ports, one a line. $1: how many
free_ports() {
    /usr/bin/python3 - "$1" <<'PY'
import socket, sys
held = [socket.create_server(("127.0.0.1", 0)) for _ in range(int(sys.argv[1]))]
print("\n".join(str(one.getsockname()[1]) for one in held))
PY
}

start_engine() {
    engine_answers || engine_started=yes
    "$ROOT/deploy/engine.sh" start
}

# A machine with an engine of its own is taken to reach a registry; if not, or else, the images are made here.
registry_has_images() {
    local image
    for image in debian:bookworm-slim postgres:17 rabbitmq:4-management; do
        have_image "$image" || engine_run timeout "$PULL_LIMIT_S" docker pull --quiet "$image" || return 1
    done
}

choose_images() {
    local where=${BRIGADE_IMAGES:-}
    if [ -z "$where" ]; then
        where=local
        engine_started_here || ! registry_has_images >/dev/null 2>&1 || where=registry
    fi
    say "images to start from: $where"
    [ "$where" = registry ] ||
        "$ROOT/deploy/local-images.sh" | tee "$WORK/local-images.log" | grep -v '^BRIGADE_' ||
        fail "$EX_UNAVAILABLE" "no images to start from: see $WORK/local-images.log"
    grep '^BRIGADE_' "$WORK/local-images.log" >"$SETTINGS" 2>/dev/null || true
}

choose_ports() {
    local name
    local -a ports
    mapfile -t ports < <(free_ports 7)
    for name in ORDER CONSUMER KITCHEN ACCOUNTING NOTIFIER AMQP CONSOLE; do
        echo "BRIGADE_${name}_PORT=${ports[0]}"
        ports=("${ports[@]:1}")
    done >>"$SETTINGS"
    echo BRIGADE_TAG=test >>"$SETTINGS"
}

# $1: a service. Asks from outside, through the published port, for more than "ready": a service is that without the
# broker, too, but here all connections should be there.
is_connected() {
    local answer
    # shellcheck disable=SC2016 # the inner shell expands it
    answer=$(timeout 3 bash -c '
        exec 3<>"/dev/tcp/127.0.0.1/$1"
        printf "GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n" >&3
        cat <&3' ask "$(setting "BRIGADE_${1^^}_PORT")" 2>/dev/null) || return 1
    [[ $answer == *" 200 "* && $answer == *'"subscriber":"ok"'* && $answer == *'"relay":"ok"'* ]]
}

await_ready() {
    local service try=0
    for service in "${SERVICES[@]}"; do
        until is_connected "$service"; do
            if ((++try >= READY_TRIES)); then
                say "$service is not ready after $READY_TRIES s:"
                engine logs --tail 5 "$(container "$service")"
                return 1
            fi
            sleep 1
        done
    done
}

start_suite() {
    say "builds the images and starts the suite as $PROJECT"
    suite build >"$WORK/build.log" 2>&1 || { tail -n 20 "$WORK/build.log"; return 1; }
    suite up -d >"$WORK/up.log" 2>&1 || { tail -n 20 "$WORK/up.log"; return 1; }
    await_ready
}

check_unprivileged() {
    local service
    for service in "${SERVICES[@]}" postgres rabbitmq; do
        # shellcheck disable=SC2016 # the container's shell expands it
        engine exec "$(container "$service")" bash -c '
            [ "$(id -u)" -ne 0 ] && grep -q "^CapEff:.0*$" /proc/self/status &&
            grep -q "^NoNewPrivs:.1" /proc/self/status' || { say "$service: has privileges"; return 1; }
    done
    for service in "${SERVICES[@]}"; do
        ! engine exec "$(container "$service")" bash -c 'echo >/usr/local/bin/x' 2>/dev/null ||
            { say "$service: can write to its image"; return 1; }
    done
}

check_broker_rights() {
    local service
    local -a urls=()
    for service in "${SERVICES[@]}"; do
        urls+=("amqp://brigade_$service:$service@127.0.0.1:$(setting BRIGADE_AMQP_PORT)/%2F")
    done
    /usr/bin/python3 "$ROOT/deploy/check_rights.py" "${urls[@]}"
}

# $1: a service's role; $2: a database. Runs the SQL of the standard input, with its errors on the standard output.
sql_as() {
    engine exec --interactive "$(container postgres)" psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 \
        "postgresql://brigade_$1:$1@127.0.0.1/$2" 2>&1
}

check_database_rights() {
    local service database
    for service in "${SERVICES[@]}"; do
        sql_as "$service" brigade <"$ROOT/deploy/check_rights.sql" || return 1
        for database in postgres template1; do
            ! sql_as "$service" "$database" <<<'SELECT 1' >/dev/null ||
                { say "$service connects to the database $database"; return 1; }
        done
    done
}

# A service that dies is started again by the engine, and the suite goes on.
check_restart() {
    local id try
    id=$(container kitchen)
    engine exec "$id" bash -c 'kill -KILL -1' >/dev/null 2>&1 || true
    for ((try = 0; try < READY_TRIES; try++)); do
        [ "$(engine inspect --format '{{.RestartCount}}' "$id")" = 0 ] || break
        sleep 1
    done
    [ "$(engine inspect --format '{{.RestartCount}}' "$id")" = 1 ] || { say "kitchen was not restarted"; return 1; }
    await_ready
}

# With the broker and the database away, the services wait; then they go on with what was there.
check_server_restart() {
    suite restart postgres rabbitmq >"$WORK/restart.log" 2>&1 || { tail -n 20 "$WORK/restart.log"; return 1; }
    await_ready
}

# The services' URLs as JSON, as tools/demo.py takes them.
service_urls() {
    local service separator='{'
    for service in "${SERVICES[@]}"; do
        printf '%s"%s":"http://127.0.0.1:%s"' "$separator" "$service" "$(setting "BRIGADE_${service^^}_PORT")"
        separator=,
    done
    echo '}'
}

check_demo() {
    PYTHONPATH="$ROOT/tools" timeout "$DEMO_LIMIT_S" /usr/bin/python3 -B -c '
import json, sys
from demo import demonstrate
demonstrate(json.loads(sys.argv[1]), sys.argv[2])
' "$(service_urls)" "amqp://brigade:brigade@127.0.0.1:$(setting BRIGADE_AMQP_PORT)/%2F"
}

check_stop() {
    local service status
    suite stop >"$WORK/stop.log" 2>&1 || { tail -n 20 "$WORK/stop.log"; return 1; }
    for service in "${SERVICES[@]}" postgres rabbitmq; do
        status=$(engine inspect --format '{{.State.ExitCode}}' "$(container "$service")")
        [ "$status" = 0 ] || { say "$service ended with status $status"; return 1; }
    done
}

passed=0
failed=0

# $1: what; the rest: the command that checks it
check() {
    local what=$1
    shift
    if "$@"; then
        passed=$((passed + 1))
        echo "ok    $what ($SECONDS s)"
    else
        failed=$((failed + 1))
        echo "FAIL  $what ($SECONDS s)"
    fi
}

clean_up() {
    local status=$?
    trap - EXIT
    if [ -f "$SETTINGS" ] && engine_answers; then
        suite logs --no-color >"$WORK/suite.log" 2>&1 || true
        suite down --volumes --remove-orphans --timeout 10 >"$WORK/down.log" 2>&1 ||
            say "could not remove all of $PROJECT: see $WORK/down.log"
    fi
    [ "$engine_started" = no ] || "$ROOT/deploy/engine.sh" stop
    [ "$status" -eq 0 ] || [ ! -s "$WORK/suite.log" ] || say "the services' logs: $WORK/suite.log"
    exit "$status"
}

run_checks() {
    check "no container has privileges, no service can write to its image" check_unprivileged
    check "a service's broker user can do its own work only" check_broker_rights
    check "a service's database role can do its own work only" check_database_rights
    check "a service that dies is restarted" check_restart
    check "the suite survives a restart of broker and database" check_server_restart
    check "the demo's orders end as they should" check_demo
    check "every container stops with status 0" check_stop
}

main() {
    forget_settings
    mkdir -p "$WORK"
    rm -f "$WORK"/*.log "$SETTINGS"
    "$ROOT/tools/deps.sh" test || fail "$EX_UNAVAILABLE" "the checks' packages cannot be had"
    start_engine
    trap clean_up EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    choose_images
    choose_ports
    check "images are built, and every service is ready" start_suite
    [ "$failed" -gt 0 ] || run_checks
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ]
}

main
