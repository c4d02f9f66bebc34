#!/bin/sh
# Run the unit test programs that are its arguments, one line for each; the whole output of those
# that fail. SPDX-License-Identifier: MIT
set -u

[ $# -gt 0 ] || { echo "unit: there are no unit tests" >&2; exit 1; }

failed=0
for program in "$@"; do
    if "$program" >"$program.log" 2>&1; then
        count=$(sed -n 's/^\[  PASSED  \] \([0-9]*\) test.*/\1/p' "$program.log")
        printf '  ok   %-28s %s tests\n' "${program##*/}" "${count:-?}"
    else
        failed=$((failed + 1))
        printf '  FAIL %s\n' "${program##*/}"
        sed 's/^/       /' "$program.log"
    fi
done
[ "$failed" -eq 0 ] || { echo "unit: $failed of $# programs failed" >&2; exit 1; }
