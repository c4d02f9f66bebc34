#!/bin/bash
# Start RabbitMQ with the users of definitions.json, their passwords taken from the environment.
# It writes to /tmp, which is in memory. SPDX-License-Identifier: MIT
set -eu

definitions=$(cat /etc/brigade/definitions.json)

for name in BRIGADE_ADMIN_PASSWORD BRIGADE_ORDER_PASSWORD BRIGADE_CONSUMER_PASSWORD \
    BRIGADE_KITCHEN_PASSWORD BRIGADE_ACCOUNTING_PASSWORD BRIGADE_NOTIFIER_PASSWORD \
    BRIGADE_OPERATOR_PASSWORD; do
    password=${!name}
    if [[ ! $password =~ ^[A-Za-z0-9._~-]+$ ]]; then
        echo "$name: only letters, digits and . _ ~ - (it stands in URLs and in JSON)" >&2
        exit 2
    fi
    definitions=${definitions//"{$name}"/$password}
done

umask 077
printf '%s\n' "$definitions" >/tmp/definitions.json
exec docker-entrypoint.sh rabbitmq-server
