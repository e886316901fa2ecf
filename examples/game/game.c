// A game loop of 60 frames a second in which a net steers the guards, and may take one millisecond of each frame. The
// net has learned beforehand, from a rule that looks far ahead and is too slow for the game; here that is a formula.
//
//     ./game
//
// What makes the time of a prediction dependable: the plan and its memory are made before the first frame
// (gd_function_prepare), kernels are not timed (gd_set_timing), the computation stays on the loop's own thread
// (gd_set_threads), and results are written into memory of the game's. All guards are one batch.
#include <gradus/gradus.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { GUARDS = 32, FRAMES = 600, BATCH = 128, STEPS = 3000 };

// What a guard sees, place and speed of the player as seen from it, and where it should go: to where the player will
// be.
typedef struct sight {
    float dx, dy, vx, vy;
} sight;
typedef struct course {
    float x, y;
} course;

static float uniform(void)
{
    return 2 * (float)rand() / (float)RAND_MAX - 1;
}

static course intercept(sight s)
{
    const float x = s.dx + s.vx, y = s.dy + s.vy, length = sqrtf(x * x + y * y) + 0.1F;
    return (course){x / length, y / length};
}

static gd_status learn(gd_train_step *step)
{
    sight seen[BATCH];
    course wanted[BATCH];
    gd_status status = GD_OK;
    for (int i = 0; status == GD_OK && i < STEPS; i++) {
        for (int k = 0; k < BATCH; k++) {
            seen[k] = (sight){2 * uniform(), 2 * uniform(), uniform(), uniform()};
            wanted[k] = intercept(seen[k]);
        }
        status = gd_train_step_set_learning_rate(step, 0.01 * (1 - (double)i / STEPS) + 1e-5);
        if (status == GD_OK)
            status = gd_train_step_run_batch(step, BATCH, 2, (const void *const[]){seen, wanted});
    }
    return status;
}

// Seconds that this thread has computed: what the net costs, whatever else the machine does.
static double seconds_here(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static gd_status play(gd_function *steer)
{
    sight seen[GUARDS];
    course chosen[GUARDS], place[GUARDS];
    for (int i = 0; i < GUARDS; i++)
        place[i] = (course){4 * uniform(), 4 * uniform()};
    int in_time = 0;
    float distance = 0;
    gd_status status = gd_function_prepare(steer, GUARDS);
    for (int frame = 0; status == GD_OK && frame < FRAMES; frame++) {
        const float angle = 0.01F * (float)frame;
        const course player = {cosf(angle), sinf(angle)};
        for (int i = 0; i < GUARDS; i++)
            seen[i] = (sight){player.x - place[i].x, player.y - place[i].y, -0.6F * sinf(angle), 0.6F * cosf(angle)};
        const double begin = seconds_here();
        status = gd_function_run_batch(steer, GUARDS, 1, (const void *const[]){seen}, (void *const[]){chosen});
        in_time += seconds_here() - begin < 1e-3;
        distance = 0;
        for (int i = 0; i < GUARDS; i++) {
            place[i].x += 0.02F * chosen[i].x;
            place[i].y += 0.02F * chosen[i].y;
            distance += hypotf(player.x - place[i].x, player.y - place[i].y) / GUARDS;
        }
    }
    if (status == GD_OK)
        printf("%d of %d predictions within a millisecond; guards are %.1f from the player\n", in_time, FRAMES,
               (double)distance);
    return status == GD_OK && in_time < FRAMES ? gd_fail(GD_ERROR_UNSUPPORTED, "too slow for the game") : status;
}

int main(void)
{
    gd_set_threads(1);
    gd_set_timing(false);
    gd_graph *graph = gd_graph_create();
    gd_tensor seen = gd_input(graph, "seen", GD_F32, GD_SHAPE(GD_BATCH, 4));
    gd_tensor wanted = gd_input(graph, "wanted", GD_F32, GD_SHAPE(GD_BATCH, 2));
    gd_tensor course = gd_dense(gd_relu(gd_dense(gd_relu(gd_dense(seen, 32)), 32)), 2);
    gd_train_step *step =
        gd_train_step_create(gd_squared_error(course, wanted), (gd_train_step_opts){.rule = gd_adam(0.01)});
    gd_function *steer = gd_function_create(graph, 1, &course, (gd_function_opts){0});
    gd_status status = step != NULL && steer != NULL ? learn(step) : gd_last_status();
    if (status == GD_OK)
        status = play(steer);
    if (status != GD_OK)
        fprintf(stderr, "%s\n", gd_last_error());
    gd_train_step_free(step);
    gd_function_free(steer);
    gd_graph_free(graph);
    return status == GD_OK ? 0 : 1;
}
