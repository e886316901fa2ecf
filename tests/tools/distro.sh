#!/usr/bin/env bash
# What tools/distro.sh says where it can do nothing. It is never allowed to make a system here: debootstrap is one that
# fails.
set -uo pipefail
tools=$(cd "$(dirname "$0")/../../tools" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
mkdir -p tree/tools bin
cp "$tools/distro.sh" tree/tools/
export XDG_CACHE_HOME=$scratch/cache
stub() {
    printf '#!%s\n%s\n' "$BASH" "$2" >"bin/$1"
    chmod +x "bin/$1"
}
# says NAME STATUS SENTENCE ARGUMENT…
says() {
    local name=$1 wanted=$2 sentence=$3 status=0
    shift 3
    PATH=$scratch/bin:$PATH "$BASH" tree/tools/distro.sh "$@" >log 2>&1 </dev/null || status=$?
    if [ "$status" -eq "$wanted" ] && grep -q -F -e "$sentence" log; then
        echo "ok $name"
    else
        echo "not ok $name"
        echo "# exit status $status, expected $wanted"
        sed 's/^/# /' log
    fi
}

stub id 'echo 1000'
says 'who is not root is told so' 77 'making another system needs root, and you are not root.' debian-13
says 'a system must be named' 2 'which system?'
says 'an unknown system' 2 "there is no system 'debian-1'." debian-1
says 'an unknown option' 2 'there is no option --quick.' --quick debian-13

stub id 'echo 0'
stub unshare 'exit 1'
for program in flock wget apt-get; do stub $program true; done
stub debootstrap 'echo "the network is down"; exit 1'
says 'no namespaces' 77 'this machine grants no mount namespaces' debian-13
# shellcheck disable=SC2016  # the stub expands them
stub unshare '[ "$1" != --mount ] || shift; "$@"'
says 'no mirror in the sources of apt' 77 "none of this machine's apt sources can be reached and has Debian's trixie." \
    debian-13
stub apt-get 'echo http://mirror.invalid/debian/'
stub wget 'exit 4'
says 'a mirror that is not to be reached' 77 "can be reached and has Debian's testing." testing
stub wget true
says 'debootstrap fails' 77 'the network is down' bookworm
