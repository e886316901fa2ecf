#!/usr/bin/env bash
# Feeds a reader what nobody expects, with clang's libFuzzer under AddressSanitizer:
#     tools/fuzz.sh TARGET [SECONDS] [FOLDER]
# TARGET is a file of tools/fuzz, such as annotations; FOLDER keeps the inputs that were found to matter.
set -euo pipefail
cd "$(dirname "$0")/.."
target=${1:?usage: tools/fuzz.sh TARGET [SECONDS] [FOLDER]}
seconds=${2:-60}
folder=${3:-build/fuzz/$target}
case $target in
annotations) sources=(src/data/annotations.c src/data/voc_xml.c src/data/coco_json.c) libraries=(-ljansson -lxml2) ;;
*) echo "There is no tools/fuzz/$target.c." >&2 && exit 2 ;;
esac
mkdir -p "$folder" build/fuzz
clang -std=c17 -g -O1 -fsanitize=fuzzer,address,undefined -DGD_HAVE_XML=1 -D_GNU_SOURCE -Iinclude -Isrc \
    -isystem /usr/include/libxml2 "tools/fuzz/$target.c" "${sources[@]}" src/base/*.c "${libraries[@]}" -lm -lpthread \
    -o "build/fuzz/$target.run"
"build/fuzz/$target.run" -max_total_time="$seconds" -max_len=4096 "$folder"
