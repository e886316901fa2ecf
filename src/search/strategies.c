// Which strategies there are: the table of recipes lists them (model/search_table.c).
#include "base/error.h"
#include "model/schema.h"
#include "search/search.h"

const gd_records *gd_strategy_kinds(void)
{
    return &gd__strategy_records;
}

const gd_strategy_kind *gd_strategy_kind_named(const char *name)
{
    return (const gd_strategy_kind *)(const void *)gd_record_find(&gd__strategy_records, name); // its first member
}

gd_status gd_strategy_register(const gd_strategy_kind *kind)
{
    if (kind == NULL || kind->propose == NULL || kind->record.options != NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "a strategy needs a function that proposes trials, and has no options");
    return gd_record_register(&gd__strategy_records, &kind->record);
}
