#include "json.h"

#include <math.h>
#include <stdio.h>

#include "print.h"

void json_put_text(json_t *object, const char *name, const char *text)
{
    json_t *value = text == NULL ? json_null() : json_string(text);
    // A file's name may be no UTF-8.
    json_object_set_new(object, name, value == NULL ? json_string("?") : value);
}

void json_put_integer(json_t *object, const char *name, int64_t number)
{
    json_object_set_new(object, name, json_integer(number));
}

void json_put_number(json_t *object, const char *name, double number)
{
    json_object_set_new(object, name, isfinite(number) ? json_real(number) : json_null());
}

bool json_print(json_t *root)
{
    bool good = root != NULL && json_dumpf(root, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(9)) == 0;
    json_decref(root);
    putchar('\n');
    if (!good)
        print_error("the result could not be written as JSON");
    return good;
}
