#!/usr/bin/env bash
# Installs what Gradus needs and this machine lacks, with the system's package manager, and says what and why.
#
#     tools/bootstrap.sh [-n] [--all] [build|demo|test]    each includes the ones before it
#     tools/bootstrap.sh [-n] [--all] ci|check|course      as test, as test and as demo, and what they want besides
#
#     -n, --dry-run    only says what would be installed, and how
#     --all            takes everything for missing
#
# Nothing is done, and nothing said, when all is there.
set -euo pipefail
dry_run='' all='' for_what=build
for argument; do
    case $argument in
    -n | --dry-run) dry_run=yes ;;
    --all) all=yes ;;
    build | demo | course | test | ci | check) for_what=$argument ;;
    *)
        echo "usage: tools/bootstrap.sh [-n] [--all] [build|demo|test|ci|check|course]" >&2
        exit 2 ;;
    esac
done

# Who wants it | what for | how it is recognised: a command, a header or a file | needed or wanted | its package for
# apt | dnf | zypper | pacman | apk | brew; "-": no package known there, "+": comes with another or with the system.
things() {
    cat <<'END'
build  | the C compiler           | command cc         | needed | gcc | gcc | gcc | gcc | gcc | gcc
build  | the C library            | header stdlib.h    | needed | libc6-dev | glibc-devel | glibc-devel | glibc | musl-dev | +
build  | the front door           | command make       | needed | make | make | make | make | make | make
build  | builds everything        | command cmake      | needed | cmake | cmake | cmake | cmake | cmake | cmake
build  | finds libraries          | command pkg-config | needed | pkg-config | pkgconf-pkg-config | pkg-config | pkgconf | pkgconf | pkgconf
build  | reads recipes            | header yaml.h      | needed | libyaml-dev | libyaml-devel | libyaml-devel | libyaml | yaml-dev | libyaml
build  | reads and writes JSON    | header jansson.h   | needed | libjansson-dev | jansson-devel | libjansson-devel | jansson | jansson-dev | jansson
build  | reads .gz and .npz files | header zlib.h      | needed | zlib1g-dev | zlib-devel | zlib-devel | zlib | zlib-dev | zlib
build  | a faster build           | command ninja      | wanted | ninja-build | ninja-build | ninja | ninja | samurai | ninja
build  | oneDNN: fast convolutions and matrix products | header dnnl.h | wanted | libdnnl-dev | onednn-devel | onednn-devel | onednn | onednn-dev | onednn
build  | reads .h5 files          | header hdf5.h      | wanted | libhdf5-dev | hdf5-devel | hdf5-devel | hdf5 | hdf5-dev | hdf5
build  | reads JPEG pictures      | header jpeglib.h   | wanted | libjpeg-dev | libjpeg-turbo-devel | libjpeg8-devel | libjpeg-turbo | libjpeg-turbo-dev | jpeg-turbo
build  | reads PNG pictures       | header png.h       | wanted | libpng-dev | libpng-devel | libpng16-devel | libpng | libpng-dev | libpng
build  | reads annotations of Pascal VOC | header libxml2/libxml/parser.h | wanted | libxml2-dev | libxml2-devel | libxml2-devel | libxml2 | libxml2-dev | libxml2
build  | reads WAV and FLAC sounds | header sndfile.h | wanted | libsndfile1-dev | libsndfile-devel | libsndfile-devel | libsndfile | libsndfile-dev | libsndfile
build  | resamples sounds         | header samplerate.h | wanted | libsamplerate0-dev | libsamplerate-devel | libsamplerate-devel | libsamplerate | libsamplerate-dev | libsamplerate
build  | spectrograms of sounds   | header kissfft/kiss_fftr.h | wanted | libkissfft-dev | kiss-fft-devel | - | - | - | -
build  | reads .parquet files      | header parquet-glib/parquet-glib.h | wanted | - | parquet-glib-devel | - | - | - | apache-arrow-glib
build  | liblbfgs: the optimizer lbfgs | header lbfgs.h | wanted | liblbfgs-dev | liblbfgs-devel | - | - | - | liblbfgs
build  | the charts of the report | file /usr/share/javascript/vega | wanted | libjs-vega | - | - | - | - | -
demo   | the pictures to learn from | file /usr/share/datasets/fashion-mnist | wanted | dataset-fashion-mnist | - | - | - | - | -
test   | the unit tests           | header cmocka.h    | needed | libcmocka-dev | libcmocka-devel | libcmocka-devel | cmocka | cmocka-dev | cmocka
format | checks the format        | command clang-format | wanted | clang-format | clang-tools-extra | clang-tools | clang | clang-extra-tools | clang-format
ci     | makes clean systems to test in | file /usr/sbin/debootstrap | wanted | debootstrap | debootstrap | debootstrap | debootstrap | debootstrap | -
ci     | builds Debian packages   | command dh         | wanted | debhelper | - | - | - | - | -
ci     | looks at Debian packages | command lintian    | wanted | lintian | - | - | - | - | -
check  | compares the interface with the last release's | command abidw | wanted | abigail-tools | libabigail | libabigail-tools | libabigail | - | -
check  | the second compiler      | command clang      | wanted | clang | clang | clang | clang | clang | llvm
check  | checks the code          | command clang-tidy | wanted | clang-tidy | clang-tools-extra | clang-tools | clang | clang-extra-tools | llvm
check  | checks the code          | command cppcheck   | wanted | cppcheck | cppcheck | cppcheck | cppcheck | cppcheck | cppcheck
course | draws the figures of the course | command chromium | wanted | chromium | chromium | chromium | chromium | chromium | -
END
}
case $for_what in
build) purposes=' build ' ;;
demo) purposes=' build demo ' ;;
course) purposes=' build demo course ' ;;
test) purposes=' build demo test ' ;;
ci) purposes=' build demo test format ci ' ;;
check) purposes=' build demo test format check ' ;;
esac

