// Attributes of any op, handled through the op's table of them.
#include <string.h>

#include "base/shape.h"
#include "graph/graph.h"

static int value_count(const gd_attribute *attribute)
{
    return attribute->count > 1 ? attribute->count : 1;
}

static size_t value_size(const gd_attribute *attribute)
{
    switch (attribute->kind) {
    case GD_ATTRIBUTE_INT: return (size_t)value_count(attribute) * sizeof(int64_t);
    case GD_ATTRIBUTE_FLOAT: return (size_t)value_count(attribute) * sizeof(double);
    case GD_ATTRIBUTE_BOOL: return sizeof(bool);
    case GD_ATTRIBUTE_AXES: return sizeof(uint32_t);
    case GD_ATTRIBUTE_TYPE: return sizeof(gd_type);
    case GD_ATTRIBUTE_SHAPE: return 0;
    }
    return 0;
}

bool gd__attributes_equal(const gd_op *op, const void *a, const void *b)
{
    for (int i = 0; i < op->attribute_count; i++) {
        const gd_attribute *attribute = &op->attribute[i];
        const char *p = (const char *)a + attribute->offset, *q = (const char *)b + attribute->offset;
        bool equal;
        if (attribute->kind == GD_ATTRIBUTE_SHAPE)
            equal = gd_shape_equal(*(const gd_shape *)(const void *)p, *(const gd_shape *)(const void *)q);
        else
            equal = memcmp(p, q, value_size(attribute)) == 0;
        if (!equal)
            return false;
    }
    return true;
}

static uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t size)
{
    const unsigned char *at = bytes;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ at[i]) * 0x100000001b3u;
    return hash;
}

uint64_t gd__attributes_hash(const gd_op *op, const void *attributes)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (int i = 0; i < op->attribute_count; i++) {
        const gd_attribute *attribute = &op->attribute[i];
        const char *at = (const char *)attributes + attribute->offset;
        if (attribute->kind == GD_ATTRIBUTE_SHAPE) {
            const gd_shape *shape = (const gd_shape *)(const void *)at;
            hash = hash_bytes(hash, shape->dim, (size_t)shape->rank * sizeof shape->dim[0]);
        } else {
            hash = hash_bytes(hash, at, value_size(attribute));
        }
    }
    return hash;
}

static void close_numbers(const gd_attribute *attribute, int64_t *number, gd__sizes sizes)
{
    for (int i = 0; i < value_count(attribute); i++) {
        if (gd__dimension_has_time(number[i]))
            number[i] = gd__dimension_close(number[i], sizes);
    }
}

void gd__attributes_close(const gd_op *op, void *attributes, gd__sizes sizes)
{
    for (int i = 0; i < op->attribute_count; i++) {
        const gd_attribute *attribute = &op->attribute[i];
        void *at = (char *)attributes + attribute->offset;
        if (attribute->kind == GD_ATTRIBUTE_SHAPE)
            *(gd_shape *)at = gd__shape_close(*(gd_shape *)at, sizes);
        else if (attribute->kind == GD_ATTRIBUTE_INT)
            close_numbers(attribute, at, sizes);
    }
    if (op->close != NULL)
        op->close(attributes);
}
