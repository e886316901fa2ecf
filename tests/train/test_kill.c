// kill -9 at random moments, and a disk that is full. All training is done in child processes: a process that has used
// threads cannot fork and go on using them.
#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base/file.h"
#include "train/network.h"

enum { KILLS = 20 };

// One process: trains from the checkpoint, if there is one, to the end. Ends with status 0, or 1 and a sentence.
static void train_in_child(const char *checkpoint, const char *history)
{
    network n = make_network((network_opts){.hidden = 16, .dropout = 0.3, .batch_norm = true});
    gd_dataset *train = make_blobs(90, 1), *test = make_blobs(30, 2);
    gd_fit_opts opts = {.epochs = 60,
                        .batch = 8,
                        .seed = 4,
                        .validate = test,
                        .metric_count = 1,
                        .metric = n.metric,
                        .checkpoint = checkpoint,
                        .checkpoint_steps = 3,
                        .history_jsonl = history,
                        .schedule = gd_plateau_schedule(2, 0.7),
                        .resume = gd__file_exists(checkpoint) ? checkpoint : NULL};
    gd_status status = gd_fit(n.trainer, train, opts);
    if (status != GD_OK)
        fprintf(stderr, "%s\n", gd_last_error());
    _exit(status == GD_OK ? 0 : 1);
}

// True when the process ended by itself.
static bool run_for(const char *checkpoint, const char *history, useconds_t time)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        train_in_child(checkpoint, history);
    if (time > 0) {
        usleep(time);
        kill(child, SIGKILL);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
        return false;
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    return true;
}

static void assert_same_tensors(const char *a, const char *b)
{
    gd_tensor_file *x, *y;
    assert_ok(gd_tensor_file_open(a, &x));
    assert_ok(gd_tensor_file_open(b, &y));
    assert_int_equal(gd_tensor_file_count(x), gd_tensor_file_count(y));
    for (int i = 0; i < gd_tensor_file_count(x); i++) {
        const gd_array *p = gd_tensor_file_at(x, i), *q = gd_tensor_file_get(y, gd_tensor_file_name(x, i));
        assert_non_null(q);
        assert_int_equal(gd_array_bytes(p), gd_array_bytes(q));
        if (memcmp(p->data, q->data, gd_array_bytes(p)) != 0)
            fail_msg("'%s' differs", gd_tensor_file_name(x, i));
    }
    gd_tensor_file_free(x);
    gd_tensor_file_free(y);
}

// Removes what killed processes left: temporary files beside the checkpoint.
static int remove_all(void **state)
{
    place *p = *state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", p->directory);
    int result = system(command);
    free(p);
    return result;
}

static int count_lines(const char *path, const char *start)
{
    char *text = read_text(path);
    int count = 0;
    for (const char *line = text; line != NULL && *line != '\0'; line = strchr(line, '\n') + 1)
        count += strncmp(line, start, strlen(start)) == 0;
    free(text);
    return count;
}

static void survives_kills(void **state)
{
    place *p = *state;
    const char *whole = path_in(p, "whole.safetensors"), *parts = path_in(p, "parts.safetensors");
    const char *history = path_in(p, "parts.jsonl");
    assert_true(run_for(whole, path_in(p, "whole.jsonl"), 0));
    gd__random random = gd__random_make((uint64_t)getpid(), 0);
    int kills = 0;
    while (kills < KILLS && !run_for(parts, history, (useconds_t)(2000 + gd__random_below(&random, 40000))))
        kills++;
    assert_true(run_for(parts, history, 0));
    assert_same_tensors(whole, parts);
    // Every row stands once.
    assert_int_equal(count_lines(history, "{\"kind\":\"epoch\""), 60);
    assert_int_equal(count_lines(history, "{\"kind\":\"step\""), 72);
    print_message("%d kills\n", kills);
}

static void on_full_disk(const char *checkpoint)
{
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit limit = {.rlim_cur = 1000, .rlim_max = 1000};
    setrlimit(RLIMIT_FSIZE, &limit);
    network n = make_network((network_opts){.hidden = 16});
    gd_dataset *train = make_blobs(90, 1);
    gd_status status = gd_fit(n.trainer, train, (gd_fit_opts){.batch = 8, .checkpoint = checkpoint});
    _exit(status == GD_ERROR_IO && strstr(gd_last_error(), checkpoint) != NULL ? 0 : 1);
}

static void a_full_disk_leaves_the_old_checkpoint(void **state)
{
    place *p = *state;
    const char *path = path_in(p, "last.safetensors"), *copy = path_in(p, "copy.safetensors");
    assert_true(run_for(path, path_in(p, "history.jsonl"), 0));
    char command[300];
    snprintf(command, sizeof command, "cp '%s' '%s'", path, copy);
    assert_int_equal(system(command), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        on_full_disk(path);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_same_tensors(path, copy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(survives_kills, make_place, remove_all),
        cmocka_unit_test_setup_teardown(a_full_disk_leaves_the_old_checkpoint, make_place, remove_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
