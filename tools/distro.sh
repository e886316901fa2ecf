#!/usr/bin/env bash
# Runs the README's commands in a clean system of another release.
#
#     tools/distro.sh [--with PACKAGE]… [--keep] NAME [COMMAND…] [VARIABLE=VALUE…]
#
#     NAME      debian-12 (bookworm), debian-13 (trixie) or debian-testing (testing, forky); with -arm64 behind it, the
#               same with Gradus cross-compiled for 64-bit ARM and run by QEMU
#     COMMAND   demo, test (these two when none is given), check, … : `make COMMAND`; build: tools/bootstrap.sh and
#               `make`; shell: a shell there
#     VARIABLE  for make: CC=clang-19 DNNL=OFF ROOMS="graph cli"
#     --with    another Debian package first: --with clang-19
#     --keep    leaves the system in build-distro/, where the next run with --keep goes on in it
#
# The system is made by debootstrap from the mirror that this machine's apt has, with `make` and nothing else of use; the
# files copied into it are those that git would commit. Everything is mounted in a namespace of its own, so nothing stays
# mounted. The bare system and the packages are kept in ${XDG_CACHE_HOME:-~/.cache}/gradus-distro, for a month.
#
# The exit status is that of the first command that failed, or 77 where such a system cannot be made here.
set -euo pipefail
cd "$(dirname "$0")/.."

impossible() {
    echo "tools/distro.sh: $*" >&2
    exit 77
}
misused() {
    echo "tools/distro.sh: $*" >&2
    sed -n '2,/^set/s/^# \{0,1\}//p' "$0" | sed '$d' >&2
    exit 2
}

# ---- inside the namespace: `tools/distro.sh --inside ROOT`, with what it is to do in the environment ----------------

mount_system() { # root
    local root=$1 name
    mount --make-rprivate /
    mount --bind "$root" "$root"
    mount -t proc proc "$root/proc"
    mount --rbind /sys "$root/sys"
    mount -t tmpfs -o mode=755 tmpfs "$root/dev"
    for name in null zero full random urandom tty; do
        : >"$root/dev/$name"
        mount --bind "/dev/$name" "$root/dev/$name"
    done
    mkdir "$root/dev/pts" "$root/dev/shm"
    mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
    # The tests of what the command says on a terminal skip themselves where there is none.
    mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$root/dev/pts" ||
        echo "No pseudo-terminals can be had in this system." >&2
    ln -s pts/ptmx "$root/dev/ptmx"
    ln -s /proc/self/fd "$root/dev/fd"
    for name in 0:stdin 1:stdout 2:stderr; do ln -s "/proc/self/fd/${name%:*}" "$root/dev/${name#*:}"; done
    mount --bind "$DISTRO_PACKAGES" "$root/var/cache/apt/archives"
}

inside() { # root command…: in a fresh environment
    local root=$1
    shift
    chroot "$root" /usr/bin/env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
        LANG=C.UTF-8 TERM="${TERM:-dumb}" ${http_proxy:+http_proxy="$http_proxy"} \
        ${https_proxy:+https_proxy="$https_proxy"} ${CI:+CI="$CI"} ${OMP_NUM_THREADS:+OMP_NUM_THREADS="$OMP_NUM_THREADS"} "$@"
}

quietly() { # command…: shows the end of what it said only where it failed
    local log status=0
    log=$(mktemp)
    "$@" >"$log" 2>&1 </dev/null || status=$?
    if [ "$status" -ne 0 ]; then tail -n 20 "$log" >&2; fi
    rm -f "$log"
    return "$status"
}

# QEMU runs the programs of 64-bit ARM for this user namespace alone: binfmt_misc belongs to the namespace that mounts
# it (Linux 6.7 and later); elsewhere it cannot be mounted here.
emulate_arm64() { # root
    local root=$1 formats=$1/proc/sys/fs/binfmt_misc qemu
    qemu=$(ls "$root"/usr/bin/qemu-aarch64-static "$root"/usr/bin/qemu-aarch64 2>/dev/null | head -n 1)
    mount -t binfmt_misc binfmt_misc "$formats" 2>/dev/null ||
        impossible "this kernel has no binfmt_misc for a user namespace (Linux 6.7 has), so nothing runs ARM programs."
    # The head of an ELF file for that machine, and which of its bits count; F: QEMU is opened here and now.
    printf '%s' ':gradus-arm64:M::\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00:' \
        '\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff:' "$qemu:F" >"$formats/register"
}

prepare_arm64() { # root: the cross compiler, QEMU, and the libraries of 64-bit ARM
    local root=$1 package libraries=()
    inside "$root" dpkg --add-architecture arm64
    quietly inside "$root" apt-get update -q || impossible "apt-get update failed in the new system."
    for package in libc6-dev libgomp1 libyaml-dev libjansson-dev zlib1g-dev libdnnl-dev libhdf5-dev liblbfgs-dev \
        libcmocka-dev; do
        if inside "$root" apt-cache show "$package:arm64" >/dev/null 2>&1; then
            libraries+=("$package:arm64")
        else
            echo "This release has no $package for 64-bit ARM."
        fi
    done
    quietly inside "$root" apt-get install -y -q --no-install-recommends gcc gcc-aarch64-linux-gnu qemu-user-static \
        cmake ninja-build pkg-config "${libraries[@]}" || impossible "the packages for 64-bit ARM cannot be installed."
}

