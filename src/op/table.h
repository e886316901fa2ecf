// The records of all ops, so that any file can say which op it means: node->op == &gd__op_add.
#ifndef GD_OP_TABLE_H
#define GD_OP_TABLE_H

#include <gradus/op.h>

#define GD_OP(name) extern const gd_op gd__op_##name;
#define GD_SELDOM_OP(name) GD_OP(name)
#include "op/ops.def"
#undef GD_SELDOM_OP
#undef GD_OP

#endif
