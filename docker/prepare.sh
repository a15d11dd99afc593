#!/usr/bin/env bash
# Prepares this machine for finishline: distribution packages, then a virtual environment.
#
#   docker/prepare.sh apt LIST...       install the packages of the lists that are missing
#   docker/prepare.sh venv DIR EXTRAS   make the environment DIR and install the project with EXTRAS
#
# Packages are installed only where the user may (root, or sudo without a password). Elsewhere the
# script says what is missing and goes on: PyAV reads files and cameras without GStreamer.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf 'finishline: %s\n' "$*"; }

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

may_install() {
    command -v apt-get >/dev/null && { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }
}

is_installed() {
    [ "$(dpkg-query -W -f='${Status}' "$1" 2>/dev/null)" = "install ok installed" ]
}

install_packages() {
    command -v dpkg-query >/dev/null || { say "no Debian packages here; going on with PyAV"; return 0; }
    local missing=() package
    while read -r package; do
        case "$package" in ''|'#'*) continue ;; esac
        is_installed "$package" || missing+=("$package")
    done < <(cat "$@")
    [ "${#missing[@]}" -gt 0 ] || return 0
    if ! may_install; then
        say "these packages are missing and this user may not install them: ${missing[*]}"
        say "going on without; to have them: sudo apt-get install ${missing[*]}"
        return 0
    fi
    say "installing ${missing[*]}"
    export DEBIAN_FRONTEND=noninteractive
    as_root apt-get update -qq
    as_root apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null ||
        say "the packages could not be installed; going on with what is here"
}

supported_python() {
    "$1" -c 'import sys, ensurepip; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null
}

find_python() {
    local candidate
    # The distribution's own Python first: GStreamer's bindings are built for it.
    for candidate in "${PYTHON:-}" /usr/bin/python3 python3.13 python3.12 python3.11 python3; do
        [ -n "$candidate" ] && command -v "$candidate" >/dev/null &&
            supported_python "$candidate" && { echo "$candidate"; return 0; }
    done
    say "no Python 3.11, 3.12 or 3.13 with venv was found; install one (apt-get install python3 python3-venv) or name it: make install PYTHON=/path/to/python3" >&2
    return 1
}

link_gi() {
    # GStreamer's bindings come from the distribution only. A link makes them importable in the
    # environment without opening it to every other system package.
    local venv=$1 tag site gi=/usr/lib/python3/dist-packages/gi
    tag=$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_config_var("SOABI"))')
    site=$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
    if compgen -G "$gi/_gi.$tag*.so" >/dev/null; then
        [ -e "$site/gi" ] || ln -s "$gi" "$site/gi"
    fi
    "$venv/bin/python" -c 'import gi; gi.require_version("GstApp", "1.0")' 2>/dev/null ||
        say "GStreamer is not usable from this Python; going on with PyAV"
}

make_venv() {
    local venv=$1 extras=$2 python stamp
    stamp="$venv/.installed-${extras:-core}-$(sha256sum pyproject.toml | cut -c1-16)"
    [ ! -e "$stamp" ] || return 0
    if [ ! -x "$venv/bin/python" ]; then
        python=$(find_python)
        say "making $venv with $("$python" --version)"
        "$python" -m venv "$venv"
    fi
    say "installing finishline${extras:+ with $extras} (a few minutes the first time)"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -e ".${extras:+[$extras]}"
    link_gi "$venv"
    touch "$stamp"
}

case "${1:-}" in
    apt) shift; install_packages "$@" ;;
    venv) make_venv "$2" "${3:-}" ;;
    *) sed -n '2,9p' "$0"; exit 2 ;;
esac
