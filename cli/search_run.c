// Trials in child processes.
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "interrupt.h"
#include "locate.h"
#include "print.h"
#include "search.h"

#define LOG_FILE "log.txt"
#define NANOSECONDS_BETWEEN_LOOKS 20000000L

typedef struct {
    pid_t process;
    int trial;
} child;

typedef struct {
    gd_search *search;
    search_run_opts opts;
    int count; // children that run
    child *child;
    bool stopping;
    int status; // how to end
} crew;

// ---- Starting one

// The environment, with the child's number of threads and who its parent is. free() it and its first two entries.
static char **child_environment(int threads)
{
    static const char *const own[] = {"OMP_NUM_THREADS", PARENT_VARIABLE};
    int count = 0;
    while (environ[count] != NULL)
        count++;
    char **list = calloc((size_t)count + 3, sizeof *list);
    if (list == NULL || asprintf(&list[0], "%s=%d", own[0], threads) < 0 ||
        asprintf(&list[1], "%s=%ld", own[1], (long)getpid()) < 0) {
        free(list);
        return NULL;
    }
    for (int i = 0, at = 2; i < count; i++) {
        size_t length = strcspn(environ[i], "=");
        bool replaced = false;
        for (int k = 0; k < 2; k++)
            replaced = replaced || (strlen(own[k]) == length && strncmp(environ[i], own[k], length) == 0);
        if (!replaced)
            list[at++] = environ[i];
    }
    return list;
}

// In a process group of its own, so that Ctrl-C comes here alone and children are stopped in order.
static int spawn(const char *directory, const char *log, int number, int threads, pid_t *process)
{
    char trial[16];
    snprintf(trial, sizeof trial, "%d", number);
    char *const argv[] = {"gradus", "search", "--resume", "--trial", trial, "--", (char *)(uintptr_t)directory, NULL};
    char **environment = child_environment(threads);
    if (environment == NULL)
        return ENOMEM;
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log, O_WRONLY | O_CREAT | O_APPEND, 0666);
    posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
    int failure = posix_spawn(process, "/proc/self/exe", &actions, &attributes, argv, environment);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    free(environment[0]);
    free(environment[1]);
    free(environment);
    return failure;
}

static bool make_directories(const char *directory)
{
    char *above = folder_of(directory);
    bool good = above != NULL && (mkdir(above, 0777) == 0 || errno == EEXIST) &&
                (mkdir(directory, 0777) == 0 || errno == EEXIST);
    if (!good)
        print_error("%s: the directory cannot be made: %s", directory, strerror(errno));
    free(above);
    return good;
}

static bool start(crew *crew, const gd_search_trial *trial)
{
    gd_search_plan plan = gd_search_get_plan(crew->search);
    char *directory = gd_search_trial_directory(crew->search, trial->number);
    char *log = directory == NULL ? NULL : join_path(directory, LOG_FILE);
    char *result = directory == NULL ? NULL : join_path(directory, RESULT_FILE);
    bool good = log != NULL && result != NULL && make_directories(directory);
    if (good) {
        unlink(result); // of the trial's shorter run
        child *new = &crew->child[crew->count];
        int failure = spawn(plan.directory, log, trial->number, crew->opts.threads, &new->process);
        new->trial = trial->number;
        good = failure == 0;
        crew->count += good;
        if (!good)
            print_error("a process for trial %d cannot be started: %s", trial->number, strerror(failure));
    }
    gd_text_free(directory);
    free(log);
    free(result);
    return good;
}

// ---- Ending one

