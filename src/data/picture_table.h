// A table of pictures: a CSV file with their paths and classes.
#ifndef GD_DATA_PICTURE_TABLE_H
#define GD_DATA_PICTURE_TABLE_H

#include <gradus/data.h>

bool gd__is_picture_table(const char *path); // by its ending

// A picture of the table; class_text is NULL where there is no column of classes.
typedef gd_status gd__picture_row(void *context, const char *path, const char *class_text);
// Hands over the picture of each row. Paths that do not begin with / are looked for from the table's folder.
gd_status gd__picture_table_read(const char *path, const gd_picture_opts *opts, gd__picture_row *row, void *context);

#endif
