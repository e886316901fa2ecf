#!/usr/bin/env bash
# Runs the programs of the course and draws their figures: tools/course.sh BUILD [NUMBER…]
#
# Each examples/NN_name.c prints its results into docs/course/figures/NN-name.txt and writes its figures, Vega
# specifications, which Chromium turns into docs/course/figures/NN-….svg. NUMBER…: only these programs ("05 09").
# Needs Chromium and libjs-vega; for documentation only. Running it twice gives the same bytes.
set -euo pipefail
build=$(realpath "${1:?usage: tools/course.sh BUILD [NUMBER…]}")
shift
cd "$(dirname "$0")/.."
target=docs/course/figures

if ! command -v chromium >/dev/null; then
    echo "The figures of the course are drawn by Chromium, which is not installed (Debian package chromium)." >&2
    exit 1
fi
if [ ! -e "$build/vega.js" ]; then
    echo "The figures of the course need Vega, which this build does not have (Debian package libjs-vega)." >&2
    exit 1
fi
programs=()
for source in examples/[0-9][0-9]_*.c; do
    if [ ! -e "$source" ]; then continue; fi
    name=$(basename "$source" .c)
    if [ $# -eq 0 ] || [[ " $* " == *" ${name%%_*} "* ]]; then programs+=("$name"); fi
done
if [ ${#programs[@]} -eq 0 ]; then
    echo "There is no program of the course with the number $*." >&2
    exit 1
fi
cmake --build "$build" --parallel "$(nproc)" --target "${programs[@]/#/examples_}" >/dev/null

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$target" "$work/figures" "$work/profile"
for name in "${programs[@]}"; do
    echo "running $name"
    "$build/examples/$name" --figures "$work/figures" >"$work/printed"
    cp "$work/printed" "$target/${name//_/-}.txt"
done

# One page with all specifications, so that Chromium starts once. No "</script" may stand in the page's data.
shopt -s nullglob
specifications=("$work"/figures/*.json)
if [ ${#specifications[@]} -gt 0 ]; then
    {
        echo '<!DOCTYPE html><html><head><meta charset="utf-8"></head><body><script>'
        cat "$build/vega.js"
        echo '</script><script>const figures = ['
        for file in "${specifications[@]}"; do
            printf '{"name": "%s", "spec": ' "$(basename "$file" .json)"
            sed 's/</\\u003c/g' "$file"
            echo '},'
        done
        echo '];</script><script>'
        cat tools/course-figures.js
        echo '</script></body></html>'
    } >"$work/page.html"
    chromium --headless --no-sandbox --disable-gpu --force-device-scale-factor=1 --user-data-dir="$work/profile" \
        --virtual-time-budget=600000 --dump-dom "file://$work/page.html" >"$work/dom.html" 2>"$work/chromium.log" || {
        tail -n 5 "$work/chromium.log" >&2
        exit 1
    }
    # The SVG texts stand in the page with their <, > and & written as entities.
    awk -v target="$target" '
        function plain(text) {
            gsub(/&lt;/, "<", text); gsub(/&gt;/, ">", text); gsub(/&nbsp;/, "\302\240", text); gsub(/&amp;/, "\\&", text)
            return text
        }
        { line = $0 }
        match(line, /<pre id="[^"]*">/) {
            name = substr(line, RSTART + 9, RLENGTH - 11)
            line = substr(line, RSTART + RLENGTH)
            inside = 1
            file = name == "failed" ? "/dev/stderr" : target "/" name ".svg"
            seen[name] = 1
        }
        inside {
            end = index(line, "</pre>")
            rest = end ? substr(line, end + 6) : ""
            text = plain(end ? substr(line, 1, end - 1) : line)
            if (text != "") print text >file
            if (end) { inside = 0; if (name != "failed") close(file) }
        }
        name == "failed" && text != "" { wrong = 1 }
        END { exit wrong || !("failed" in seen) }' "$work/dom.html" || {
        echo "Not every figure could be drawn." >&2
        exit 1
    }
fi
for file in "$work"/figures/*.svg; do cp "$file" "$target/"; done
echo "$target: ${#specifications[@]} figures drawn"
