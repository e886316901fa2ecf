// generate: made-up data sets.
#include <gradus/generate.h>

#include "base/error.h"
#include "model/keys.h"
#include "model/source_kind.h"

static const gd_option keys[] = {
    {.name = "kind",
     .type = GD_OPTION_CHOICE,
     .required = true,
     .choices = "circles|moons|spirals|blobs|flower|xor|linear|polynomial|houses|sales",
     .doc = "which data set: two circles (noise 0.05), two half moons (0.2), spiral arms (0.2), Gaussian clouds (1), a "
            "flower (0.2), the corners of a square (0.2), y = x w + b (0.01), a cubic polynomial (0.1), prices of "
            "houses (10), or what three shops sell day by day (5), for `data.windows`"},
    WHOLE("samples", 1, 1e9, "300", "samples"),
    {.name = "noise",
     .type = GD_OPTION_NUMBER,
     .ranged = true,
     .high = 1e9,
     .doc = "its deviation; else the kind's own"},
    WHOLE("seed", 0, 4294967295.0, "0", "of NumPy's generator: the same points as in the courses' programs"),
    WHOLE("classes", 1, 1e6, NULL, "of spirals and blobs; else 3"),
    WHOLE("features", 1, 1e6, NULL, "of blobs and linear, else 2; the powers of polynomial, else 1"),
    END,
};

static gd_status open_generated(const gd_source_call *call, gd_dataset **out)
{
    const gd__chosen chosen = gd__source_call_of(call)->chosen;
    gd__options options = chosen.options;
    char place[GD__PLACE_SIZE];
    const double noise = gd__option_number(options, "noise");
    gd_generate_opts opts = {
        .samples = gd__option_integer(options, "samples"),
        // Who writes 0 wants none; who writes nothing, the kind's own.
        .noise = gd__option_node(options, "noise") != NULL && noise == 0 ? -1 : noise,
        .seed = (uint32_t)gd__option_integer(options, "seed"),
        .classes = (int)gd__option_integer(options, "classes"),
        .features = (int)gd__option_integer(options, "features"),
    };
    gd_status status = gd_generator_named(gd__option_text(options, "kind"), &opts.kind);
    if (status == GD_OK)
        status = gd_dataset_generate(opts, out);
    return status == GD_OK ? status : gd__fail_in(status, "%s", gd__yaml_place(chosen.node, place));
}

const gd_source_kind gd__source_generate = {
    .record = {.name = "generate", .doc = "a made-up data set", .options = keys, .short_option = "kind"},
    .open = open_generated,
};
