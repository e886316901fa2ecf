// A cell of a table: a number, or nothing, or the number of a text. What is no number is a NaN that carries what it is,
// so that a table is a matrix of doubles. Numbers themselves are always finite.
#ifndef GD_DATA_CSV_CELL_H
#define GD_DATA_CSV_CELL_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

// The upper half of the bits says what the cell is; the lower half holds a number that goes with it.
#define GD__CELL_MISSING UINT32_C(0x7ff80001)
#define GD__CELL_TEXT UINT32_C(0x7ff80002)

static inline uint64_t gd__cell_bits(double cell)
{
    uint64_t bits;
    memcpy(&bits, &cell, sizeof bits);
    return bits;
}

static inline double gd__cell_make(uint32_t what, uint32_t with)
{
    const uint64_t bits = (uint64_t)what << 32 | with;
    double cell;
    memcpy(&cell, &bits, sizeof cell);
    return cell;
}

// A cell that is missing: 0 when it is empty, else the number of the word for it, from 1.
static inline double gd__cell_missing(uint32_t word)
{
    return gd__cell_make(GD__CELL_MISSING, word);
}

// A text, by its number among those of the column.
static inline double gd__cell_text(uint32_t code)
{
    return gd__cell_make(GD__CELL_TEXT, code);
}

static inline bool gd__cell_is_number(double cell)
{
    return cell == cell;
}

static inline bool gd__cell_is_missing(double cell)
{
    return gd__cell_bits(cell) >> 32 == GD__CELL_MISSING;
}

static inline bool gd__cell_is_text(double cell)
{
    return gd__cell_bits(cell) >> 32 == GD__CELL_TEXT;
}

// What goes with a missing cell or a text.
static inline uint32_t gd__cell_with(double cell)
{
    return (uint32_t)gd__cell_bits(cell);
}

#endif
