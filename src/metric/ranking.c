#include "metric/ranking.h"

#include "base/error.h"
#include "base/memory.h"

int64_t gd__pass_equals(const gd__entry *entry, int64_t count, gd__passed *passed)
{
    const double score = entry[count - 1].value;
    while (count > 0 && entry[count - 1].value == score) {
        count--;
        gd__wide_add(entry[count].yes ? &passed->yes : &passed->no, entry[count].weight);
    }
    return count;
}

static gd_status make_cuts(const gd__kept *kept, int64_t column, gd__cut **cuts, int64_t *count)
{
    gd__entry *entry = gd__kept_column(kept, column);
    *cuts = gd__alloc_zeroed((size_t)kept->count, sizeof **cuts);
    if (entry == NULL || *cuts == NULL) {
        gd__free(entry);
        gd__free(*cuts);
        *cuts = NULL;
        return gd__fail_memory("the scores of all samples, in order");
    }
    gd__passed passed = {0};
    for (int64_t left = kept->count; left > 0;) {
        left = gd__pass_equals(entry, left, &passed);
        (*cuts)[(*count)++] =
            (gd__cut){.score = entry[left].value, .yes = gd__wide_value(passed.yes), .no = gd__wide_value(passed.no)};
    }
    gd__free(entry);
    return GD_OK;
}

gd_status gd__ranking_cuts(const gd_scored *scored, int64_t column, gd__cut **cuts, int64_t *count)
{
    gd__kept kept = {.opts = {.task = scored->task, .width = scored->width}};
    *cuts = NULL;
    *count = 0;
    gd_status status = gd__kept_add(&kept, scored, gd__score_of);
    if (status == GD_OK)
        status = make_cuts(&kept, column, cuts, count);
    gd__kept_free(&kept);
    return status;
}