# The package manager of this system, the number of its column, and how it installs.
as_root=() refresh=() install=()
if command -v apt-get >/dev/null && command -v dpkg >/dev/null; then
    manager=apt-get column=4 refresh=(apt-get update -q) install=(apt-get install -y -q --no-install-recommends)
elif command -v dnf >/dev/null; then
    manager=dnf column=5 install=(dnf install -y -q)
elif command -v zypper >/dev/null; then
    manager=zypper column=6 install=(zypper --non-interactive install --no-recommends)
elif command -v pacman >/dev/null; then
    # No refresh: with a newer list of packages, but old packages, that system would be half upgraded.
    manager=pacman column=7 install=(pacman -S --needed --noconfirm)
elif command -v apk >/dev/null; then
    manager=apk column=8 refresh=(apk update -q) install=(apk add -q)
elif command -v brew >/dev/null; then
    manager=brew column=9 install=(brew install -q)
else
    manager='' column=4
fi
if [ "$(id -u)" -ne 0 ] && [ "$manager" != brew ]; then as_root=(sudo); fi

present() { # kind name
    local kind=$1 name=$2 dir
    case $kind in
    command) command -v "$name" >/dev/null ;;
    file) [ -e "$name" ] ;;
    header)
        for dir in /usr/include /usr/local/include /usr/include/*-linux-gnu* /usr/include/hdf5/serial \
            /usr/lib/llvm-*/lib/clang/*/include /opt/homebrew/include /opt/homebrew/opt/libomp/include \
            ${CMAKE_PREFIX_PATH:+"${CMAKE_PREFIX_PATH%%:*}/include"}; do
            if [ -e "$dir/$name" ]; then return 0; fi
        done
        # The compiler may know other folders.
        echo "#include <$name>" | cc -E -x c - >/dev/null 2>&1 ;;
    esac
}

# What is missing: `packages` can be installed, `needed` are those that Gradus cannot do without, `unknown` are not
# packaged here.
packages=() needed=() unknown=() lines=()
while IFS='|' read -r -a field; do
    # Without the spaces around it.
    for i in "${!field[@]}"; do
        field[i]=${field[i]#"${field[i]%%[! ]*}"}
        field[i]=${field[i]%"${field[i]##*[! ]}"}
    done
    package=${field[column]} why=${field[1]}
    if [[ $purposes != *" ${field[0]} "* ]]; then continue; fi
    # shellcheck disable=SC2086  # the test is two words
    if [ -z "$all" ] && present ${field[2]}; then continue; fi
    case $package in
    +) continue ;;
    -)
        unknown+=("${field[2]#* }")
        lines+=("$(printf '  %-22s%s (not packaged there)' "${field[2]##*[ /]}" "$why")")
        if [ "${field[3]}" = needed ]; then needed+=("${field[2]#* }"); fi
        continue ;;
    esac
    if [[ " ${packages[*]-} " == *" $package "* ]]; then continue; fi
    packages+=("$package")
    lines+=("$(printf '  %-22s%s' "$package" "$why")")
    if [ "${field[3]}" = needed ]; then needed+=("$package"); fi
done < <(things)
if [ ${#lines[@]} -eq 0 ]; then exit 0; fi
# Where what is missing cannot be had and can be done without, there is nothing to do.
if [ ${#packages[@]} -eq 0 ] && [ ${#needed[@]} -eq 0 ] && [ -z "$dry_run" ]; then exit 0; fi

# Ends the script when a needed package is missing; otherwise Gradus can be built with less.
give_up() {
    echo "$1" >&2
    if [ ${#needed[@]} -gt 0 ]; then
        echo "Please install by hand: ${needed[*]}" >&2
        exit 1
    fi
    echo "Going on without ${packages[*]-} ${unknown[*]-}." >&2
    exit 0
}

echo "Missing here:"
printf '%s\n' "${lines[@]}"
if [ -z "$manager" ]; then
    give_up "There is no package manager here that this script knows (apt-get, dnf, zypper, pacman, apk, brew), so\
 nothing can be installed for you. The names above are Debian's."
fi
if [ ${#packages[@]} -eq 0 ]; then
    if [ -n "$dry_run" ]; then exit 0; fi
    give_up "$manager has none of them."
fi
if [ -n "$dry_run" ]; then
    echo "To install them: ${as_root[*]-}${as_root[*]:+ }${install[*]} ${packages[*]}"
    exit 0
fi
if [ ${#as_root[@]} -gt 0 ]; then
    if ! command -v sudo >/dev/null; then
        give_up "Installing needs root, and there is no sudo. As root: ${install[*]} ${packages[*]}"
    fi
    # Without a terminal sudo cannot ask for a password.
    if [ ! -t 0 ]; then as_root+=(-n); fi
fi

export DEBIAN_FRONTEND=noninteractive
install_packages() {
    ${as_root[@]+"${as_root[@]}"} "${install[@]}" "$@" </dev/null
}
echo "Installing them with $manager."
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if [ ${#refresh[@]} -gt 0 ] && ! ${as_root[@]+"${as_root[@]}"} "${refresh[@]}" </dev/null >"$log" 2>&1; then
    tail -n 5 "$log" >&2
    echo "${refresh[*]} failed; trying with the package lists that are here." >&2
fi
# Build directories that were configured without the packages must look again.
(cd "$(dirname "$0")/.." && rm -f build*/CMakeCache.txt build*/build.ninja build*/Makefile)
if install_packages "${packages[@]}" >"$log" 2>&1; then exit 0; fi

# One package that this release does not have must not keep the others away.
failed=()
for package in "${packages[@]}"; do
    if install_packages "$package" >"$log" 2>&1; then continue; fi
    echo "$manager could not install $package: $(grep -m 1 '^E:' "$log" || tail -n 1 "$log")" >&2
    failed+=("$package")
done
for package in ${failed[@]+"${failed[@]}"}; do
    for name in ${needed[@]+"${needed[@]}"}; do
        if [ "$name" = "$package" ]; then give_up "Gradus cannot be built without $package."; fi
    done
done
