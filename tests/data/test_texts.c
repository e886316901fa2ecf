// Texts: columns of tables and files of lines, through tokens to batches.
#include <cmocka.h>
#include <gradus/data.h>
#include <gradus/transform.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void assert_ok_at(gd_status status, const char *file, int line)
{
    if (status == GD_OK)
        return;
    print_error("%s\n", gd_last_error());
    _fail(file, line);
}
#define assert_ok(call) assert_ok_at((call), __FILE__, __LINE__)

static char folder[] = "/tmp/gradus-texts-XXXXXX";

static const char *written(const char *name, const char *text, size_t bytes)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, bytes, file), bytes);
    assert_int_equal(fclose(file), 0);
    return path;
}

static void assert_text(const gd_dataset *set, int64_t sample, const char *expected, size_t bytes)
{
    gd_array value = {0};
    assert_ok(gd_dataset_get(set, gd_dataset_find(set, "text"), 1, &sample, &value));
    assert_int_equal(gd_array_count(&value), bytes);
    for (size_t i = 0; i < bytes; i++)
        assert_int_equal(((const int32_t *)value.data)[i], (unsigned char)expected[i]);
    gd_array_free(&value);
}

static gd_dataset *table(void)
{
    static const char rows[] =
        "label,text,n\npos,\"two\nlines, \"\"quoted\"\"\",1\nneg,,2\npos,NA \xff 12,3\nneg,a b a,4\n";
    gd_dataset *set;
    assert_ok(gd_dataset_from_csv(
        written("table.csv", rows, sizeof rows - 1),
        (gd_csv_opts){.target = GD_COLUMNS("label"), .text = GD_COLUMNS("text"), .ignore = GD_COLUMNS("n")}, &set));
    return set;
}

static void columns_are_texts(void **state)
{
    (void)state;
    gd_dataset *set = table();
    const int place = gd_dataset_find(set, "text");
    const gd_field field = gd_dataset_field(set, place);
    assert_int_equal(field.kind, GD_KIND_TEXT);
    assert_int_equal(field.role, GD_ROLE_INPUT);
    assert_int_equal(field.shape.dim[0], GD_OPEN);
    assert_true(gd_dataset_find(set, "text_length") >= 0);
    assert_text(set, 0, "two\nlines, \"quoted\"", 19);
    assert_text(set, 1, "", 0); // no missing cell, but an empty text
    assert_text(set, 2, "NA \xff 12", 7);
    gd_dataset_free(set);
}

static gd_pipeline *fitted(const gd_dataset *set, int count, const gd_setting *setting)
{
    static const char *const field[] = {"text"};
    const gd_transform_kind *kind = gd_transform_kind_named("tokens");
    void *options = calloc(1, kind->record.options_size);
    gd_options_default(&kind->record, options);
    for (int i = 0; i < count; i++)
        assert_ok(gd_options_set(&kind->record, options, setting[i]));
    gd_pipeline *pipeline;
    const gd_transform transform = {.kind = kind, .options = options, .field_count = 1, .field = field};
    assert_ok(gd_pipeline_fit(set, 1, &transform, &pipeline));
    free(options);
    return pipeline;
}

static void assert_ids(const gd_dataset *set, int64_t sample, int count, const int32_t *expected)
{
    gd_array value = {0};
    assert_ok(gd_dataset_get(set, gd_dataset_find(set, "text"), 1, &sample, &value));
    assert_int_equal(value.type, GD_I32);
    assert_int_equal(gd_array_count(&value), count);
    assert_memory_equal(value.data, expected, (size_t)count * sizeof *expected);
    gd_array_free(&value);
}

static void texts_become_tokens(void **state)
{
    (void)state;
    gd_dataset *set = table(), *tokens, *again;
    gd_pipeline *pipeline = fitted(set, 2, (const gd_setting[]){{"lower", 1, NULL}, {"max_length", 3, NULL}}), *read;
    char *json = gd_pipeline_to_json(pipeline);
    assert_ok(gd_pipeline_from_json(json, &read));
    assert_ok(gd_pipeline_apply(pipeline, set, &tokens));
    assert_ok(gd_pipeline_apply(read, set, &again));
    // a is there twice, and so are the quotes; then the others by their bytes.
    const gd_field field = gd_dataset_field(tokens, gd_dataset_find(tokens, "text"));
    assert_int_equal(field.kind, GD_KIND_CATEGORY);
    assert_int_equal(field.class_count, 11);
    for (int round = 0; round < 2; round++) { // the second time from what was kept
        const gd_dataset *one = round == 0 ? tokens : again;
        assert_ids(one, 3, 3, (const int32_t[]){2, 5, 2});
        assert_ids(one, 1, 1, (const int32_t[]){0}); // an empty text is one unknown token
        assert_ids(one, 3, 3, (const int32_t[]){2, 5, 2});
    }
    gd_text_free(json);
    gd_dataset_free(tokens);
    gd_dataset_free(again);
    gd_dataset_free(set);
    gd_pipeline_free(pipeline);
    gd_pipeline_free(read);
}

