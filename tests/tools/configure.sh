#!/usr/bin/env bash
# What CMake says of the oneDNN that it finds.
set -uo pipefail
tree=$(cd "$(dirname "$0")/../.." && pwd)
compiler=$(sed -n 's/^CMAKE_C_COMPILER:[A-Z]*=//p' "${GRADUS_BUILD:?the build directory}/CMakeCache.txt")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
: >dnnl.h
: >libdnnl.so

# configures NAME VERSION SENTENCE [OPTION…]: with a oneDNN of this version CMake says so; the sentence may be broken
# over lines.
configures() {
    local name=$1 version=$2 sentence=$3 part
    shift 3
    printf '#define DNNL_VERSION_%s\n' "MAJOR ${version%%.*}" "MINOR $(cut -d. -f2 <<<"$version")" 'PATCH 0' \
        >dnnl_version.h
    cmake -S "$tree" -B build -DCMAKE_C_COMPILER="$compiler" -Ddnnl_INCLUDE="$scratch" \
        -Ddnnl_LIBRARY="$scratch/libdnnl.so" "$@" >log 2>&1
    part=$(tr -s ' \n' ' ' <log)
    if [[ $part == *"$sentence"* ]]; then
        echo "ok $name"
    else
        echo "not ok $name"
        sed 's/^/# /' log
    fi
}
configures 'oneDNN 2.7 is taken' 2.7 'with oneDNN 2.7.0: fast'
configures 'oneDNN 3.12 is taken' 3.12 'with oneDNN 3.12.0: fast'
for version in 1.8 2.5 4.0; do
    configures "oneDNN $version is refused in a sentence" $version "Gradus knows oneDNN 2.6, 2.7 and 3, but the one in \
$scratch is of version '$version.0'. Install another, or build without it: make DNNL=OFF (cmake -DGRADUS_DNNL=OFF)."
done
configures 'which is not looked for where it was switched off' 4.0 'WITHOUT oneDNN, which was switched off' \
    -DGRADUS_DNNL=OFF
