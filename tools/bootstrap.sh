#!/usr/bin/env bash
# Installs what Gradus needs and this machine lacks, as Debian packages, and says what and why.
#
#     tools/bootstrap.sh [build|demo|test|ci|check]      each includes the ones before it
#     tools/bootstrap.sh course                         as demo, and what draws the figures of the course
#
# Nothing is done, and nothing said, when all is there.
set -euo pipefail
for_what=${1:-build}

# package | how it is recognised: a command, or a header file | needed or wanted | why
packages() {
    cat <<'END'
gcc             | command cc                         | needed | the C compiler
libc6-dev       | header stdlib.h                    | needed | the C library
make            | command make                       | needed | the front door
cmake           | command cmake                      | needed | builds everything
pkg-config      | command pkg-config                 | needed | finds libraries
libyaml-dev     | header yaml.h                      | needed | reads recipes
libjansson-dev  | header jansson.h                   | needed | reads and writes JSON
zlib1g-dev      | header zlib.h                      | needed | reads .gz and .npz files
ninja-build     | command ninja                      | wanted | a faster build
libdnnl-dev     | header dnnl.h                      | wanted | oneDNN: fast convolutions and matrix products
libhdf5-dev     | header hdf5.h                      | wanted | reads .h5 files
liblbfgs-dev    | header lbfgs.h                     | wanted | liblbfgs: the optimizer lbfgs
libjs-vega      | file /usr/share/javascript/vega    | wanted | the charts of the report
END
    case $for_what in
    demo | course | test | ci | check)
        echo 'dataset-fashion-mnist | file /usr/share/datasets/fashion-mnist | wanted | the pictures to learn from' ;;
    esac
    case $for_what in
    test | ci | check)
        echo 'libcmocka-dev | header cmocka.h | needed | the unit tests' ;;
    esac
    if [ "$for_what" = course ]; then
        echo 'chromium | command chromium | wanted | draws the figures of the course'
    fi
    case $for_what in
    ci | check)
        echo 'clang-format | command clang-format | wanted | checks the format' ;;
    esac
    if [ "$for_what" = check ]; then
        cat <<'END'
clang           | command clang                      | wanted | the second compiler
libomp-dev      | header omp.h                       | wanted | OpenMP for clang
clang-tidy      | command clang-tidy                 | wanted | checks the code
cppcheck        | command cppcheck                   | wanted | checks the code
END
    fi
}

present() { # kind name…
    local kind=$1 name dir
    shift
    for name; do
        case $kind in
        command) if command -v "$name" >/dev/null; then return 0; fi ;;
        file) if [ -e "$name" ]; then return 0; fi ;;
        header)
            for dir in /usr/include /usr/local/include /usr/include/*-linux-gnu* /usr/include/hdf5/serial \
                /usr/lib/llvm-*/lib/clang/*/include \
                ${CMAKE_PREFIX_PATH:+"${CMAKE_PREFIX_PATH%%:*}/include"}; do
                if [ -e "$dir/$name" ]; then return 0; fi
            done ;;
        esac
    done
    return 1
}

missing=() needed=() lines=() failed=()
while IFS='|' read -r package test degree why; do
    read -r package <<<"$package"
    read -r degree <<<"$degree"
    # shellcheck disable=SC2086  # the test is a list of words
    if present $test; then continue; fi
    missing+=("$package")
    lines+=("$(printf '  %-22s%s' "$package" "${why# }")")
    if [ "$degree" = needed ]; then needed+=("$package"); fi
done < <(packages)
if [ ${#missing[@]} -eq 0 ]; then exit 0; fi

# Ends the script when a needed package is missing; otherwise Gradus can be built with less.
give_up() {
    echo "$1" >&2
    if [ ${#needed[@]} -gt 0 ]; then
        echo "Please install by hand: ${needed[*]}" >&2
        exit 1
    fi
    echo "Going on without ${missing[*]}." >&2
    exit 0
}

echo "Missing here:"
printf '%s\n' "${lines[@]}"
if ! command -v apt-get >/dev/null || ! command -v dpkg >/dev/null; then
    give_up "This is not a Debian-like system (there is no apt-get), so nothing can be installed for you."
fi
as_root=()
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
        give_up "Installing needs root, and there is no sudo. As root: apt-get install ${missing[*]}"
    fi
    # Without a terminal sudo cannot ask for a password.
    as_root=(sudo)
    if [ ! -t 0 ]; then as_root+=(-n); fi
fi

export DEBIAN_FRONTEND=noninteractive
install_packages() {
    ${as_root[@]+"${as_root[@]}"} apt-get install -y -q --no-install-recommends "$@" </dev/null
}
echo "Installing them with apt-get."
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! ${as_root[@]+"${as_root[@]}"} apt-get update -q </dev/null >"$log" 2>&1; then
    tail -n 5 "$log" >&2
    echo "apt-get update failed; trying with the package lists that are here." >&2
fi
# Build directories that were configured without the packages must look again.
(cd "$(dirname "$0")/.." && rm -f build*/CMakeCache.txt build*/build.ninja build*/Makefile)
if install_packages "${missing[@]}" >"$log" 2>&1; then exit 0; fi

# One package that this release does not have must not keep the others away.
for package in "${missing[@]}"; do
    if install_packages "$package" >"$log" 2>&1; then continue; fi
    echo "apt-get could not install $package: $(grep -m 1 '^E:' "$log" || tail -n 1 "$log")" >&2
    failed+=("$package")
done
for package in ${failed[@]+"${failed[@]}"}; do
    for name in ${needed[@]+"${needed[@]}"}; do
        if [ "$name" = "$package" ]; then give_up "Gradus cannot be built without $package."; fi
    done
done