run_inside() { # root
    local root=$1 status=0 first=0 begin command
    local -a commands variables packages
    mapfile -t commands <<<"$DISTRO_COMMANDS"
    mapfile -t variables <<<"$DISTRO_VARIABLES"
    mapfile -t packages <<<"$DISTRO_WITH"
    mount_system "$root"
    begin=$SECONDS
    if [ -n "$DISTRO_WITH" ]; then
        quietly inside "$root" apt-get update -q || impossible "apt-get update failed in the new system."
        quietly inside "$root" apt-get install -y -q --no-install-recommends "${packages[@]}" ||
            impossible "${packages[*]} cannot be installed."
    fi
    if [ "$DISTRO_MACHINE" = arm64 ]; then
        prepare_arm64 "$root"
        emulate_arm64 "$root"
        # What is emulated takes ten times as long: the tests may take longer, and the long trainings are cut short.
        variables=(CC=aarch64-linux-gnu-gcc TEST_TIMEOUT=1800 GRADUS_SHORT=1 "${variables[@]}")
    fi
    if [ $((SECONDS - begin)) -gt 0 ]; then echo "[$DISTRO_NAME] packages: $((SECONDS - begin)) s"; fi
    if [ -z "$DISTRO_VARIABLES" ]; then variables=("${variables[@]::${#variables[@]}-1}"); fi
    for command in "${commands[@]}"; do
        begin=$SECONDS status=0
        case $command in
        shell)
            echo "[$DISTRO_NAME] a shell in the copy of this tree; leave it with exit"
            inside "$root" bash -c 'cd /root/gradus && exec bash -i' || status=$? ;;
        *)
            local -a words=(make)
            if [ "$command" != build ]; then words+=("$command"); else inside "$root" /root/gradus/tools/bootstrap.sh; fi
            words+=(${variables[@]+"${variables[@]}"})
            echo "[$DISTRO_NAME] ${words[*]}"
            inside "$root" bash -c 'cd /root/gradus && exec "$@"' bash "${words[@]}" </dev/null || status=$?
            echo "[$DISTRO_NAME] ${words[*]}: $((SECONDS - begin)) s, status $status" ;;
        esac
        if [ "$first" -eq 0 ]; then first=$status; fi
    done
    exit "$first"
}

if [ "${1:-}" = --inside ]; then
    if [ -n "${DISTRO_READY:-}" ]; then read -r _ <"$DISTRO_READY"; fi # the user namespace has its users now
    run_inside "$2"
fi

# ---- the command line ------------------------------------------------------------------------------------------------

keep='' packages=() commands=() variables=() name=''
while [ $# -gt 0 ]; do
    case $1 in
    --keep) keep=yes ;;
    --with) packages+=("${2:?"--with wants the name of a package"}") && shift ;;
    -*) misused "there is no option $1." ;;
    *=*) variables+=("$1") ;;
    *) if [ -z "$name" ]; then name=$1; else commands+=("$1"); fi ;;
    esac
    shift
done
if [ ${#commands[@]} -eq 0 ]; then commands=(demo test); fi
machine=$(dpkg --print-architecture 2>/dev/null || echo unknown)
target=$machine
case $name in
*-arm64) target=arm64 ;;
esac
case ${name%-arm64} in
debian-12 | bookworm) suite=bookworm name=debian-12 ;;
debian-13 | trixie) suite=trixie name=debian-13 ;;
debian-testing | testing | forky) suite=testing name=debian-testing ;;
'') misused "which system?" ;;
*) misused "there is no system '$name'." ;;
esac
if [ "$target" != "$machine" ]; then name=$name-$target; fi

# ---- the bare system -------------------------------------------------------------------------------------------------

if [ "$(id -u)" -ne 0 ]; then impossible "making another system needs root, and you are not root."; fi
PATH=$PATH:/usr/sbin:/sbin
for program in debootstrap unshare chroot flock apt-get wget; do
    command -v $program >/dev/null || impossible "there is no $program here."
done
unshare --mount true 2>/dev/null || impossible "this machine grants no mount namespaces (a container without rights?)."

# apt's own proxy, where the environment names none.
for scheme in http https; do
    variable=${scheme}_proxy
    proxy=$(apt-config dump "Acquire::$scheme::Proxy" --format '%v%n' 2>/dev/null | head -n 1)
    if [ -z "${!variable:-}" ] && [ -n "$proxy" ] && [ "$proxy" != DIRECT ]; then export "$variable=$proxy"; fi
done
mirror=
while read -r address; do
    case $address in
    http://* | https://*)
        if wget -q -O /dev/null --tries=2 --timeout=20 "${address%/}/dists/$suite/InRelease"; then
            mirror=${address%/}
            break
        fi ;;
    esac
