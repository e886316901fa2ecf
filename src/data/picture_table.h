// A table of pictures: a CSV file with their paths and classes.
#ifndef GD_DATA_PICTURE_TABLE_H
#define GD_DATA_PICTURE_TABLE_H

#include "data/picture_list.h"

bool gd__is_picture_table(const char *path); // by its ending
// Adds the picture of each row to the list. Paths that do not begin with / are looked for from the table's folder.
gd_status gd__picture_table_read(gd__picture_list *list, const char *path, const gd_picture_opts *opts);

#endif
