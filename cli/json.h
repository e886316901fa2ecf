// JSON for --json. Where memory is short members are left out, and json_print says so.
#ifndef GRADUS_CLI_JSON_H
#define GRADUS_CLI_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

void json_put_text(json_t *object, const char *name, const char *text); // NULL: null
void json_put_integer(json_t *object, const char *name, int64_t number);
void json_put_number(json_t *object, const char *name, double number); // not finite: null
// Prints it on standard output and releases it. False after a complaint.
bool json_print(json_t *root);

#endif