done < <(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 2>/dev/null | awk '!seen[$0]++')
if [ -z "$mirror" ]; then impossible "none of this machine's apt sources can be reached and has Debian's $suite."; fi

cache=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/gradus-distro
mkdir -p "$cache/packages/$suite" build-distro
exec 9>"$cache/packages/$suite.lock"
if ! flock --nonblock 9; then
    echo "Waiting for another run in $suite."
    flock 9
fi
root='' child='' base=$cache/$suite-$machine.tar
leave() {
    # unshare heeds no other signal; all processes of its namespace end with it.
    if [ -n "$child" ]; then
        kill -KILL "$child"
        wait "$child" 2>/dev/null || true
    fi
    if [ -n "$root" ] && [ -z "$keep" ]; then rm -rf --one-file-system "$root"; fi
    rm -rf --one-file-system "$base.tree" "$base.part"
}
trap leave EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

begin=$SECONDS
if [ -e "$base" ] && [ -z "$(find "$base" -mtime -30)" ]; then rm -f "$base" "$cache/packages/$suite"/*.deb; fi
if [ ! -e "$base" ]; then
    echo "[$name] debootstrap $suite"
    scripts=/usr/share/debootstrap/scripts script=
    if [ ! -e "$scripts/$suite" ]; then script=$scripts/sid; fi
    rm -rf --one-file-system "$base.tree"
    include='make'
    case $mirror in https://*) include=$include,ca-certificates ;; esac
    if ! unshare --mount debootstrap --variant=minbase "--include=$include" "$suite" "$base.tree" "$mirror" $script \
        >"$cache/$suite.log" 2>&1; then
        tail -n 5 "$cache/$suite.log" >&2
        impossible "debootstrap could not make the system; all it said is in $cache/$suite.log."
    fi
    rm -f "$base.tree"/var/cache/apt/archives/*.deb
    tar -C "$base.tree" -cf "$base.part" .
    mv "$base.part" "$base"
    rm -rf --one-file-system "$base.tree"
fi

root=$PWD/build-distro/$name
if [ -z "$keep" ]; then root=$(mktemp -d "$root.XXXXXX"); fi
if [ ! -e "$root/etc/debian_version" ]; then
    mkdir -p "$root"
    tar -C "$root" -xf "$base" --numeric-owner
fi
chmod 755 "$root"
cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
# A machine whose mirror stands still has told its apt not to mind.
apt-config dump Acquire::Check-Valid-Until Acquire::Check-Date >"$root/etc/apt/apt.conf.d/90gradus"

# What git would commit; all that is no build, where this is no clone.
files() {
    if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
        git ls-files -z --cached --others --exclude-standard
    else
        find . -path './build*' -prune -o -path ./runs -prune -o -path ./.git -prune -o -type f -print0
    fi
}
mkdir -p "$root/root/gradus"
files | while IFS= read -r -d '' file; do if [ -e "$file" ]; then printf '%s\0' "$file"; fi; done |
    tar --null -T - --owner=0 --group=0 -cf - | tar -C "$root/root/gradus" -xf -
echo "[$name] Debian $(cat "$root/etc/debian_version"), made ready in $((SECONDS - begin)) s"

# ---- the commands ----------------------------------------------------------------------------------------------------

lines() { (IFS=$'\n' && echo "$*"); }
DISTRO_COMMANDS=$(lines "${commands[@]}")
DISTRO_VARIABLES=$(lines ${variables[@]+"${variables[@]}"})
DISTRO_WITH=$(lines ${packages[@]+"${packages[@]}"})
DISTRO_NAME=$name DISTRO_MACHINE=$target DISTRO_PACKAGES=$cache/packages/$suite
export DISTRO_COMMANDS DISTRO_VARIABLES DISTRO_WITH DISTRO_NAME DISTRO_MACHINE DISTRO_PACKAGES
namespaces=(--mount --pid) DISTRO_READY=''
if [ "$target" != "$machine" ]; then
    # A user namespace as well, in which all users are who they are outside: only a process outside may say so.
    namespaces+=(--user) DISTRO_READY=$root/root/ready
    rm -f "$DISTRO_READY"
    mkfifo "$DISTRO_READY"
fi
export DISTRO_READY
# In the background, since bash heeds a signal only when no command is in the foreground.
unshare "${namespaces[@]}" --fork --kill-child "$BASH" "$0" --inside "$root" <&0 &
child=$!
if [ -n "$DISTRO_READY" ]; then
    for _ in $(seq 100); do
        if [ "$(readlink /proc/$child/ns/user)" != "$(readlink /proc/self/ns/user)" ]; then break; fi
        sleep 0.05
    done
    if ! { echo "0 0 65536" >"/proc/$child/uid_map" && echo "0 0 65536" >"/proc/$child/gid_map"; } 2>/dev/null; then
        impossible "this machine grants no user namespaces, in which QEMU could run ARM programs."
    fi
    echo ready >"$DISTRO_READY"
    rm -f "$DISTRO_READY"
fi
status=0
wait "$child" || status=$?
child=''
exit $status
