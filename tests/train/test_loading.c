// Training and its loader: workers change no bit, and the time that training waited for data is on record.
#include "train/network.h"

enum { MOST_WORKERS = 8 };

static gd_status add_noise(void *state, uint64_t seed, gd_field field, void *value)
{
    gd__random random = gd__random_make(seed, 1);
    for (int64_t i = 0; i < gd_shape_count(field.shape); i++)
        ((float *)value)[i] += *(const float *)state * (float)gd__next_normal(&random);
    return GD_OK;
}

static gd_status take_time(void *state, uint64_t seed, gd_field field, void *value)
{
    (void)state, (void)seed, (void)field, (void)value;
    usleep(2000);
    return GD_OK;
}

static gd_dataset *augmented(const gd_dataset *set, gd_augmentation augmentation)
{
    gd_dataset *changed;
    assert_ok(gd_dataset_augment(set, augmentation, &changed));
    return changed;
}

static void any_number_of_workers_trains_alike(void **state)
{
    (void)state;
    float size = 0.2f;
    gd_dataset *train = make_blobs(90, 1), *noisy = augmented(train, (gd_augmentation){"x", add_noise, &size});
    const gd_fit_opts opts = {.epochs = 3, .batch = 8, .seed = 11};
    network first = make_network((network_opts){.dropout = 0.3}), plain = make_network((network_opts){.dropout = 0.3});
    assert_ok(gd_fit(first.trainer, noisy, opts));
    for (int workers = 1; workers <= MOST_WORKERS; workers++) {
        network other = make_network((network_opts){.dropout = 0.3});
        gd_fit_opts o = opts;
        o.workers = workers;
        assert_ok(gd_fit(other.trainer, noisy, o));
        assert_same_variables(first.graph, other.graph);
        free_network(&other);
    }
    assert_ok(gd_fit(plain.trainer, train, opts)); // the noise does reach the network
    assert_true(gd_trainer_history(plain.trainer)->epoch[2].loss != gd_trainer_history(first.trainer)->epoch[2].loss);
    gd_fit_opts bad = opts;
    bad.workers = -1;
    assert_int_equal(gd_fit(plain.trainer, train, bad), GD_ERROR_ARGUMENT);
    assert_says("workers is -1");
    free_network(&first);
    free_network(&plain);
    gd_dataset_free(noisy);
    gd_dataset_free(train);
}

// Every sample takes 2 ms to prepare, and next to nothing to train on.
static void waiting_is_on_record(void **state)
{
    place *p = *state;
    gd_dataset *train = make_blobs(40, 1), *slow = augmented(train, (gd_augmentation){"x", take_time, NULL});
    network n = make_network((network_opts){0});
    gd_fit_opts opts = {
        .epochs = 2, .batch = 8, .history_csv = path_in(p, "a.csv"), .history_jsonl = path_in(p, "a.jsonl")};
    assert_ok(gd_fit(n.trainer, slow, opts));
    const gd_history *history = gd_trainer_history(n.trainer);
    double waited = 0;
    for (int i = 0; i < 2; i++) {
        const gd_epoch_row *row = &history->epoch[i];
        assert_true(row->wait_seconds >= 0 && row->wait_seconds <= row->seconds);
        waited += row->wait_seconds;
    }
    // 80 samples, of which a few may have been prepared while the first step was planned.
    assert_true(waited > 0.08 && waited <= history->epoch[1].seconds);
    char *csv = read_text(opts.history_csv), *json = read_text(opts.history_jsonl), row[64];
    snprintf(row, sizeof row, ",%.3f,%.3f\n", history->epoch[1].seconds, history->epoch[1].wait_seconds);
    assert_non_null(strstr(csv, row));
    assert_non_null(strstr(json, "\"wait_seconds\":0."));
    free(csv);
    free(json);
    free_network(&n);
    gd_dataset_free(slow);
    gd_dataset_free(train);
}

// Takes a key and its number out of every line.
static void take_out(char *text, const char *key)
{
    for (char *at; (at = strstr(text, key)) != NULL;) {
        const size_t length = strlen(key) + strspn(at + strlen(key), "0123456789.e+-");
        memmove(at, at + length, strlen(at + length) + 1);
    }
}

static void write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

// Makes files of this version what version 0.1.0 would have written: no waiting anywhere.
static void make_older(const gd_fit_opts *opts)
{
    char *csv = read_text(opts->history_csv), *json = read_text(opts->history_jsonl);
    char *older = calloc(strlen(csv) + 1, 1);
    for (const char *line = csv; *line != '\0'; line += strcspn(line, "\n") + 1) {
        const char *end = line + strcspn(line, "\n"), *comma = end;
        while (*comma != ',')
            comma--;
        strncat(older, line, (size_t)(comma - line));
        strcat(older, "\n");
    }
    take_out(json, ",\"wait_seconds\":");
    write_text(opts->history_csv, older);
    write_text(opts->history_jsonl, json);
    free(older);
    free(csv);
    free(json);
    // In the checkpoint the key gets another name of the same length.
    static char bytes[1 << 15];
    FILE *file = fopen(opts->checkpoint, "r+b");
    assert_non_null(file);
    const size_t size = fread(bytes, 1, sizeof bytes, file);
    int found = 0;
    for (size_t i = 0; i + 12 < size; i++)
        if (memcmp(bytes + i, "wait_seconds", 12) == 0) {
            memcpy(bytes + i, "unknown_word", 12);
            found++;
        }
    assert_int_equal(found, 1);
    rewind(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

// A run begun by version 0.1.0 goes on: its CSV keeps the columns that it has.
static void goes_on_from_the_version_before(void **state)
{
    place *p = *state;
    gd_dataset *train = make_blobs(40, 1), *slow = augmented(train, (gd_augmentation){"x", take_time, NULL});
    network first = make_network((network_opts){0}), second = make_network((network_opts){0});
    gd_fit_opts opts = {.epochs = 2,
                        .batch = 8,
                        .checkpoint = path_in(p, "last.safetensors"),
                        .history_csv = path_in(p, "a.csv"),
                        .history_jsonl = path_in(p, "a.jsonl")};
    assert_ok(gd_fit(first.trainer, slow, opts));
    make_older(&opts);
    opts.epochs = 3;
    opts.resume = opts.checkpoint;
    assert_ok(gd_fit(second.trainer, slow, opts));
    const gd_history *history = gd_trainer_history(second.trainer);
    assert_int_equal(history->epoch_count, 3);
    assert_true(history->epoch[0].wait_seconds == 0 && history->epoch[1].wait_seconds == 0);
    assert_true(history->epoch[2].wait_seconds > 0);
    char *csv = read_text(opts.history_csv), *json = read_text(opts.history_jsonl);
    int lines = 0;
    for (const char *line = csv; *line != '\0'; line += strcspn(line, "\n") + 1, lines++) {
        int commas = 0;
        for (const char *c = line; *c != '\n'; c++)
            commas += *c == ',';
        assert_int_equal(commas, 5); // epoch, step, loss, validation_loss, learning_rate, seconds
    }
    assert_int_equal(lines, 4);
    assert_non_null(strstr(json, "\"wait_seconds\":"));
    free(csv);
    free(json);
    free_network(&first);
    free_network(&second);
    gd_dataset_free(slow);
    gd_dataset_free(train);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_number_of_workers_trains_alike),
        cmocka_unit_test_setup_teardown(waiting_is_on_record, make_place, remove_place),
        cmocka_unit_test_setup_teardown(goes_on_from_the_version_before, make_place, remove_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
