#!/bin/sh
# Install the Debian packages of the groups that are its arguments (build run test check fuzz
# bench), as far as they are missing. Says what it does before it does it, and starts no server: the
# suite runs private instances of PostgreSQL and RabbitMQ, and a machine's own must not appear
# beside them.
# Plain sh and Debian's essential tools only: this runs before anything is installed.
# SPDX-License-Identifier: MIT
set -eu

packages_of() {
    case $1 in
    build) echo "gcc libc6-dev make pkg-config librabbitmq-dev libmicrohttpd-dev libpq-dev" \
                "libjson-c-dev libssl-dev libcurl4-openssl-dev python3 python3-yaml" ;;
    run)   echo "python3 python3-pika postgresql rabbitmq-server" ;;
    test)  echo "libcmocka-dev python3-pytest python3-pytest-xdist python3-pika python3-psycopg2 python3-requests" \
                "python3-jsonschema python3-yaml patch" ;;
    check) echo "git python3 clang-format-14 clang-tidy-14 cppcheck shellcheck" ;;
    fuzz)  echo "clang-14 libclang-rt-14-dev llvm-14 python3" ;;
    bench) echo "python3-matplotlib" ;;
    *)     echo "usage: tools/deps.sh GROUP... (build run test check fuzz bench)" >&2; exit 2 ;;
    esac
}

# The arguments that are not installed.
missing() {
    installed=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' "$@" 2>/dev/null |
        sed -n 's/^installed //p' | tr '\n' ' ')
    for package in "$@"; do
        case " $installed" in
        *" $package "*) ;;
        *) printf '%s ' "$package" ;;
        esac
    done
}

policy=/usr/sbin/policy-rc.d
cluster_settings=/etc/postgresql-common/createcluster.d/brigade.conf

# While packages are configured, invoke-rc.d is told (by this file's exit status, 101) to start
# nothing, and postgresql-common to make no cluster. The file that may be there is put aside; and
# should this script be killed before it can put it back, then ours defers to it.
forbid_servers() {
    trap permit_servers EXIT
    trap 'exit 1' HUP INT TERM
    [ ! -e $policy ] || [ -e $policy.brigade ] || mv $policy $policy.brigade
    cat >$policy <<END
#!/bin/sh
if kill -0 $$ 2>/dev/null; then exit 101; fi
if [ -x $policy.brigade ]; then exec $policy.brigade "\$@"; fi
exit 0
END
    chmod 755 $policy
    mkdir -p "${cluster_settings%/*}"
    echo 'create_main_cluster = false' >$cluster_settings
}

permit_servers() {
    rm -f $policy $cluster_settings
    [ ! -e $policy.brigade ] || mv $policy.brigade $policy
}

# A server that came with an installation of ours must not start at the next boot either.
disable_server() {
    if [ -d /run/systemd/system ]; then
        systemctl --quiet disable "$1" || true
    fi
}

install_packages() {
    exec 9>/run/brigade-deps.lock
    flock 9
    # shellcheck disable=SC2046 # a list of words
    set -- $(missing "$@")
    [ $# -gt 0 ] || return 0
    export DEBIAN_FRONTEND=noninteractive
    apt="apt-get -y -q -o DPkg::Lock::Timeout=300"
    forbid_servers
    install="$apt install --no-install-recommends"
    # Package lists may be absent, or so old that their versions are gone from the archive.
    $install --simulate "$@" >/dev/null 2>&1 || $apt update
    $install "$@" </dev/null || { $apt update && $install "$@" </dev/null; }
    case " $* " in *" rabbitmq-server "*) disable_server rabbitmq-server ;; esac
}

if [ "${1-}" = --install ]; then
    shift
    install_packages "$@"
    exit
fi

wanted=$(for group in "$@"; do packages_of "$group" || exit; done)
wanted=$(echo "$wanted" | tr ' ' '\n' | sort -u)
if ! command -v dpkg-query >/dev/null; then
    # Not Debian: trust whoever set this machine up, but say what should be there.
    command -v pkg-config >/dev/null && pkg-config --exists librabbitmq libmicrohttpd libpq && exit 0
    echo "deps: this is not a Debian system. Install what Debian 12 calls:" >&2
    echo "$wanted" | fmt >&2
    exit 1
fi
# shellcheck disable=SC2086 # a list of words
lacking=$(missing $wanted)
[ -n "$lacking" ] || exit 0

command="apt-get install --no-install-recommends $lacking"
echo "deps: these Debian packages are missing, and are installed now with apt-get: $lacking"
if [ "$(id -u)" -eq 0 ]; then
    as_root=
elif command -v sudo >/dev/null; then
    as_root=sudo
    echo "deps: sudo may ask for your password"
else
    echo "deps: this needs root, and there is no sudo. Run as root: $command" >&2
    exit 1
fi
# shellcheck disable=SC2086 # a list of words
$as_root "$0" --install $lacking