static void runs_of_tokens_have_buckets(void **state)
{
    (void)state;
    gd_dataset *set = table(), *tokens;
    gd_pipeline *pipeline = fitted(set, 2, (const gd_setting[]){{"ngrams", 2, NULL}, {"buckets", 100, NULL}});
    assert_ok(gd_pipeline_apply(pipeline, set, &tokens));
    const int place = gd_dataset_find(tokens, "text");
    const int words = gd_dataset_field(tokens, place).class_count - 100;
    gd_array value = {0};
    const int64_t sample = 3; // "a b a"
    assert_ok(gd_dataset_get(tokens, place, 1, &sample, &value));
    const int32_t *id = value.data;
    assert_int_equal(gd_array_count(&value), 5);
    for (int i = 0; i < 5; i++)
        assert_true(i < 3 ? id[i] < words : id[i] >= words && id[i] < words + 100);
    assert_int_not_equal(id[3], id[4]); // a b, and b a
    gd_array_free(&value);
    gd_dataset_free(tokens);
    gd_dataset_free(set);
    gd_pipeline_free(pipeline);
}

static void what_was_saved_is_checked(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"{}", "has no tokenizer"},
        {"{\"tokenizer\": \"{}\", \"count\": [3]}", "no tokenizer"},
        {"{\"tokenizer\": 7}", "no list of numbers, nor a text"},
        {"{\"tokenizer\": \"{\\\"tokenizer\\\":\\\"words\\\",\\\"lower\\\":false,\\\"split\\\":\\\"unicode\\\","
         "\\\"unknown\\\":0,\\\"eos\\\":-1,\\\"special\\\":[],\\\"tokens\\\":[\\\"<unk>\\\"]}\", \"count\": [9]}",
         "9 tokens that were saved"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char json[1024];
        gd_pipeline *pipeline;
        snprintf(json, sizeof json,
                 "{\"transforms\": [{\"kind\": \"tokens\", \"fields\": [\"text\"], \"options\": {}, \"learned\": %s}]}",
                 cases[i][0]);
        assert_int_not_equal(gd_pipeline_from_json(json, &pipeline), GD_OK);
        assert_null(pipeline);
        if (strstr(gd_last_error(), cases[i][1]) == NULL)
            fail_msg("case %zu: %s", i, gd_last_error());
    }
}

static void lines_are_texts(void **state)
{
    (void)state;
    static const char lines[] = "\xef\xbb\xbf"
                                "first\r\n\nthird \xff\nlast";
    gd_dataset *set;
    const char *path = written("lines.txt", lines, sizeof lines - 1);
    assert_ok(gd_dataset_from_texts(1, &path, (gd_text_opts){0}, &set));
    assert_int_equal(gd_dataset_count(set), 4);
    assert_int_equal(gd_dataset_find(set, "label"), -1);
    assert_text(set, 0, "first", 5);
    assert_text(set, 1, "", 0);
    assert_text(set, 2, "third \xff", 7);
    assert_text(set, 3, "last", 4);
    char origin[GD_ORIGIN_TEXT];
    assert_non_null(strstr(gd_dataset_origin_text(set, 2, origin), "3"));
    gd_dataset_free(set);
    path = written("empty.txt", "", 0);
    assert_int_equal(gd_dataset_from_texts(1, &path, (gd_text_opts){0}, &set), GD_ERROR_FORMAT);
    assert_non_null(strstr(gd_last_error(), "holds no texts"));
}

