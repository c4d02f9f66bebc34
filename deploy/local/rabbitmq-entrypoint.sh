#!/bin/sh
# The stand-in image's entry point: run what is asked for. SPDX-License-Identifier: MIT
exec "$@"
