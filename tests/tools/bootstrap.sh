#!/usr/bin/env bash
# tools/bootstrap.sh with package managers that only write down how they were called, in a PATH that holds nothing else
# but what the script itself uses.
set -uo pipefail
tools=$(cd "$(dirname "$0")/../../tools" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
# A copy, since the script removes what build directories were configured with.
mkdir -p tree/tools tree/build
cp "$tools/bootstrap.sh" tree/tools/

case_name='' complaints=''
begin() { case_name=$1 complaints=''; }
complain() { complaints+="# $1"$'\n'; }
finish() {
    if [ -z "$complaints" ]; then echo "ok $case_name"; else printf 'not ok %s\n%s' "$case_name" "$complaints"; fi
}

# stub NAME BODY: a program in the new PATH. $CALLS is the file in which they write down their calls.
stub() {
    printf '#!%s\n%s\n' "$BASH" "$2" >"bin/$1"
    chmod +x "bin/$1"
}
# machine MANAGER USER [BODY]: a PATH with this package manager, which does BODY after it wrote down its call.
machine() {
    local program
    rm -rf bin calls && mkdir bin && : >calls
    for program in bash cat grep tail mktemp rm dirname; do ln -s "$(command -v "$program")" "bin/$program"; done
    stub id "echo $2"
    # shellcheck disable=SC2016  # the stub expands them
    stub sudo 'echo "sudo $*" >>"$CALLS"; [ "$1" != -n ] || shift; "$@"'
    if [ -n "$1" ]; then stub "$1" "echo \"$1 \$*\" >>\"\$CALLS\"; ${3:-true}"; fi
    if [ "$1" = apt-get ]; then stub dpkg true; fi
}
bootstrap() { # argument…: leaves `status`, out, err and calls
    CALLS=$scratch/calls PATH=$scratch/bin "$BASH" tree/tools/bootstrap.sh "$@" >out 2>err </dev/null
    status=$?
}
wants_status() { [ "$status" -eq "$1" ] || complain "exit status $status, expected $1: $(cat err)"; }
wants_calls() { # line…
    [ "$(cat calls)" = "$(printf '%s\n' "$@")" ] || complain "the calls were:"$'\n'"$(sed 's/^/#     /' calls)"
}
wants_in() { grep -q -F -e "$2" "$1" || complain "$1 lacks: $2"; }

# manager | the whole command line for the tests | before it
while IFS='|' read -r manager command before; do
    begin "$manager installs its own names"
    machine "$manager" 0
    bootstrap --all test
    wants_status 0
    if [ -n "$before" ]; then wants_calls "$before" "$command"; else wants_calls "$command"; fi
    finish

    begin "$manager: --dry-run says so and does nothing"
    machine "$manager" 0
    bootstrap --dry-run --all test
    wants_status 0
    wants_in out "To install them: $command"
    [ ! -s calls ] || complain "called: $(cat calls)"
    finish
done <<'END'
apt-get|apt-get install -y -q --no-install-recommends gcc libc6-dev make cmake pkg-config libyaml-dev libjansson-dev zlib1g-dev ninja-build libdnnl-dev libhdf5-dev libjpeg-dev libpng-dev libxml2-dev libsndfile1-dev libsamplerate0-dev libkissfft-dev liblbfgs-dev libjs-vega dataset-fashion-mnist libcmocka-dev|apt-get update -q
dnf|dnf install -y -q gcc glibc-devel make cmake pkgconf-pkg-config libyaml-devel jansson-devel zlib-devel ninja-build onednn-devel hdf5-devel libjpeg-turbo-devel libpng-devel libxml2-devel libsndfile-devel libsamplerate-devel kiss-fft-devel parquet-glib-devel liblbfgs-devel libcmocka-devel|
zypper|zypper --non-interactive install --no-recommends gcc glibc-devel make cmake pkg-config libyaml-devel libjansson-devel zlib-devel ninja onednn-devel hdf5-devel libjpeg8-devel libpng16-devel libxml2-devel libsndfile-devel libsamplerate-devel libcmocka-devel|
pacman|pacman -S --needed --noconfirm gcc glibc make cmake pkgconf libyaml jansson zlib ninja onednn hdf5 libjpeg-turbo libpng libxml2 libsndfile libsamplerate cmocka|
apk|apk add -q gcc musl-dev make cmake pkgconf yaml-dev jansson-dev zlib-dev samurai onednn-dev hdf5-dev libjpeg-turbo-dev libpng-dev libxml2-dev libsndfile-dev libsamplerate-dev cmocka-dev|apk update -q
brew|brew install -q gcc make cmake pkgconf libyaml jansson zlib ninja onednn hdf5 jpeg-turbo libpng libxml2 libsndfile libsamplerate apache-arrow-glib liblbfgs cmocka|
END

begin "every row has a column for every manager"
for manager in apt-get dnf zypper pacman apk brew; do
    machine "$manager" 0
    for purpose in build demo test ci check course; do
        bootstrap -n --all "$purpose"
        wants_status 0
        [ ! -s err ] || complain "$manager, $purpose: $(cat err)"
    done
done
finish

begin "what has no package there is said to have none"
machine dnf 0
bootstrap --all demo
wants_in out "vega"
wants_in out "the charts of the report (not packaged there)"
wants_in out "the pictures to learn from (not packaged there)"
finish

begin "who is not root asks sudo, without a question"
machine dnf 1000
bootstrap --all build
wants_status 0
wants_in calls "sudo -n dnf install -y -q gcc"
finish

begin "brew is never run by root's hand"
machine brew 1000
bootstrap --all build
wants_status 0
! grep -q sudo calls || complain "sudo was called"
finish

begin "without sudo a needed package is named"
machine pacman 1000
rm bin/sudo
bootstrap --all build
wants_status 1
wants_in err "As root: pacman -S --needed --noconfirm gcc"
wants_in err "Please install by hand: gcc glibc make cmake pkgconf libyaml jansson zlib"
finish

begin "a wanted package that fails keeps nobody away"
machine apk 0 '[[ " $* " != *" onednn-dev "* ]]'
bootstrap --all build
wants_status 0
wants_in err "apk could not install onednn-dev"
wants_in calls "apk add -q hdf5-dev"
finish

begin "a needed package that fails is the end"
machine zypper 0 '[[ " $* " != *" libyaml-devel "* ]]'
bootstrap --all build
wants_status 1
wants_in err "Gradus cannot be built without libyaml-devel."
finish

begin "without a package manager the names are said"
machine '' 0
bootstrap --all build
wants_status 1
wants_in err "There is no package manager here that this script knows"
wants_in err "Please install by hand: gcc libc6-dev make"
finish

begin "build directories look again after an installation, and only then"
machine dnf 0
: >tree/build/CMakeCache.txt
bootstrap -n --all build
[ -e tree/build/CMakeCache.txt ] || complain "a dry run removed it"
bootstrap --all build
[ ! -e tree/build/CMakeCache.txt ] || complain "it is still there"
finish

begin "nothing is said when all is there"
machine dnf 0
# These packages are on the machine that runs the tests; commands count by their name in PATH.
for program in cc make cmake pkg-config ninja; do stub "$program" true; done
bootstrap build
wants_status 0
if [ -s out ] || [ -s err ]; then
    # What the machine itself lacks may be said, and only that.
    ! grep -E '^  (gcc|glibc-devel|make|cmake|pkgconf-pkg-config|libyaml-devel|jansson-devel|zlib-devel|ninja-build) ' out \
        >/dev/null || complain "said: $(cat out)"
fi
finish

begin "a wrong purpose is refused"
bootstrap everything
wants_status 2
wants_in err "usage: tools/bootstrap.sh"
finish
