// A plan as text: what runs, in which order, and where values lie.
#include "base/text.h"

#include "plan/plan.h"

static void add_buffer(gd__text *text, const gd__plan *plan, int id)
{
    const gd__buffer *buffer = &plan->buffer[id];
    switch (buffer->place) {
    case GD__PLACE_ARENA: gd__text_add(text, "%d@%zu", id, buffer->offset); break;
    case GD__PLACE_PREPARED: gd__text_add(text, "%d prepared", id); break;
    case GD__PLACE_CONSTANT: gd__text_add(text, "constant"); break;
    case GD__PLACE_VARIABLE: gd__text_add(text, "%s", plan->graph->owner->variable[buffer->index].name); break;
    case GD__PLACE_FEED: gd__text_add(text, "%s", plan->graph->input[buffer->index].name); break;
    }
    char shape[GD_SHAPE_TEXT];
    if (buffer->value.node >= 0)
        gd__text_add(text, " %s", gd_shape_text(gd__info_at(plan->graph, buffer->value)->shape, shape));
}

char *gd__plan_text(const gd__plan *plan)
{
    gd__text text = {0};
    gd__text_add(&text, "%d steps, arena %zu bytes (alive at once: %zu), %.4g operations\n", plan->step_count,
                 plan->arena_bytes, plan->live_bytes, plan->flops);
    for (int i = 0; i < plan->step_count; i++) {
        const gd__plan_step *step = &plan->step[i];
        const char *name = step->node >= 0 ? plan->graph->node[step->node].name : NULL;
        gd__text_add(&text, "%4d%c %-34s %s (", i, step->prepares ? '*' : ' ', step->name, name != NULL ? name : "");
        for (int j = 0; j < step->input_count; j++) {
            gd__text_add(&text, "%s", j > 0 ? ", " : "");
            add_buffer(&text, plan, step->input[j]);
        }
        gd__text_add(&text, ") -> (");
        for (int j = 0; j < step->output_count; j++) {
            gd__text_add(&text, "%s", j > 0 ? ", " : "");
            add_buffer(&text, plan, step->output[j]);
        }
        gd__text_add(&text, ")%s%s\n", step->reason[0] != '\0' ? "  # " : "", step->reason);
    }
    return gd__text_take(&text);
}
