// Entries of tables of options without fields, which are read by their names (model/schema.h). After the line that says
// what an option is for, more of the entry may follow: .aliases = "batch_size".
#ifndef GD_MODEL_KEYS_H
#define GD_MODEL_KEYS_H

#include <gradus/record.h>

#define FLAG(key, value, ...)                                                                                          \
    {                                                                                                                  \
        .name = (key), .type = GD_OPTION_FLAG, .standard = (value), .doc = __VA_ARGS__                                 \
    }
#define TEXT(key, ...)                                                                                                 \
    {                                                                                                                  \
        .name = (key), .type = GD_OPTION_TEXT, .doc = __VA_ARGS__                                                      \
    }
#define TEXTS(key, ...)                                                                                                \
    {                                                                                                                  \
        .name = (key), .type = GD_OPTION_TEXTS, .least = 1, .doc = __VA_ARGS__                                         \
    }
#define WHOLE(key, low_end, high_end, value, ...)                                                                      \
    {                                                                                                                  \
        .name = (key), .type = GD_OPTION_INTEGER, .ranged = true, .low = (low_end), .high = (high_end),                \
        .standard = (value), .doc = __VA_ARGS__                                                                        \
    }
#define NUMBER(key, low_end, high_end, value, ...)                                                                     \
    {                                                                                                                  \
        .name = (key), .type = GD_OPTION_NUMBER, .ranged = true, .low = (low_end), .high = (high_end),                 \
        .standard = (value), .doc = __VA_ARGS__                                                                        \
    }
#define LARGEST 9007199254740992.0 // 2^53: whole numbers are exact as far as this
#define END                                                                                                            \
    {                                                                                                                  \
        0                                                                                                              \
    }

// Of sources.
#define FILES(least_files, most_files, ...)                                                                            \
    {                                                                                                                  \
        .name = "files", .type = GD_OPTION_TEXTS, .required = true, .least = (least_files), .most = (most_files),      \
        .doc = __VA_ARGS__, .aliases = "file|path|paths"                                                               \
    }
#define LAYOUT                                                                                                         \
    {                                                                                                                  \
        .name = "layout", .type = GD_OPTION_CHOICE, .choices = "nchw|nhwc",                                            \
        .doc = "how pictures lie: (channels, height, width), or (height, width, channels), which are turned round"     \
    }

#endif
