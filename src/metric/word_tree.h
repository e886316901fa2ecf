// A tree of sequences: each node is a sequence, its children go on by one symbol. It gives every sequence a number, by
// which they are counted.
#ifndef GD_METRIC_WORD_TREE_H
#define GD_METRIC_WORD_TREE_H

#include <gradus/base.h>

typedef struct gd__word_tree {
    int64_t count;    // of nodes, the root 0 among them; 0 before the first call
    int64_t capacity; // of `slot`: a power of two
    int32_t *slot;    // hashed by parent and symbol: the node, or 0
    int64_t room;     // of the arrays below
    int32_t *parent;  // of each node
    int32_t *symbol;  // by which it goes on
} gd__word_tree;

// The node of `parent` with one more symbol, made where it is missing; -1 when memory is short.
int32_t gd__word_tree_child(gd__word_tree *tree, int32_t parent, int32_t symbol);
void gd__word_tree_free(gd__word_tree *tree);

#endif
