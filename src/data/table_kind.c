#include "data/table_kind.h"

#include "base/memory.h"

void gd__csv_head_free(gd__csv_head *head)
{
    for (int i = 0; i < head->count && head->name != NULL; i++)
        gd__free(head->name[i]);
    gd__free(head->name);
    *head = (gd__csv_head){0};
}
