// Which kinds of sources there are.
#include <string.h>

#include "base/error.h"
#include "base/record.h"
#include "model/source_kind.h"

#include "sources.def"

static const gd_record *const records[] = {GD_SOURCES(GD__RECORD_OF)};

static gd_own_records own;
const gd_records gd__source_variants = {
    .noun = "source", .count = GD_COUNT_OF(records), .record = records, .own = &own};

const gd_records *gd_source_kinds(void)
{
    return &gd__source_variants;
}

gd_status gd_source_register(const gd_source_kind *kind)
{
    if (kind == NULL || kind->open == NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "a kind of source needs a function that opens it");
    return gd_record_register(&gd__source_variants, &kind->record);
}

gd_picture_layout gd__source_layout(const gd__source_call *call)
{
    const char *word = gd__option_text(call->chosen.options, "layout");
    return word == NULL ? GD_LAYOUT_UNSAID : strcmp(word, "nhwc") == 0 ? GD_NHWC : GD_NCHW;
}
