// How samples are dealt out to the parts of a split, or to folds.
#ifndef GD_DATA_DEAL_H
#define GD_DATA_DEAL_H

#include "base/random.h"
#include "data/dataset.h"

// The samples in the order in which they are dealt, and the part that each of them goes to.
typedef struct gd__deal {
    const gd_dataset *set;
    gd_deal_opts opts;
    gd__random random;
    int64_t *list;       // (count): samples of the set; classes stand one behind the other
    int *part;           // (count): of each entry of the list; -1: none
    int64_t class_count; // 1 where nothing is stratified
    int64_t *first;      // (class_count + 1): where each class begins in the list
    int64_t group_count; // 0 where there are no groups
    int64_t *group;      // (count): of each sample of the set
} gd__deal;

// Puts the samples in order. Release with gd__deal_end, on failure too.
gd_status gd__deal_begin(gd__deal *deal, const gd_dataset *set, const gd_deal_opts *opts);
void gd__deal_end(gd__deal *deal);

// Each class gives every part its share: end[p] is where part p ends, as a share of the whole.
void gd__deal_shares(gd__deal *deal, int parts, const double *end);
// Folds of the same size to within one sample, and with the same share of each class.
void gd__deal_folds(gd__deal *deal, int folds);
// Whole groups, in an order that is random, so that parts come near the shares.
gd_status gd__deal_groups(gd__deal *deal, int parts, const double *end);

// ---- The values of a field (ranks.c)

// Finds a stored field that has one number a sample; the sentence of a failure begins with `what` and lists the fields.
gd_status gd__find_number_field(const gd_dataset *set, const char *name, const char *what, int *field);
// The rank of each sample's value among the different values of the field, from 0 in ascending order, into `rank`, and
// how many values there are. More than `most` of them are an error.
gd_status gd__rank_values(const gd_dataset *set, const char *name, const char *what, int64_t most, int64_t *rank,
                          int64_t *values);

#endif