static void folders_are_classes(void **state)
{
    (void)state;
    static const char *const names[] = {"neg", "pos"};
    char path[256];
    for (int c = 0; c < 2; c++) {
        snprintf(path, sizeof path, "%s/set", folder);
        mkdir(path, 0700);
        snprintf(path, sizeof path, "%s/set/%s", folder, names[c]);
        mkdir(path, 0700);
        for (int i = 0; i < 2; i++) {
            char name[64], text[64];
            snprintf(name, sizeof name, "set/%s/%d.txt", names[c], i);
            snprintf(text, sizeof text, "%s\nnumber %d", names[c], i);
            written(name, text, strlen(text));
        }
    }
    snprintf(path, sizeof path, "%s/set", folder);
    const char *given = path;
    gd_dataset *set;
    assert_ok(gd_dataset_from_texts(1, &given, (gd_text_opts){0}, &set));
    assert_int_equal(gd_dataset_count(set), 4);
    assert_text(set, 1, "neg\nnumber 1", 12);
    assert_text(set, 2, "pos\nnumber 0", 12);
    const int label = gd_dataset_find(set, "label");
    assert_string_equal(gd_dataset_class_name(set, label, 1), "pos");
    gd_dataset_free(set);
    const char *const known[] = {"pos", "other"};
    assert_int_equal(gd_dataset_from_texts(1, &given, (gd_text_opts){2, known}, &set), GD_ERROR_FORMAT);
    assert_non_null(strstr(gd_last_error(), "'neg' is none of the 2 classes"));
}

static void batches_hold_like_lengths(void **state)
{
    (void)state;
    enum { TEXTS = 1000, BATCH = 20 };
    static char lines[TEXTS * 210];
    size_t bytes = 0;
    for (int i = 0; i < TEXTS; i++) {
        for (int k = 0; k < 1 + i * 7919 % 100; k++)
            bytes += (size_t)snprintf(lines + bytes, sizeof lines - bytes, "a ");
        lines[bytes - 1] = '\n';
    }
    const char *path = written("lengths.txt", lines, bytes);
    gd_dataset *set, *tokens;
    assert_ok(gd_dataset_from_texts(1, &path, (gd_text_opts){0}, &set));
    gd_pipeline *pipeline = fitted(set, 0, NULL);
    assert_ok(gd_pipeline_apply(pipeline, set, &tokens));
    const int text = gd_dataset_find(tokens, "text"), length = gd_dataset_find(tokens, "text_length");
    int64_t padding[2] = {0}, seen[TEXTS] = {0}, first[2][BATCH];
    for (int any = 0; any < 2; any++) {
        gd_loader *loader;
        gd_batch batch;
        assert_ok(gd_loader_create(
            tokens, (gd_loader_opts){.batch = BATCH, .shuffle = true, .seed = 3, .any_lengths = any == 1}, &loader));
        for (int b = 0; b < TEXTS / BATCH; b++) {
            assert_ok(gd_loader_next(loader, &batch));
            const int64_t padded = batch.field[text].shape.dim[1];
            // 8, 12, 16, 24, 32 … alone
            assert_true((padded & (padded - 1)) == 0 || (padded / 3 & (padded / 3 - 1)) == 0);
            for (int i = 0; i < BATCH; i++) {
                const int32_t true_length = ((const int32_t *)batch.field[length].data)[i];
                assert_int_equal(true_length, 1 + batch.sample[i] * 7919 % 100);
                padding[any] += padded - true_length;
                seen[batch.sample[i]]++;
                if (b == 0)
                    first[any][i] = batch.sample[i];
            }
        }
        // The first batch again, after all others.
        assert_ok(gd_loader_seek(loader, 0, 0));
        assert_ok(gd_loader_next(loader, &batch));
        assert_memory_equal(batch.sample, first[any], sizeof first[any]);
        gd_loader_free(loader);
    }
    for (int i = 0; i < TEXTS; i++)
        assert_int_equal(seen[i], 2); // each once an epoch
    assert_true(3 * padding[0] < padding[1]);
    gd_dataset_free(tokens);
    gd_dataset_free(set);
    gd_pipeline_free(pipeline);
}

static int begin(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL;
}

static int end(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_are_texts),
        cmocka_unit_test(texts_become_tokens),
        cmocka_unit_test(runs_of_tokens_have_buckets),
        cmocka_unit_test(what_was_saved_is_checked),
        cmocka_unit_test(lines_are_texts),
        cmocka_unit_test(folders_are_classes),
        cmocka_unit_test(batches_hold_like_lengths),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
