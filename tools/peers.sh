#!/usr/bin/env bash
# make peers: what the benchmarks compare Gradus with, in a virtual environment of its own.
#
#     tools/peers.sh DIRECTORY
#
# Nothing is done, and nothing said, when all of bench/peers/requirements.txt is there.
set -euo pipefail
cd "$(dirname "$0")/.."
directory=$1
wanted=bench/peers/requirements.txt
if cmp -s "$wanted" "$directory/requirements.txt"; then exit 0; fi

# The wheels are made for Python from 3.11 on; the system's own comes first where several are new enough.
find_python() {
    local python
    for python in /usr/bin/python3 python3 python3.{14,13,12,11}; do
        if "$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$python"
            return
        fi
    done
    echo "There is no Python 3.11 or later with venv (Debian: apt-get install python3-venv)." >&2
    exit 1
}

python=$(find_python)
echo "Installing PyTorch, ONNX Runtime, OpenVINO, scikit-learn and pandas in $directory, with $("$python" -V)."
echo "That is 2.6 GB to download and 4.7 GB on the disk, most of it CUDA libraries that PyTorch wants to see and that"
echo "are not used here. To be rid of it: rm -r $directory"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
rm -rf "$directory"
if ! { "$python" -m venv "$directory" &&
    "$directory/bin/python" -m pip install --no-input --no-cache-dir --no-deps -r "$wanted" &&
    "$directory/bin/python" bench/peers/peers_bench.py --versions; } >"$log" 2>&1; then
    tail -n 5 "$log" >&2
    echo "The peers could not be installed; the benchmarks go on without them." >&2
    exit 1
fi
tail -n 1 "$log"
cp "$wanted" "$directory/requirements.txt" # last: what is there is whole
