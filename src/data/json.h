// JSON text to and from jansson's values.
#ifndef GD_DATA_JSON_H
#define GD_DATA_JSON_H

#include <gradus/base.h>
#include <jansson.h>

// Writes `json` on one line, numbers exact, and releases it; NULL when it is NULL or memory is short. Free with
// gd__free.
char *gd__json_text(json_t *json);
// Reads an object; `what` names it in errors.
gd_status gd__json_parse(const char *what, const char *text, json_t **out);

#endif