static bool read_result(const crew *crew, int number, gd_search_result *result, char failure[1024])
{
    char *directory = gd_search_trial_directory(crew->search, number);
    char *path = directory == NULL ? NULL : join_path(directory, RESULT_FILE);
    json_t *root = path == NULL ? NULL : json_load_file(path, 0, NULL);
    const json_t *objective = json_object_get(root, "objective");
    const char *sentence = json_string_value(json_object_get(root, "failure"));
    if (root != NULL) {
        *result = (gd_search_result){.epochs = json_integer_value(json_object_get(root, "epochs")),
                                     .best_epoch = json_integer_value(json_object_get(root, "best_epoch")),
                                     .seconds = json_number_value(json_object_get(root, "seconds")),
                                     .objective = json_number_value(objective)};
        if (sentence == NULL && !json_is_number(objective))
            sentence = "the objective is not a finite number";
        snprintf(failure, 1024, "%s", sentence == NULL ? "" : sentence);
        result->failure = sentence == NULL ? NULL : failure;
    }
    json_decref(root);
    free(path);
    gd_text_free(directory);
    return root != NULL;
}

// What became of a child. A trial that was stopped with the search is left to the next one.
static void end(crew *crew, child ended, int state)
{
    gd_search_result result = {0};
    char failure[1024];
    bool told = WIFEXITED(state) && WEXITSTATUS(state) == EXIT_FINE;
    if (crew->stopping && !told)
        return;
    if (!told || !read_result(crew, ended.trial, &result, failure)) {
        char *directory = gd_search_trial_directory(crew->search, ended.trial);
        int number = WIFSIGNALED(state) ? WTERMSIG(state) : WEXITSTATUS(state) - EXIT_BY_SIGNAL;
        if (number > 0)
            snprintf(failure, sizeof failure, "it was ended by signal %d (%s); see %s/" LOG_FILE, number,
                     strsignal(number), directory == NULL ? "" : directory);
        else
            snprintf(failure, sizeof failure, "it ended with status %d and without a result; see %s/" LOG_FILE,
                     WEXITSTATUS(state), directory == NULL ? "" : directory);
        gd_text_free(directory);
        result = (gd_search_result){.failure = failure};
    }
    if (gd_search_tell(crew->search, ended.trial, result) != GD_OK || gd_search_write_results(crew->search) != GD_OK) {
        crew->status = print_last_error();
        crew->stopping = true;
        return;
    }
    if (!crew->opts.quiet)
        search_print_trial(crew->search, gd_search_trial_at(crew->search, ended.trial - 1));
}

static void stop_children(const crew *crew)
{
    for (int i = 0; i < crew->count; i++)
        kill(crew->child[i].process, SIGTERM);
}

// Waits until a child ends or a signal comes.
static void wait_for_one(crew *crew)
{
    const struct timespec pause = {.tv_nsec = NANOSECONDS_BETWEEN_LOOKS};
    for (;;) {
        for (int i = 0; i < crew->count; i++) {
            int state;
            if (waitpid(crew->child[i].process, &state, WNOHANG) != crew->child[i].process)
                continue;
            child ended = crew->child[i];
            crew->child[i] = crew->child[--crew->count];
            end(crew, ended, state);
            return;
        }
        if (*interrupt_flag() != 0 && !crew->stopping)
            return;
        nanosleep(&pause, NULL);
    }
}

// ---- All of them

static void start_more(crew *crew)
{
    while (!crew->stopping && crew->count < crew->opts.processes && *interrupt_flag() == 0) {
        const gd_search_trial *trial;
        if (gd_search_ask(crew->search, &trial) != GD_OK)
            crew->status = print_last_error();
        else if (trial == NULL)
            return;
        else if (!start(crew, trial))
            crew->status = EXIT_ERROR;
        crew->stopping = crew->status != EXIT_FINE;
    }
}

int search_run(gd_search *search, search_run_opts opts)
{
    crew crew = {.search = search, .opts = opts, .child = calloc((size_t)opts.processes, sizeof(child))};
    if (crew.child == NULL)
        return print_error("out of memory");
    bool told = false;
    interrupt_watch();
    for (;;) {
        start_more(&crew);
        if (*interrupt_flag() != 0) {
            crew.stopping = true;
            crew.status = EXIT_BY_SIGNAL + *interrupt_flag();
        }
        if (crew.stopping && !told) {
            told = true;
            stop_children(&crew);
        }
        if (crew.count == 0)
            break;
        wait_for_one(&crew);
    }
    free(crew.child);
    return crew.status;
}
