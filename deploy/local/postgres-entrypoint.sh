#!/bin/bash
# The stand-in image's entry point: on an empty volume make the database, its owner, and what
# /docker-entrypoint-initdb.d says; then run the server. SPDX-License-Identifier: MIT
set -eu

make_cluster() {
    initdb --username "$POSTGRES_USER" --pwfile <(printf '%s' "$POSTGRES_PASSWORD") \
        --encoding UTF8 --auth-local trust --auth-host scram-sha-256
    echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
}

# The server answers on its socket only until the scripts are done, so that nobody takes it for ready.
run_scripts() {
    local script
    pg_ctl --wait --options "-c listen_addresses=''" start
    createdb --username "$POSTGRES_USER" "$POSTGRES_DB"
    for script in /docker-entrypoint-initdb.d/*.sh; do
        bash "$script"
    done
    pg_ctl --wait --mode fast stop
}

if [ "$1" = postgres ] && [ ! -s "$PGDATA/PG_VERSION" ]; then
    make_cluster
    run_scripts
fi
[ "$1" != postgres ] || set -- "$@" -c listen_addresses='*'
exec "$@"
