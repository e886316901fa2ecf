#!/usr/bin/env bash
# Help texts, and command lines that cannot be understood.
# shellcheck source=tests/cli/common/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common/common.sh"
commands="train search runs report compare eval predict data new info check prune grow bench schema completion"

begin "gradus --help lists every command"
run "$gradus" --help
wants_status 0
wants_silence
for command in $commands version help; do wants_out "^  $command"; done
wants_out '^Exit status:'
cp out whole
finish

begin "help and -h say the same"
run "$gradus" help
wants_same out whole
run "$gradus" -h
wants_same out whole
finish

for command in $commands; do
    begin "$command --help"
    run "$gradus" "$command" --help
    wants_status 0
    wants_silence
    wants_out "^Usage: gradus $command"
    wants_out '^Options:'
    wants_out '^  -h, --help                This text'
    wants_out '^Examples:'
    # Help is 110 columns wide at most, and nothing hangs over.
    awk 'length($0) > 110 { exit 1 }' out || complain "a line is too long"
    cp out option
    run "$gradus" help "$command"
    wants_same out option
    finish
done

begin "version"
run "$gradus" version
wants_status 0
wants_out '^gradus [0-9]*\.[0-9]*\.[0-9]*$'
cp out version
run "$gradus" --version
wants_same out version
finish

refuses "no command" 2 \
    "which command? train, search, runs, report, compare, eval, predict, generate, similar, explain, data, new, info, check, prune, grow, words, bench, schema, completion, version or help" "$gradus"
refuses "a misspelt command" 2 "there is no command 'trian', did you mean 'train'?" "$gradus" trian net.yaml
refuses "an unknown command" 2 "there is no command 'xylophone'" "$gradus" xylophone
refuses "help for a misspelt command" 2 "there is no command 'evla', did you mean 'eval'?" "$gradus" help evla
refuses "no recipe" 2 "'train' needs RECIPE|CHECKPOINT [NAME=VALUE ...]" "$gradus" train
refuses "a misspelt option" 2 "'train' has no option '--dry-runn', did you mean '--dry-run'?" \
    "$gradus" train net.yaml --dry-runn
refuses "an unknown option" 2 "'train' has no option '--xylophone'" "$gradus" train net.yaml --xylophone
refuses "an unknown letter" 2 "'train' has no option '-z'" "$gradus" train net.yaml -z
refuses "an option without its value" 2 "option '--threads' needs a value" "$gradus" train net.yaml --threads
refuses "a value for an option that takes none" 2 "option '--quiet' takes no value" "$gradus" train net.yaml --quiet=3
refuses "a number that is none" 2 "--threads is 'two', expected a whole number from 1 to 1024" \
    "$gradus" eval net.yaml --threads two
refuses "a number out of range" 2 "--batch is '0', expected a whole number from 1 to 65536" \
    "$gradus" bench mlp --batch 0
refuses "a setting without a value" 2 "'epochs' is no setting, which has the form train.epochs=3" \
    "$gradus" info net.yaml epochs
refuses "an operand too many" 2 "'predict' does not know what to do with 'more'" "$gradus" predict a b more
refuses "an empty operand" 2 "an argument of 'train' is empty" "$gradus" train ''
refuses "options that exclude each other" 2 \
    "--resume has its weights from the checkpoint: --init cannot be given with it" \
    "$gradus" train net.yaml --resume --init a.safetensors
refuses "an unknown workload" 2 "there is no workload 'resnet', did you mean 'resnet18'?" "$gradus" bench resnet
refuses "an unknown part" 2 "--part is 'tests', expected train, validation or test" "$gradus" eval net.yaml --part tests
