// A description of data as one JSON object.
#ifndef GRADUS_CLI_DATA_JSON_H
#define GRADUS_CLI_DATA_JSON_H

#include <gradus/describe.h>
#include <stdbool.h>

// Prints it on standard output. False after a complaint.
bool print_description_json(const gd_description *description, const char *recipe);

#endif
