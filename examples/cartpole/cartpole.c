// CartPole by policy gradient (REINFORCE, Williams 1992): a pole is balanced on a cart by pushing it left or right. The
// rules of the game are those of Gymnasium's CartPole-v1 (Barto, Sutton, Anderson 1983): each step survived gives 1,
// and 500 of them end an episode.
//
//     ./cartpole [seed]
//
// The net gives the scores of the two pushes. An episode is played with it, one state at a time; then one update makes
// those pushes likelier after which things went better than usual. Ends when 50 episodes in a row lasted 475 steps on
// average; exit status 1 when 500 episodes were not enough.
#include <gradus/gradus.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { LONGEST = 500, EPISODES = 500, RECENT = 50, GOOD = 475 };

typedef struct game {
    float state[LONGEST + 1][4]; // place and speed of the cart, angle and speed of the pole, before each step
    int32_t push[LONGEST];       // 0: left, 1: right
    float weight[LONGEST];       // how much better things went after it
    int steps;
} game;

// What is remembered of the episodes before.
typedef struct usual {
    float ahead[LONGEST]; // the return at each step
    float deviation;      // of returns from that
    int episodes;
} usual;

static float uniform(void)
{
    return (float)rand() / ((float)RAND_MAX + 1);
}

// One 50th of a second, by Euler's method. False when the pole has fallen or the cart has left the track.
static bool move(const float before[4], int push, float after[4])
{
    const float force = push == 1 ? 10 : -10, c = cosf(before[2]), s = sinf(before[2]);
    const float pushed = (force + 0.05F * before[3] * before[3] * s) / 1.1F;
    const float turn = (9.8F * s - c * pushed) / (0.5F * (4 / 3.0F - 0.1F * c * c / 1.1F));
    const float acceleration = pushed - 0.05F * turn * c / 1.1F;
    const float rate[4] = {before[1], acceleration, before[3], turn};
    for (int i = 0; i < 4; i++)
        after[i] = before[i] + 0.02F * rate[i];
    return fabsf(after[0]) < 2.4F && fabsf(after[2]) < 0.2095F;
}

static gd_status play(gd_function *policy, game *g)
{
    float chance[2];
    for (int i = 0; i < 4; i++)
        g->state[0][i] = 0.1F * uniform() - 0.05F;
    bool stands = true;
    for (g->steps = 0; stands && g->steps < LONGEST; g->steps++) {
        float *now = g->state[g->steps];
        const gd_status status =
            gd_function_run_batch(policy, 1, 1, (const void *const[]){now}, (void *const[]){chance});
        if (status != GD_OK)
            return status;
        g->push[g->steps] = uniform() < chance[1];
        stands = move(now, g->push[g->steps], now + 4);
    }
    return GD_OK;
}

// How much better things went after a step than is usual: its return, the discounted sum of what came after it, against
// the mean of the returns at that step in the episodes before, in units of the deviation. Rows after the end of the
// episode weigh nothing, so every update has the same size and one plan.
static void weigh(game *g, usual *u)
{
    const float share = fmaxf(0.05F, 1.0F / (float)++u->episodes);
    float square = 0, ahead = 0;
    for (int i = LONGEST - 1; i >= 0; i--) {
        ahead = i < g->steps ? 1 + 0.99F * ahead : 0;
        const float better = ahead - u->ahead[i];
        u->ahead[i] += share * better;
        g->weight[i] = i < g->steps ? better : 0;
        square += g->weight[i] * g->weight[i] / (float)g->steps;
    }
    u->deviation += share * (sqrtf(square) - u->deviation);
    for (int i = 0; i < g->steps; i++)
        g->weight[i] /= (u->deviation + 1e-6F) * (float)g->steps;
}

static gd_status learn(gd_train_step *step, gd_function *policy)
{
    static game g;
    static usual u;
    int last[RECENT] = {0}, sum = 0, episode = 0;
    long steps = 0;
    const double begin = gd_clock();
    gd_status status = GD_OK;
    for (; status == GD_OK && episode < EPISODES && sum < RECENT * GOOD; episode++) {
        status = play(policy, &g);
        if (status != GD_OK)
            break;
        weigh(&g, &u);
        status = gd_train_step_run_batch(step, LONGEST, 3, (const void *const[]){g.state, g.push, g.weight});
        sum += g.steps - last[episode % RECENT];
        last[episode % RECENT] = g.steps;
        steps += g.steps;
        if (episode % 50 == 49)
            printf("episode %d: %d steps on average\n", episode + 1, sum / RECENT);
    }
    const double seconds = gd_clock() - begin;
    if (status == GD_OK)
        printf("%s after %d episodes; %.0f thousand steps a second\n", sum < RECENT * GOOD ? "not learned" : "learned",
               episode, (double)steps / seconds / 1000);
    return status == GD_OK && sum < RECENT * GOOD ? gd_fail(GD_ERROR_NUMBER, "the pole still falls") : status;
}

int main(int argc, char **argv)
{
    const int seed = argc > 1 ? atoi(argv[1]) : 1;
    srand((unsigned)seed);
    gd_set_threads(1); // the net is small
    gd_graph *graph = gd_graph_create();
    gd_graph_set_seed(graph, (uint64_t)seed);
    gd_tensor state = gd_input(graph, "state", GD_F32, GD_SHAPE(GD_BATCH, 4));
    gd_tensor push = gd_input(graph, "push", GD_I32, GD_SHAPE(GD_BATCH));
    gd_tensor weight = gd_input(graph, "weight", GD_F32, GD_SHAPE(GD_BATCH));
    gd_tensor score = gd_dense(gd_tanh(gd_dense(state, 64)), 2), chance = gd_softmax(score, -1);
    // The sum of -log p(push) weight.
    gd_tensor surprise = gd_softmax_cross_entropy(score, push, (gd_loss_opts){.reduction = GD_REDUCTION_NONE});
    gd_tensor loss = gd_sum(gd_mul(surprise, weight));

    gd_train_step *step = gd_train_step_create(loss, (gd_train_step_opts){.rule = gd_adam(0.01)});
    gd_function *policy = gd_function_create(graph, 1, &chance, (gd_function_opts){0});
    const gd_status status = step != NULL && policy != NULL ? learn(step, policy) : gd_last_status();
    if (status != GD_OK)
        fprintf(stderr, "%s\n", gd_last_error());
    gd_train_step_free(step);
    gd_function_free(policy);
    gd_graph_free(graph);
    return status == GD_OK ? 0 : 1;
}
