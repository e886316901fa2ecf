// A YAML document as a tree whose every node knows where it stands. Read by libyaml, with limits: the text comes from
// outside.
#ifndef GD_MODEL_YAML_H
#define GD_MODEL_YAML_H

#include <gradus/base.h>

typedef enum gd__yaml_kind { GD__YAML_SCALAR = 0, GD__YAML_LIST, GD__YAML_MAP } gd__yaml_kind;

typedef struct gd__yaml gd__yaml;
struct gd__yaml {
    gd__yaml_kind kind;
    const char *source; // the file's name, or the setting "train.epochs=3" when line is 0; outlives the tree
    int line, column;   // from 1
    bool quoted;        // a scalar in quotes: always text
    bool flow;          // written as [a, b] or {a: b}
    char *text;         // of a scalar
    int count, capacity;
    gd__yaml **key; // of a map: scalars, all different
    gd__yaml **item;
    const gd__yaml *origin; // of an expanded recipe's node (model/expand.h): the one that was written; else NULL
};

// Reads one document. `source` must outlive the tree; `line` is that of the text's first line, or 0 for a setting,
// whose nodes get no lines. Refused: more than 1 MiB, more than 32 levels, anchors, aliases, tags, a second document,
// keys that are no plain text or appear twice, a list or map of more than 10,000 entries. Empty text gives an empty
// scalar.
gd_status gd__yaml_parse(const char *text, size_t length, const char *source, bool setting, gd__yaml **out);
void gd__yaml_free(gd__yaml *node);
gd__yaml *gd__yaml_copy(const gd__yaml *node); // NULL when memory is short

// The value under `name`, or NULL: also when the node is NULL or no map.
gd__yaml *gd__yaml_get(const gd__yaml *map, const char *name);
// Puts `value` (taken over, on failure too) under `name`, in the place of an earlier value.
gd_status gd__yaml_put(gd__yaml *map, const char *name, gd__yaml *value);
// Appends an entry; takes key (NULL for a list) and item over, on failure too.
gd_status gd__yaml_append(gd__yaml *node, gd__yaml *key, gd__yaml *item);
// Takes a key out of a map; fine when it is not there, or this is no map.
void gd__yaml_remove(gd__yaml *map, const char *key);
// An empty map.
gd__yaml *gd__yaml_new_map(const char *source);

// Fails with "net.yaml:12: …" (the node's place) before the sentence.
gd_status gd__yaml_fail(const gd__yaml *node, const char *format, ...) GD_PRINTF(2, 3);
// Writes "net.yaml:12" or "setting 'a=b'" into `place`.
enum { GD__PLACE_SIZE = 400 };
const char *gd__yaml_place(const gd__yaml *node, char place[GD__PLACE_SIZE]);

// Scalars. False when the node is not a scalar of that kind.
bool gd__yaml_number(const gd__yaml *node, double *value);
bool gd__yaml_integer(const gd__yaml *node, int64_t *value); // 1e3 and 64.0 are whole numbers too
bool gd__yaml_bool(const gd__yaml *node, bool *value);       // true, false, yes, no, on, off
bool gd__yaml_is(const gd__yaml *node, const char *text);
// Whether something stands there: neither NULL nor left empty.
static inline bool gd__yaml_says(const gd__yaml *node)
{
    return node != NULL && (node->kind != GD__YAML_SCALAR || node->text[0] != '\0' || node->quoted);
}

// The tree as YAML text; NULL when memory is short. Free with gd__free.
char *gd__yaml_text(const gd__yaml *node);

#endif
