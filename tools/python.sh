# Runs a Python program with the first Python of this machine that is new enough.
#
#     [PYTHON=the-one-to-use] sh tools/python.sh PROGRAM [ARGUMENT ...]
#
# Plain sh, since there may be no Python at all.

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

seen=""
try() {
    python=$1
    shift
    if new_enough "$python"; then exec "$python" "$@"; fi
    version=$("$python" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2>/dev/null) &&
        seen="$seen $python is Python $version."
}

if [ -n "$PYTHON" ]; then
    try "$PYTHON" "$@"
    [ -n "$seen" ] || seen=" $PYTHON does not start."
else
    for name in python3 python3.14 python3.13 python3.12 python3.11 python; do try "$name" "$@"; done
    [ -n "$seen" ] || seen=" No Python was found here."
fi

echo >&2
echo "This project needs Python 3.11 or newer.$seen" >&2
echo "Install a newer one (python.org, your system's packages, or conda), then run this again." >&2
echo "If you have one under another name: make lab PYTHON=/path/to/python3.12" >&2
exit 1
