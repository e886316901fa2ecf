// Options structs of layers out of a line of text.
#ifndef GD_TESTS_NN_OPTIONS_OF_H
#define GD_TESTS_NN_OPTIONS_OF_H

#include <cmocka.h>
#include <gradus/layer.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The options "filters=4 kernel=3,2 padding=same" of a layer, to be freed.
static inline void *options_of(const gd_layer_kind *kind, const char *settings)
{
    char buffer[200], *rest = NULL;
    void *options = calloc(1, kind->record.options_size + 1);
    gd_options_default(&kind->record, options);
    snprintf(buffer, sizeof buffer, "%s", settings);
    for (char *word = strtok_r(buffer, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
        char *value = strchr(word, '='), *end;
        *value++ = '\0';
        gd_setting setting = {.name = word, .value = strtod(value, &end)};
        if (*end != '\0')
            setting.text = value;
        if (gd_options_set(&kind->record, options, setting) != GD_OK)
            fail_msg("%s", gd_last_error());
    }
    return options;
}

#endif
