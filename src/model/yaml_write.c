// A tree back into YAML text, by libyaml's emitter.
#include <string.h>
#include <yaml.h>

#include "base/memory.h"
#include "base/text.h"
#include "model/yaml.h"

static int add_bytes(void *user, unsigned char *bytes, size_t size)
{
    gd__text *text = user;
    gd__text_add_bytes(text, (const char *)bytes, size);
    return !text->failed;
}

static bool emit(yaml_emitter_t *emitter, int made, yaml_event_t *event)
{
    return made && yaml_emitter_emit(emitter, event);
}

// A value that is left empty stays empty in block form alone: in flow form libyaml writes it as '', which is a text.
static bool has_empty_value(const gd__yaml *node)
{
    if (node->kind == GD__YAML_SCALAR)
        return !node->quoted && node->text[0] == '\0';
    for (int i = 0; i < node->count; i++) {
        if (has_empty_value(node->item[i]))
            return true;
    }
    return false;
}

static bool emit_node(yaml_emitter_t *emitter, const gd__yaml *node, bool flow)
{
    yaml_event_t event;
    if (node->kind == GD__YAML_SCALAR) {
        // Braces in braces are YAML in quotes alone.
        const bool in_quotes = node->quoted || (flow && strstr(node->text, "${") != NULL);
        yaml_scalar_style_t style = in_quotes ? YAML_DOUBLE_QUOTED_SCALAR_STYLE : YAML_PLAIN_SCALAR_STYLE;
        return emit(emitter,
                    yaml_scalar_event_initialize(&event, NULL, NULL, (const yaml_char_t *)node->text,
                                                 (int)strlen(node->text), 1, 1, style),
                    &event);
    }
    flow = flow || (node->flow && !has_empty_value(node));
    bool is_map = node->kind == GD__YAML_MAP;
    int made = is_map ? yaml_mapping_start_event_initialize(&event, NULL, NULL, 1,
                                                            flow ? YAML_FLOW_MAPPING_STYLE : YAML_BLOCK_MAPPING_STYLE)
                      : yaml_sequence_start_event_initialize(
                            &event, NULL, NULL, 1, flow ? YAML_FLOW_SEQUENCE_STYLE : YAML_BLOCK_SEQUENCE_STYLE);
    bool good = emit(emitter, made, &event);
    for (int i = 0; i < node->count && good; i++)
        good = (!is_map || emit_node(emitter, node->key[i], flow)) && emit_node(emitter, node->item[i], flow);
    return good && emit(emitter,
                        is_map ? yaml_mapping_end_event_initialize(&event) : yaml_sequence_end_event_initialize(&event),
                        &event);
}

static bool emit_document(yaml_emitter_t *emitter, const gd__yaml *node)
{
    yaml_event_t event;
    return emit(emitter, yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING), &event) &&
           emit(emitter, yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1), &event) &&
           emit_node(emitter, node, false) && emit(emitter, yaml_document_end_event_initialize(&event, 1), &event) &&
           emit(emitter, yaml_stream_end_event_initialize(&event), &event);
}

char *gd__yaml_text(const gd__yaml *node)
{
    yaml_emitter_t emitter;
    gd__text text = {0};
    if (!yaml_emitter_initialize(&emitter))
        return NULL;
    yaml_emitter_set_output(&emitter, add_bytes, &text);
    yaml_emitter_set_unicode(&emitter, 1);
    yaml_emitter_set_width(&emitter, 120);
    bool good = emit_document(&emitter, node);
    yaml_emitter_delete(&emitter);
    if (!good) {
        gd__text_free(&text);
        return NULL;
    }
    return gd__text_take(&text);
}
