// sounds: WAV and FLAC files in folders of classes, in archives of them, or by themselves.
#include "base/error.h"
#include "base/memory.h"
#include "model/picture_keys.h"

static const gd_option join_keys[] = {
    WHOLE("least", 1, 256, "1", "sounds at least"),
    WHOLE("most", 1, 256, "5", "sounds at most"),
    WHOLE("samples", 0, LARGEST, "0", "in an epoch; 0: as many as there are sounds"),
    TEXT("same", "the pattern's field that all sounds of a sample have alike, such as the speaker"),
    {.name = "gap",
     .type = GD_OPTION_NUMBERS,
     .ranged = true,
     .low = 0,
     .high = 60,
     .least = 1,
     .most = 2,
     .doc = "seconds of silence before, between and behind them, [least, most]"},
    END};

static const gd_option keys[] = {
    FILES(1, 64, "files, folders, tar archives (also gzipped), and tables (.csv, .tsv) of paths and classes"),
    WHOLE("rate", 1, 768000, "16000", "samples a second that all are brought to", .aliases = "sample_rate"),
    TEXT("pattern", "what the names of the files say, such as \"{digit}_{speaker}_{n}.wav\": each word in braces is a "
                    "field; without it the folder that a sound lies in is its class"),
    TEXT("target", "the pattern's field that is the target; else its first"),
    TEXT("group", "the pattern's field whose samples a split keeps together, such as the speaker"),
    TEXT("where", "only sounds of which this holds, such as \"n >= 5 and speaker != theo\""),
    {.name = "join",
     .type = GD_OPTION_MAP,
     .options = join_keys,
     .doc = "samples are made of several sounds each, and their target is the list of the classes"},
    TEXT("below", "only what lies below this folder, such as `train`"),
    {.name = "broken",
     .type = GD_OPTION_CHOICE,
     .choices = "error|skip",
     .doc = "what becomes of a sound that cannot be decoded"},
    TEXT("path_column", "of a table, the one with the sounds' paths; else `path`, `file` or `filename`"),
    TEXT("class_column", "of a table, the one with their classes; else `class`, `label` or `category`",
         .aliases = "label_column"),
    TEXTS("classes", "the classes, in the order of their numbers; else all, by name"),
    END};

// The names of the classes: `classes`, where it is given.
static gd_status take_classes(gd__options options, gd_sound_opts *opts, const char ***names)
{
    const gd__yaml *node = gd__option_node(options, "classes");
    if (node == NULL)
        return GD_OK;
    opts->class_count = node->kind == GD__YAML_LIST ? node->count : 1;
    *names = gd__alloc_zeroed((size_t)opts->class_count + 1, sizeof **names);
    if (*names == NULL)
        return gd__fail_memory("the classes of sounds");
    for (int i = 0; i < opts->class_count; i++)
        (*names)[i] = node->kind == GD__YAML_LIST ? node->item[i]->text : node->text;
    opts->class_name = *names;
    return GD_OK;
}

static void take_join(gd__options options, gd_sound_opts *opts)
{
    const gd__yaml *node = gd__option_node(options, "join");
    if (node == NULL)
        return;
    const gd__options join = {.node = node, .keys = join_keys};
    opts->least = (int)gd__option_integer(join, "least");
    opts->most = (int)gd__option_integer(join, "most");
    opts->samples = gd__option_integer(join, "samples");
    opts->same = gd__option_text(join, "same");
    const gd__yaml *gap = gd__option_node(join, "gap");
    if (gap == NULL)
        return;
    (void)gd__yaml_number(gap->kind == GD__YAML_LIST ? gap->item[0] : gap, &opts->gap_low);
    opts->gap_high = opts->gap_low;
    if (gap->kind == GD__YAML_LIST && gap->count == 2)
        (void)gd__yaml_number(gap->item[1], &opts->gap_high);
}

static gd_status open_sounds(const gd_source_call *call, gd_dataset **out)
{
    const gd__source_call *whole = gd__source_call_of(call);
    const gd__options options = whole->chosen.options;
    const char **names = NULL;
    gd_sound_opts opts = {.rate = (int)gd__option_integer(options, "rate"),
                          .below = call->predicting ? NULL : gd__option_text(options, "below"),
                          .skip_broken = gd__option_is(options, "broken", "skip"),
                          .keep_broken = whole->table.keep_all,
                          .pattern = gd__option_text(options, "pattern"),
                          .target = gd__option_text(options, "target"),
                          .group = gd__option_text(options, "group"),
                          .where = gd__option_text(options, "where"),
                          .path_column = gd__option_text(options, "path_column"),
                          .class_column = gd__option_text(options, "class_column")};
    take_join(options, &opts);
    gd_status status = take_classes(options, &opts, &names);
    if (status == GD_OK)
        status = gd_dataset_from_sounds(call->file_count, call->file, opts, out);
    gd__free((void *)names);
    return status;
}

const gd_source_kind gd__source_sounds = {
    .record =
        {.name = "sounds",
         .doc = "WAV and FLAC sounds: in folders called after their classes, in tar archives, in tables of paths and "
                "classes, or with names that say what they are. Fields sound, and label or those of the pattern; or "
                "labels, where several are joined",
         .options = keys,
         .short_option = "files",
         .aliases = "audio|sound_folder"},
    .endings = ".wav|.flac|.WAV|.FLAC|.aiff|.ogg",
    .open = open_sounds,
};
