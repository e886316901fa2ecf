#include "nn/layer_common.h"

const gd_option gd__layer_common[] = {
    {.name = "as",
     .type = GD_OPTION_TEXT,
     .doc = "a name for what it puts out, for `from`; its variables begin with it"},
    {.name = "from",
     .type = GD_OPTION_TEXTS,
     .least = 1,
     .doc =
         "what it takes, in place of what the layer before it puts out: the name of a layer before it, a field of "
         "the data, `previous`, which is what it would take without, or `input`, which is what came into the block; or "
         "a list of them"},
    {.name = "share",
     .type = GD_OPTION_TEXT,
     .doc = "the name of a layer before it of the same kind, whose weights it uses: both move them. Of a sequence or "
            "block: "
            "those of all layers in it that have names"},
    {0},
};
