#include "plan/fake_backend.h"

#include <cmocka.h>
#include <string.h>
#include <sys/mman.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/number.h"
#include "op/reference.h"

fake_usage fake_used;

// ---- Memory: pages that are closed but while the backend works

enum { BLOCKS = 4096, PAGE = 4096 };
static struct {
    void *at;
    size_t bytes;
} block[BLOCKS];

static void protect(int protection)
{
    for (int i = 0; i < BLOCKS; i++) {
        if (block[i].at != NULL)
            assert_int_equal(mprotect(block[i].at, block[i].bytes, protection), 0);
    }
}

static void *allocate(size_t bytes)
{
    int at = 0;
    while (at < BLOCKS && block[at].at != NULL)
        at++;
    if (at == BLOCKS)
        return NULL;
    block[at].bytes = (bytes + PAGE - 1) / PAGE * PAGE;
    void *pages = mmap(NULL, block[at].bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED)
        return NULL;
    memset(pages, 0x7f, block[at].bytes); // large numbers, where nothing has been written
    assert_int_equal(mprotect(pages, block[at].bytes, PROT_NONE), 0);
    block[at].at = pages;
    fake_used.blocks++;
    return pages;
}

static void release(void *pages)
{
    int at = 0;
    while (at < BLOCKS && block[at].at != pages)
        at++;
    assert_true(at < BLOCKS);
    munmap(pages, block[at].bytes);
    block[at].at = NULL;
    fake_used.blocks--;
}

// The address must lie in a block, with as many bytes behind it.
static void expect_inside(const void *address, size_t bytes)
{
    bool inside = false;
    for (int i = 0; i < BLOCKS && !inside; i++) {
        const char *begin = block[i].at, *at = address;
        inside = begin != NULL && at >= begin && at + bytes <= begin + block[i].bytes;
    }
    assert_true(inside);
}

static void copy_opened(void *to, const void *from, size_t bytes)
{
    protect(PROT_READ | PROT_WRITE);
    memcpy(to, from, bytes);
    protect(PROT_NONE);
}

static gd_status copy_in(void *to, const void *from, size_t bytes)
{
    expect_inside(to, bytes);
    copy_opened(to, from, bytes);
    fake_used.copies_in++;
    return GD_OK;
}

static gd_status copy_out(void *to, const void *from, size_t bytes)
{
    expect_inside(from, bytes);
    copy_opened(to, from, bytes);
    fake_used.copies_out++;
    return GD_OK;
}

static gd_status copy_within(void *to, const void *from, size_t bytes)
{
    expect_inside(from, bytes);
    expect_inside(to, bytes);
    copy_opened(to, from, bytes);
    return GD_OK;
}

static const gd__memory fake_memory = {
    .allocate = allocate, .release = release, .copy_in = copy_in, .copy_out = copy_out, .copy = copy_within};

// ---- Steps

typedef struct node_state {
    const gd_graph *graph;
    const gd__node *node;
} node_state;

static gd_status run_opened(const gd__plan_step *step, void *const *buffer)
{
    const node_state *state = step->state;
    const gd__node *node = state->node;
    double *in[64] = {0}, *out[GD_MAX_OUTPUTS] = {0};
    assert_true(node->input_count <= GD_COUNT_OF(in));
    for (int i = 0; i < node->input_count; i++) {
        const gd_info *info = gd__info_at(state->graph, node->input[i]);
        in[i] = gd__alloc((size_t)gd_shape_count(info->shape) * sizeof(double));
        assert_non_null(in[i]);
        gd__to_doubles(in[i], buffer[step->input[i]], info->type, gd_shape_count(info->shape));
    }
    for (int i = 0; i < node->output_count; i++) {
        out[i] = gd__alloc((size_t)gd_shape_count(node->output[i].shape) * sizeof(double));
        assert_non_null(out[i]);
    }
    gd_status status = gd__reference_node(state->graph, node, in, out);
    for (int i = 0; i < node->output_count && status == GD_OK; i++)
        gd__from_doubles(buffer[step->output[i]], node->output[i].type, out[i], gd_shape_count(node->output[i].shape));
    for (int i = 0; i < node->input_count; i++)
        gd__free(in[i]);
    for (int i = 0; i < node->output_count; i++)
        gd__free(out[i]);
    return status;
}

static gd_status run_node(const gd__plan_step *step, void *const *buffer)
{
    protect(PROT_READ | PROT_WRITE);
    gd_status status = run_opened(step, buffer);
    protect(PROT_NONE);
    fake_used.steps++;
    return status;
}

static gd_status add_node(gd__planner *planner, int32_t index)
{
    const gd__node *node = &planner->plan->graph->node[index];
    int input[64], output[GD_MAX_OUTPUTS];
    const node_state state = {planner->plan->graph, node};
    assert_true(node->input_count <= GD_COUNT_OF(input));
    for (int i = 0; i < node->input_count; i++)
        input[i] = gd__planner_want(planner, node->input[i], NULL);
    for (int i = 0; i < node->output_count; i++)
        output[i] = gd__planner_give(planner, (gd__ref){index, i}, NULL);
    const gd__plan_step step = {.name = node->op->name,
                                .node = index,
                                .may_refuse = true,
                                .run = run_node,
                                .state = gd__copy_block(&state, sizeof state),
                                .free_state = gd__free};
    return gd__planner_add(planner, step, node->input_count, input, node->output_count, output);
}

static gd_status run_copy(const gd__plan_step *step, void *const *buffer)
{
    const size_t *bytes = step->state;
    return copy_within(buffer[step->output[0]], buffer[step->input[0]], *bytes);
}

static gd_status add_copy(gd__planner *planner, gd__ref ref, int from, const gd__layout *from_layout, int to,
                          const gd__layout *to_layout)
{
    assert_true(gd__layout_equal(from_layout, to_layout)); // it never asks for another order
    const gd__plan_step step = {.name = "copy",
                                .node = ref.node,
                                .run = run_copy,
                                .state = gd__copy_block(&planner->plan->buffer[to].bytes, sizeof(size_t)),
                                .free_state = gd__free};
    return gd__planner_add(planner, step, 1, &from, 1, &to);
}

const gd__backend fake_backend = {.name = "fake", .memory = &fake_memory, .node = add_node, .reorder = add_copy};

void use_fake_backend(gd_graph *graph)
{
    if (gd__backend_find("fake") == NULL)
        assert_int_equal(gd__backend_register(&fake_backend), GD_OK);
    if (gd__backend_choose(graph, "fake") != GD_OK)
        fail_msg("%s", gd_last_error());
}
