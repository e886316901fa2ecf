// csv: tables of text.
#include "model/keys.h"
#include "model/source_kind.h"

static const gd_option keys[] = {FILES(1, 1000, "the file, or several that are read as one; `data.csv` says how"), END};

static gd_status open_table(const gd_source_call *call, gd_dataset **out)
{
    const gd__source_call *inside = gd__source_call_of(call);
    gd__table_opts table = inside->table;
    table.is_parquet = false;
    return gd__read_table(inside->recipe, call->file_count, call->file, table, out);
}

const gd_source_kind gd__source_csv = {
    .record = {.name = "csv",
               .doc = "a table with a line for each sample, plain or .gz",
               .options = keys,
               .short_option = "files",
               .aliases = "tsv|table"},
    .endings = ".csv|.tsv|.csv.gz|.tsv.gz",
    .open = open_table,
};
