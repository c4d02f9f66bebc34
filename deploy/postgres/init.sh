#!/bin/bash
# Run once by the postgres image, on an empty volume: one role and one schema for each service.
# A role sees its own schema and nothing else. SPDX-License-Identifier: MIT
set -eu

run_sql() {
    psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" "$@"
}

# $1: the service; $2: its role's password
add_service() {
    run_sql --set role="brigade_$1" --set password="$2" --set database="$POSTGRES_DB" <<'SQL'
CREATE ROLE :"role" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD :'password';
GRANT CONNECT ON DATABASE :"database" TO :"role";
CREATE SCHEMA :"role" AUTHORIZATION :"role";
SQL
}

run_sql --set database="$POSTGRES_DB" <<'SQL'
REVOKE ALL ON DATABASE :"database", postgres, template1 FROM PUBLIC;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
SQL
# brigadectl's role; what it may do in a schema, that schema's migrations say.
run_sql --set password="$BRIGADE_OPERATOR_PASSWORD" --set database="$POSTGRES_DB" <<'SQL'
CREATE ROLE brigade_operator LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD :'password';
GRANT CONNECT ON DATABASE :"database" TO brigade_operator;
SQL
add_service order "$BRIGADE_ORDER_PASSWORD"
add_service consumer "$BRIGADE_CONSUMER_PASSWORD"
add_service kitchen "$BRIGADE_KITCHEN_PASSWORD"
add_service accounting "$BRIGADE_ACCOUNTING_PASSWORD"
add_service notifier "$BRIGADE_NOTIFIER_PASSWORD"
