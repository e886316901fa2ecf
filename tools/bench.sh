#!/usr/bin/env bash
# make bench: measures every workload next to its peers and writes docs/benchmarks.md (bench/run.py says how).
#
#     tools/bench.sh BUILD [option of bench/run.py …]        make bench BENCH="--only mlp --minutes 5"
#
# Where there is no python3, the command measures one workload by itself.
set -euo pipefail
cd "$(dirname "$0")/.."
if command -v python3 >/dev/null; then exec python3 bench/run.py "$@"; fi
echo "python3 is not installed: only the workload mlp is measured, and nothing is written" >&2
exec "$1/gradus" bench mlp
