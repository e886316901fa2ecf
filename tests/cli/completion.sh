#!/usr/bin/env bash
# Completion scripts: bash completes with them; zsh and fish read them, where they are installed. And `gradus schema`.
# shellcheck source=tests/cli/common/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common/common.sh"

# What bash offers at the end of a command line.
offers() {
    COMP_WORDS=("$@")
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    COMPREPLY=()
    _gradus
    printf '%s\n' "${COMPREPLY[@]}" >out
}
wants_offer() { grep -q -x -e "$1" out || complain "'$1' is not offered"; }
wants_no_offer() { grep -q -x -e "$1" out && complain "'$1' is offered"; }

begin "bash reads its script"
run "$gradus" completion bash
wants_status 0
wants_silence
cp out gradus.bash
run bash -n gradus.bash
wants_status 0
finish
# shellcheck disable=SC1091
. ./gradus.bash

begin "commands"
offers gradus ''
for command in train predict new schema completion version help; do wants_offer $command; done
offers gradus tr
wants_offer train
wants_no_offer predict
finish

begin "options"
offers gradus train net.yaml --re
wants_offer --resume
wants_no_offer --folds
offers gradus train net.yaml --
wants_offer --folds
wants_no_offer --batch
offers gradus info net.yaml --
wants_offer --batch
wants_offer --help
finish

begin "files, and names of settings"
touch net.yaml
mkdir -p folder
offers gradus train n
wants_offer net.yaml
offers gradus train net.yaml train.ep
wants_offer train.epochs=
offers gradus train net.yaml optimizer.adam.
wants_offer optimizer.adam.learning_rate=
offers gradus info net.yaml data.spl
wants_offer data.split.validation=
offers gradus predict net.yaml train.ep
wants_no_offer train.epochs=
offers gradus predict net.yaml --output f
wants_offer folder
finish

begin "shells"
offers gradus completion ''
wants_offer fish
run "$gradus" completion tcsh
wants_status 2
finish

for shell in zsh fish; do
    begin "$shell"
    run "$gradus" completion $shell
    wants_status 0
    wants_silence
    wants_out 'dry-run'
    wants_out 'train.epochs='
    cp out script
    finish
    if command -v $shell >/dev/null; then
        begin "$shell reads its script"
        run $shell -n script
        wants_status 0
        finish
    else
        skip "$shell is not installed"
    fi
done

begin "schema"
run "$gradus" schema
wants_status 0
wants_silence
wants_out 'http://json-schema.org/draft-07/schema#'
cp out printed
run "$gradus" schema --output schema.json
wants_status 0
run cat schema.json
wants_same out printed
finish
refuses "an operand for schema" 2 "'schema' does not know what to do with 'x'" "$gradus" schema x
