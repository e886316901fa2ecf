#!/usr/bin/env bash
# Makes docs/pictures/report.png, the picture in the README, from the report of a training: tools/pictures.sh REPORT.html
# Needs Chromium; for documentation only.
set -euo pipefail
report=$(realpath "${1:?usage: tools/pictures.sh REPORT.html}")
cd "$(dirname "$0")/.."
if ! command -v chromium >/dev/null; then
    echo "Chromium is not installed (Debian package chromium)." >&2
    exit 1
fi
mkdir -p docs/pictures
profile=$(mktemp -d)
trap 'rm -rf "$profile"' EXIT
chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --user-data-dir="$profile" --window-size=1100,2025 \
    --virtual-time-budget=20000 --screenshot="$PWD/docs/pictures/report.png" "file://$report" 2>/dev/null
# Fewer colours do for a page of text and curves, where the tool is there.
if command -v pngquant >/dev/null; then pngquant --force --output docs/pictures/report.png 128 docs/pictures/report.png; fi
size=$(stat -c %s docs/pictures/report.png)
echo "docs/pictures/report.png: $size bytes"
if [ "$size" -gt 300000 ]; then
    echo "That is more than 300 kB." >&2
    exit 1
fi
