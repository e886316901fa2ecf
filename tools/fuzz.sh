#!/usr/bin/env bash
# Hostile bytes for the readers of pictures and of what is said about them, by libFuzzer under AddressSanitizer and UBSan.
#
#     tools/fuzz.sh [SECONDS [TARGET…]]      (120; all of tests/fuzz: "picture", "tar", …)
#
# Builds what the targets need with clang, in build-fuzz/, where the corpora stay and grow from run to run. Exit status 1
# when a target found something; its input then lies in build-fuzz/.
set -uo pipefail

cd "$(dirname "$0")/.." || exit 2
seconds=${1:-120}
shift $(($# > 0 ? 1 : 0))
targets=("$@")
if [ ${#targets[@]} = 0 ]; then
    for file in tests/fuzz/fuzz_*.c; do
        name=${file##*/fuzz_}
        targets+=("${name%.c}")
    done
fi
out=build-fuzz
mkdir -p $out/objects
[ -d build/records ] || make >/dev/null || exit 2 # the lists of records

compile="clang -std=c17 -D_GNU_SOURCE -O1 -gline-tables-only -fsanitize=address,undefined -fno-sanitize-recover=undefined
    -Ibuild/records -Iinclude -Isrc -DGD_HAVE_JPEG=1 -DGD_HAVE_PNG=1 -DGD_HAVE_XML=1 -DGD_HAVE_SNDFILE=1
    -DGD_HAVE_SAMPLERATE=1 -DGD_HAVE_KISSFFT=1
    -isystem /usr/include/libxml2 -ffunction-sections"
header=include/gradus/base.h # the newest one
for file in src/*/*.h include/gradus/*.h; do
    [ "$file" -nt "$header" ] && header=$file
done
export compile out header

# The rooms that the targets stand on.
one() {
    object=$out/objects/$(echo "$1" | tr / _).o
    { [ "$object" -nt "$1" ] && [ "$object" -nt "$header" ]; } || $compile -fsanitize=fuzzer-no-link -c "$1" -o "$object"
}
export -f one
rooms_of() {
    case $1 in
    picture) echo base picture ;;
    tar) echo base io ;;
    sound) echo base sound ;;
    *) echo base box io picture sound data ;;
    esac
}

# A first corpus: the pictures of the tests, as the target takes them.
seed() {
    mkdir -p "$out/corpus-$1"
    case $1 in
    picture) for file in tests/picture/*.jpg tests/picture/*.png; do
        { printf '\0'; cat "$file"; } >"$out/corpus-$1/${file##*/}"
    done ;;
    tar) tar cf "$out/corpus-$1/plain.tar" -C tests/picture grey.png grey.jpg &&
        gzip -c "$out/corpus-$1/plain.tar" >"$out/corpus-$1/gzipped.tar.gz" ;;
    sound) for file in tests/sound/*.wav tests/sound/*.flac; do
        { printf '\1'; cat "$file"; } >"$out/corpus-$1/${file##*/}"
    done ;;
    cifar) head -c 6147 /dev/zero >"$out/corpus-$1/two" ;;
    annotations)
        printf '<annotation><size><width>9</width><height>9</height></size><object><name>a</name><bndbox><xmin>1</xmin>%s' \
            '<ymin>1</ymin><xmax>5</xmax><ymax>5</ymax></bndbox></object></annotation>' >"$out/corpus-$1/voc"
        printf '{"images":[{"id":1,"file_name":"a","width":9,"height":9}],"categories":[{"id":1,"name":"a"}],%s' \
            '"annotations":[{"image_id":1,"category_id":1,"bbox":[1,1,4,4]}]}' >"$out/corpus-$1/coco"
        ;;
    picture_table) printf 'path,label\n"a ""b"".png",x\n\n/dev/null;y\n' >"$out/corpus-$1/table" ;;
    esac
}

found=0
for target in "${targets[@]}"; do
    seed "$target"
    sources=$(for room in $(rooms_of "$target"); do printf '%s\n' "src/$room"/*.c; done
        echo src/cpu/processor.c)
    xargs -P "$(nproc)" -I{} bash -c 'one {}' <<<"$sources" || exit 2
    objects=$(sed "s|/|_|g; s|^|$out/objects/|; s|$|.o|" <<<"$sources")
    # shellcheck disable=SC2086 # lists of words
    $compile -fsanitize=fuzzer -Itests/fuzz "tests/fuzz/fuzz_$target.c" $objects -Wl,--gc-sections \
        -o "$out/fuzz_$target" -ljpeg -lpng -lxml2 -lsndfile -lsamplerate -lkissfft-float -lz -ljansson -lm -lpthread || exit 2
    GRADUS_CACHE= "$out/fuzz_$target" -max_total_time="$seconds" -rss_limit_mb=4096 -timeout=20 -max_len=20000 \
        -artifact_prefix="$out/$target-" "$out/corpus-$target" >"$out/$target.log" 2>&1
    status=$?
    grep -E '^(Done|SUMMARY|==)' "$out/$target.log" | sed "s/^/$target: /"
    [ $status = 0 ] || found=1
done
exit $found
