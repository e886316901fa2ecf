// Which kinds of tokenizers there are.
#include "base/error.h"
#include "base/record.h"
#include "text/tokenizer.h"

#include "tokenizers.def"

static const gd_record *const records[] = {GD_TOKENIZERS(GD__RECORD_OF)};

const gd_records gd__tokenizer_records = {
    .noun = "tokenizer", .count = sizeof records / sizeof *records, .record = records};

const gd_records *gd_tokenizer_kinds(void)
{
    return &gd__tokenizer_records;
}

const gd_tokenizer_kind *gd_tokenizer_kind_named(const char *name)
{
    return (const gd_tokenizer_kind *)(const void *)gd_record_find(&gd__tokenizer_records, name); // its first member
}
