// What sources of pictures take, whatever else they read.
#ifndef GD_MODEL_PICTURE_KEYS_H
#define GD_MODEL_PICTURE_KEYS_H

#include "model/keys.h"
#include "model/source_kind.h"
#include "picture/picture.h"

#define PICTURE_KEYS                                                                                                   \
    {.name = "size",                                                                                                   \
     .type = GD_OPTION_INTEGERS,                                                                                       \
     .least = 1,                                                                                                       \
     .most = 2,                                                                                                        \
     .ranged = true,                                                                                                   \
     .low = 1,                                                                                                         \
     .high = GD__PICTURE_SIDE,                                                                                         \
     .doc = "what all are brought to, N or [rows, columns]; without it they must be of one size",                      \
     .aliases = "image_size|img_size"},                                                                                \
        WHOLE("channels", 0, 3, 0, "1 (grey) or 3 (colour); 0: as the first has it"),                                  \
        {.name = "fit",                                                                                                \
         .type = GD_OPTION_CHOICE,                                                                                     \
         .choices = "crop|stretch",                                                                                    \
         .doc = "what is brought to `size`: the largest part of its proportions in the middle, or all of it, "         \
                "squeezed"},                                                                                           \
        {.name = "filter",                                                                                             \
         .type = GD_OPTION_CHOICE,                                                                                     \
         .choices = "bilinear|bicubic",                                                                                \
         .doc = "how pictures are resized; both antialiased"},                                                         \
        TEXT("below", "only what lies below this folder, such as `train`"),                                            \
    {                                                                                                                  \
        .name = "broken", .type = GD_OPTION_CHOICE, .choices = "error|skip",                                           \
        .doc = "what becomes of a picture that cannot be decoded"                                                      \
    }

// Whether an option that is a choice, or a text, is this word.
bool gd__option_is(gd__options options, const char *key, const char *word);
// The options that a recipe gives. *names is the list of its classes, for gd__free.
gd_status gd__picture_keys_read(const gd_source_call *call, gd_picture_opts *opts, const char ***names);

#endif
