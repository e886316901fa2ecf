// A table as a source of samples.
#ifndef GD_DATA_CSV_SOURCE_H
#define GD_DATA_CSV_SOURCE_H

#include "data/csv_kinds.h"
#include "data/dataset.h"

// Makes the data set, without the rows that lack cells where these are dropped. Takes the table, the schema and `place`
// of the content over (freed on failure too).
gd_status gd__csv_dataset_create(const gd__csv_content *content, int file_count, gd_dataset **out);

#endif
