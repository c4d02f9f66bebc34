#!/bin/bash
# Is the service in this container ready? Its exit status is the image's health check.
# Speaks HTTP by hand, so that the image needs no curl. SPDX-License-Identifier: MIT
set -eu

exec 3<>"/dev/tcp/127.0.0.1/${BRIGADE_HTTP_PORT:?}"
printf 'GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3
read -r -t 2 _ status _ <&3
[ "$status" = 200 ]
