# Sourced by the other scripts: an environment of the project's own, made once and brought up to date when needed.

fail() {
    echo "$(basename "$0"): $1" >&2
    exit 2
}

# make_environment FOLDER REQUIREMENT STAMP [OPTION...]
#
# Installs REQUIREMENT under the constraints, unless that has been done for the same STAMP before.
make_environment() {
    local folder=$1 requirement=$2 stamp=$3 python=${PYTHON:-python3}
    shift 3
    if [[ ! -x $folder/bin/python ]]; then
        command -v "$python" >/dev/null || fail "$python is not installed; Python 3.11 or later is needed"
        "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
            fail "Python 3.11 or later is needed, and $python is $("$python" -V 2>&1); name another one: PYTHON=python3.12"
        "$python" -c 'import venv, ensurepip' 2>/dev/null ||
            fail "$python cannot make environments: ensurepip is missing; on Debian and Ubuntu: apt install python3-venv"
        rm -rf "$folder"
        "$python" -m venv "$folder"
    fi
    if [[ "$(cat "$folder/stamp" 2>/dev/null)" != "$stamp" ]]; then
        rm -f "$folder/stamp"
        "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --no-input \
            --constraint constraints.txt "$@" "$requirement"
        echo "$stamp" >"$folder/stamp"
    fi
}

# stamp_of FILE...
#
# Changes with the content of the files.
stamp_of() {
    cat "$@" | "${PYTHON:-python3}" -c 'import hashlib, sys; print(hashlib.sha256(sys.stdin.buffer.read()).hexdigest())'
}
