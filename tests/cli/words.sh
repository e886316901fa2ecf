#!/usr/bin/env bash
# Word vectors: learning them, with word2vec's names of options too, asking, judging, writing.
# shellcheck source=tests/cli/common/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common/common.sh"
awk 'BEGIN {
    srand(1)
    for (i = 0; i < 4000; i++) {
        colour = i % 2
        line = ""
        for (k = 0; k < 8; k++)
            line = line (colour ? "red" : "sea") int(rand() * 6) " "
        print line
    }
}' >text.txt
gzip -k text.txt
printf '%s\n' ': made up' 'red1 red2 sea1 sea2' 'red1 nothing sea1 sea2' >questions.txt
printf '%s\n' 'red1	red2	9' 'sea1	sea2	9' 'red1	sea1	1' 'red3	sea2	0' >pairs.txt

begin "vectors are learned, and words used alike are near"
run "$gradus" words train text.txt --output vectors.txt --size 16 --quiet
wants_status 0
wants_out 'vectors.txt: 12 words, 16 numbers each'
run "$gradus" words nearest vectors.txt red1 --nearest 5
wants_status 0
wants_out 'red'
wants_no_out 'sea'
finish

begin "word2vec's options with one dash; gzipped text; one thread gives the same each time"
run "$gradus" words train -train text.txt.gz -output a.bin -cbow 0 -size 16 -threads 1 -binary 1 -iter 2
wants_status 0
run "$gradus" words train text.txt -o b.bin --skip-gram --size 16 -t 1 -e 2
wants_status 0
wants_same a.bin b.bin
finish

begin "files are written in other formats, and read"
run "$gradus" words export a.bin a.npy
wants_status 0
run "$gradus" words export a.npy again.bin
wants_status 0
wants_same a.bin again.bin
run "$gradus" words export a.bin a.txt --format glov
wants_status 2
wants_err "did you mean 'glove'?"
finish

begin "analogies and similarities"
run "$gradus" words eval vectors.txt questions.txt pairs.txt
wants_status 0
wants_out 'made up'
wants_out 'spearman'
wants_out '(4 of 4 pairs)'
run "$gradus" words eval vectors.txt questions.txt --json
wants_status 0
wants_out '"unknown": 1'
run "$gradus" words analogy vectors.txt red1 red2 sea1 --nearest 3
wants_status 0
wants_out 'sea'
finish

begin "mistakes are told"
run "$gradus" words
wants_status 2
run "$gradus" words trian
wants_status 2
wants_err "did you mean 'train'?"
run "$gradus" words train text.txt
wants_status 2
wants_err 'where to? --output FILE'
run "$gradus" words train nothing.txt -o x.bin
wants_status 1
wants_err 'nothing.txt: cannot be opened'
run "$gradus" words nearest vectors.txt purple
wants_status 1
wants_err "'purple' is not among the 12 words"
head -c 300 a.bin >cut.bin
run "$gradus" words nearest cut.bin red1
wants_status 1
wants_err 'cut.bin'
finish
