#include "metric/ranking.h"

int64_t gd__pass_equals(const gd__entry *entry, int64_t count, gd__passed *passed)
{
    const double score = entry[count - 1].value;
    while (count > 0 && entry[count - 1].value == score) {
        count--;
        gd__sum_add(entry[count].yes ? &passed->yes : &passed->no, entry[count].weight);
    }
    return count;
}
