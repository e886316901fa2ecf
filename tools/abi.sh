#!/usr/bin/env bash
# What has changed in the library's binary interface since its last release (docs/abi.md).
#
#     tools/abi.sh           compares; exit status 1 where the SONAME had to change and did not
#     tools/abi.sh --dump    writes tests/abi/libgradus.abi: when a version is released
#
# Wants abidw and abidiff (Debian: abigail-tools); without them it says so. The library is compiled without optimisation
# in build-abi/, which changes nothing in its interface.
set -euo pipefail
cd "$(dirname "$0")/.."
dump=tests/abi/libgradus.abi
for tool in abidw abidiff; do
    command -v "$tool" >/dev/null || { echo "skipped abi: $tool is not installed"; exit 0; }
done

if [ ! -f build-abi/CMakeCache.txt ]; then
    cmake -S . -B build-abi $(command -v ninja >/dev/null && echo -G Ninja) -DCMAKE_BUILD_TYPE=Debug \
        -DCMAKE_C_FLAGS_DEBUG='-O0 -g1 -g' -DGRADUS_VEGA=OFF >build-abi.log 2>&1 || { cat build-abi.log; rm -f build-abi.log; exit 1; }
    rm -f build-abi.log
fi
cmake --build build-abi --target gradus --parallel 2 >build-abi/log 2>&1 || { tail -n 30 build-abi/log; exit 1; }
library=$(echo build-abi/libgradus.so.*.*.*)

# Only what the public headers say, and nothing that depends on the machine or the folder.
write_dump() { # file
    abidw --headers-dir include/gradus --drop-private-types --drop-undefined-syms --no-show-locs --no-corpus-path \
        --no-comp-dir-path --type-id-style hash "$library" >"$1"
}
if [ "${1-}" = --dump ]; then
    write_dump "$dump"
    ls -l "$dump"
    exit
fi

if [ ! -e "$dump" ]; then echo "skipped abi: there is no $dump to compare with" && exit; fi
soname() { readelf -d "$1" | sed -n 's/.*SONAME.*\[\(.*\)\]/\1/p'; }
then=$(sed -n "s/.* soname='\([^']*\)'.*/\1/p" "$dump" | head -n 1)
now=$(soname "$library")
write_dump build-abi/now.abi
status=0
abidiff --no-show-locs "$dump" build-abi/now.abi >build-abi/changes || status=$?
if [ "$status" -eq 0 ]; then
    echo "the interface is that of the last release, $then"
    exit
fi
if [ $((status & 1)) -ne 0 ]; then cat build-abi/changes && exit 1; fi # abidiff itself failed
sed -n '1,3p' build-abi/changes
grep -E "^  *\[(A|D|C)\]" build-abi/changes | head -n 40
echo "the whole of it: build-abi/changes"
# Bit 4 of the status: a change that programs compiled before cannot bear.
if [ $((status & 8)) -ne 0 ] && [ "$then" = "$now" ]; then
    echo "these changes are not compatible, and the SONAME is still $now: raise GD_VERSION_MINOR (docs/abi.md)"
    exit 1
fi
