// Numbers in texts, read exactly: the double that is nearest to what is written, as strtod gives it in the C locale.
#ifndef GD_DATA_CSV_NUMBER_H
#define GD_DATA_CSV_NUMBER_H

#include <locale.h>
#include <stdbool.h>
#include <stddef.h>

// How numbers are written.
typedef struct gd__csv_notation {
    char decimal;         // '.' or ','
    char thousands;       // between groups of three digits; 0: nothing
    bool percent;         // "12%" is .12
    const char *currency; // may stand before or behind; NULL or "": nothing may
    locale_t c_locale;
} gd__csv_notation;

// Reads a decimal number that begins at `from`: a sign, digits, a decimal point and digits, an exponent. Returns where
// it ends, or NULL where there is none, or one that is not read here: out of range, or of more digits than the decimal
// comma allows. The text must end with a byte that is no part of a number, such as a line end.
const char *gd__csv_scan_number(const gd__csv_notation *notation, const char *from, double *number);

// Whether a whole text, of 1000 bytes at most, is a finite number in the notation, with blanks, tabs and no-break
// spaces around it.
bool gd__csv_read_number(const gd__csv_notation *notation, const char *text, size_t length, double *number);

// Takes blanks, tabs and no-break spaces off both ends.
void gd__csv_trim(const char **text, size_t *length);

#endif
