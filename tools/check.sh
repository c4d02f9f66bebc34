#!/bin/sh
# The gates of `make check`: one line for each with the seconds it took, and all it found when it
# fails. Looks at every file that git knows or would add; a gate that finds no file to look at fails.
# SPDX-License-Identifier: MIT
set -u
cd "$(dirname "$0")/.." || exit 1

unset MAKEFLAGS MAKELEVEL MFLAGS # of the make that runs this, and whose job server is not ours
MAKE="make --no-print-directory"
PYTHON=${PYTHON:-/usr/bin/python3}
OUT=build/check
mkdir -p "$OUT" build/tidy build/cppcheck
failures=

# The files that match the patterns and are there.
files() {
    git ls-files -co --exclude-standard -- "$@" | sort -u | while read -r file; do
        [ ! -f "$file" ] || echo "$file"
    done
}

# Run a gate; $2 is the function, its arguments are the files.
gate() {
    name=$1 check=$2
    shift 2
    start=$(date +%s.%N)
    if [ $# -eq 0 ]; then
        echo "no file to look at" >"$OUT/$name"
        result=1
    else
        "$check" "$@" >"$OUT/$name" 2>&1
        result=$?
    fi
    took=$(echo "$start $(date +%s.%N)" | awk '{ printf "%.1f", $2 - $1 }')
    if [ $result -eq 0 ]; then
        printf '  ok   %-9s %6s s  %s files\n' "$name" "$took" $#
    else
        printf '  FAIL %-9s %6s s\n' "$name" "$took"
        sed 's/^/       /' "$OUT/$name"
        failures="$failures $name"
    fi
}

# Print what was found, and fail if there was anything.
none() {
    found=$(cat)
    [ -z "$found" ] || { echo "$1"; echo "$found"; return 1; }
}

format() {
    clang-format-14 --dry-run "$@" 2>&1 | sed -n 's/: warning: code should.*//p' |
        none "not formatted (make fmt):"
}

warnings() { $MAKE FLAVOUR=strict binaries tests fuzz-objects; }

# A core sees only its own header, through which come the structs, and those standard headers that
# hold no state; its object calls nothing but memory and string functions, reads only the generated
# tables, and has no data that can be written.
purity() {
    grep -nE '^#include' "$@" |
        grep -vE ':#include (<(stddef|stdint|stdbool|string|assert|limits)\.h>|"[a-z]+\.h")' |
        none "a core includes more than it may:" || return
    own=$(for source in "$@"; do nm -g --defined-only "build/strict/${source%.c}.o"; done | awk '{ print $3 }')
    for source in "$@"; do
        object=build/strict/${source%.c}.o
        [ -f "$object" ] || { echo "$object is missing"; return 1; }
        nm -u "$object" | awk '{ print $2 }' | grep -vxF "$own" |
            grep -vxE 'mem[a-z]+|str[a-z]*(cmp|len|chr)|__mem[a-z]+_chk|__stack_chk_fail|__assert_fail|_GLOBAL_OFFSET_TABLE_|[a-z_]+_names|event_schemas' |
            none "$object needs what a pure core must not:" || return
        size -A "$object" | awk '$1 ~ /^\.t?(data|bss)$/ && $2 > 0' |
            none "$object has writable data:" || return
    done
}

# Each library is included in one module only.
layering() {
    broken=
    layer 'amqp|rabbitmq-c/' 'common/bus' "$@"
    layer 'libpq-fe|postgres' '(common/db|tests/bench/limit_writer)' "$@"
    layer 'json-c/|json\.h>' 'common/(json|codec|envelope)' "$@"
    layer 'microhttpd' 'common/http' "$@"
    layer 'openssl/' 'common/' "$@"
    layer 'curl/' 'tools/brigadectl/management' "$@"
    [ -z "$broken" ]
}

layer() {
    headers=$1 module=$2
    shift 2
    grep -nE "^ *# *include *<($headers)" "$@" | grep -vE "^${module}[a-z_]*\.[ch]:" |
        none "only $module* may include <$headers>:" || broken=yes
}

lengths() { wc -l "$@" | awk '$1 > 400 && $2 != "total"' | none "more than 400 lines:"; }

texts() {
    unfinished='TO''DO|FIX''ME|XX''X'
    grep -nE "\b($unfinished)\b" "$@" | none "unfinished:" || return
    # shellcheck disable=SC2046 # a list of words
    grep -nP '\t' $(files '*.c' '*.h' '*.py') | none "tabs:" || return
    # shellcheck disable=SC2046 # a list of words
    grep -L 'SPDX-License-Identifier:' $(files '*.c' '*.h' '*.py' '*.sh') |
        none "no SPDX line:" || return
    grep -nP ' +$' "$@" | none "blanks at the end of a line:"
}

python() {
    PYTHONPYCACHEPREFIX=build/pycache "$PYTHON" -m py_compile "$@" || return
    awk 'length > 110 { print FILENAME ":" FNR ": " length " columns" }' "$@" | none "too long:"
}

shell() { shellcheck "$@"; }

cppcheck_() {
    cppcheck --quiet -j2 --std=c11 --enable=warning,performance,portability --inline-suppr \
        --suppress=missingIncludeSystem --error-exitcode=1 --cppcheck-build-dir=build/cppcheck \
        -D_GNU_SOURCE -Icommon -Ibuild/gen "$@"
}

# One file through clang-tidy, unless the same text has passed before.
tidy_one() {
    # shellcheck disable=SC2086 # a list of words
    hash=$( ($TIDY_COMPILE -E -P "$1" && cat .clang-tidy tests/.clang-tidy) 2>/dev/null | sha256sum | cut -c1-40)
    [ ! -e "build/tidy/$hash" ] || return 0
    # shellcheck disable=SC2086 # a list of words
    if found=$(clang-tidy-14 --quiet "$1" -- ${TIDY_COMPILE#* } 2>&1); then
        touch "build/tidy/$hash"
    else
        echo "$found" | grep -vE 'warnings? generated'
        return 1
    fi
}

tidy() { printf '%s\n' "$@" | xargs -P2 -n1 "$0" --tidy-one; }

# clang does not know some of gcc's warnings, which are gcc's own business here.
TIDY_COMPILE=${TIDY_COMPILE:-$($MAKE -s compile-command | sed -E 's/ -W[a-z0-9=-]+//g')}
export TIDY_COMPILE
if [ "${1-}" = --tidy-one ]; then
    tidy_one "$2"
    exit
fi

# shellcheck disable=SC2046 # lists of words throughout
{
    gate format format $(files '*.c' '*.h')
    gate texts texts $(files '*.c' '*.h' '*.py' '*.sh' '*.sql' '*.yml' '*.yaml' '*.md' Makefile .ci/run)
    gate lengths lengths $(files '*.c' '*.h' '*.py' '*.sh' '*.sql')
    gate layering layering $(files '*.c' '*.h')
    gate python python $(files '*.py')
    gate shell shell $(files '*.sh' .ci/run)
    gate warnings warnings $(files '*.c')
    gate purity purity $(files 'services/*/decide*.c')
    gate cppcheck cppcheck_ $(files '*.c')
    gate tidy tidy $(files '*.c')
}
[ -z "$failures" ] || { echo "check: failed:$failures" >&2; exit 1; }
