// parquet: tables in Apache Parquet's format.
#include "model/keys.h"
#include "model/source_kind.h"

static const gd_option keys[] = {FILES(1, 1000, "the file, or several that are read as one; `data.csv` says how"), END};

static gd_status open_table(const gd_source_call *call, gd_dataset **out)
{
    const gd__source_call *inside = gd__source_call_of(call);
    gd__table_opts table = inside->table;
    table.is_parquet = true;
    return gd__read_table(inside->recipe, call->file_count, call->file, table, out);
}

const gd_source_kind gd__source_parquet = {
    .record = {.name = "parquet",
               .doc = "a table in Apache Parquet's format, where Apache Arrow's GLib library is installed",
               .options = keys,
               .short_option = "files"},
    .endings = ".parquet",
    .open = open_table,
};
