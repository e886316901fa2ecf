#include "data/json.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"

char *gd__json_text(json_t *json)
{
    if (json == NULL)
        return NULL;
    char *text = json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(17));
    json_decref(json);
    char *copy = gd__copy_text(text);
    free(text); // jansson's own block
    return copy;
}

gd_status gd__json_parse(const char *what, const char *text, json_t **out)
{
    json_error_t error;
    *out = json_loads(text, 0, &error);
    if (*out == NULL)
        return gd__fail(GD_ERROR_FORMAT, "%s is not valid JSON: line %d: %s", what, error.line, error.text);
    if (!json_is_object(*out)) {
        json_decref(*out);
        *out = NULL;
        return gd__fail(GD_ERROR_FORMAT, "%s is not a JSON object", what);
    }
    return GD_OK;
}
