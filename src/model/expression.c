#include "model/expression.h"

#include <ctype.h>
#include <gradus/text.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gradus/text.h>

#include "base/error.h"
#include "base/format.h"
#include "base/memory.h"
#include "base/text.h"

// The grammar:
//
//     sum     = product { ("+" | "-") product }
//     product = factor { ("*" | "/" | "//" | "%") factor }
//     factor  = ("-" | "+") factor | number | "(" sum ")" | ("min" | "max") "(" sum { "," sum } ")"
//             | name { "[" sum "]" }
enum { MOST_NESTED = 64, MOST_NAMES = 200, EXCERPT = 80 };

typedef struct {
    const gd__yaml *where; // the scalar, for sentences
    const char *begin;     // of the expression
    size_t length;
    const char *at;
    const gd__names *names;
    int depth;
} reader;

// A number, or what a name stands for.
typedef struct {
    double number;
    const gd__yaml *node; // NULL: it is the number
} value;

static gd_status sum(reader *r, value *out);

// ---- Sentences

static gd_status fail(const reader *r, const char *what)
{
    return gd__yaml_fail(r->where, "in '${%.*s}': %s", r->length > EXCERPT ? EXCERPT : (int)r->length, r->begin, what);
}

static gd_status fail_expected(const reader *r, const char *expected)
{
    char what[200];
    const char *end = r->begin + r->length;
    if (r->at >= end)
        snprintf(what, sizeof what, "%s was expected at the end", expected);
    else
        snprintf(what, sizeof what, "%s was expected where '%.*s' stands", expected,
                 end - r->at > 20 ? 20 : (int)(end - r->at), r->at);
    return fail(r, what);
}

static gd_status fail_name(const reader *r, const char *name, size_t length)
{
    const char *words[MOST_NAMES + 2] = {"min", "max"};
    int count = 2;
    for (const gd__names *n = r->names; n != NULL && count < MOST_NAMES; n = n->outer)
        words[count++] = n->name;
    char word[100], what[400];
    snprintf(word, sizeof word, "%.*s", length > 60 ? 60 : (int)length, name);
    const char *near = gd_nearest_word(word, count, words);
    size_t used =
        (size_t)snprintf(what, sizeof what, "unknown name '%s'%s%s%s", word, near == NULL ? "" : ", did you mean '",
                         near == NULL ? "" : near, near == NULL ? "" : "'?");
    if (near == NULL && count == 2)
        snprintf(what + used, sizeof what - used, "; `constants` gives names to values");
    for (int i = 2; near == NULL && i < count && used < sizeof what - 80; i++)
        used += (size_t)snprintf(what + used, sizeof what - used, "%s%.60s", i == 2 ? "; there are " : ", ", words[i]);
    return fail(r, what);
}

// ---- Reading

const gd__yaml *gd__name_value(const gd__names *names, const char *name, size_t length)
{
    for (; names != NULL; names = names->outer)
        if (strlen(names->name) == length && memcmp(names->name, name, length) == 0)
            return names->value;
    return NULL;
}

static size_t name_length(const char *at, const char *end)
{
    size_t length = 0;
    if (at >= end || !(isalpha((unsigned char)*at) || *at == '_'))
        return 0;
    while (at + length < end && (isalnum((unsigned char)at[length]) || at[length] == '_'))
        length++;
    return length;
}

static char peek(reader *r)
{
    const char *end = r->begin + r->length;
    while (r->at < end && isspace((unsigned char)*r->at))
        r->at++;
    return r->at < end ? *r->at : '\0';
}

static bool take(reader *r, char wanted)
{
    if (peek(r) != wanted)
        return false;
    r->at++;
    return true;
}

static gd_status number_of(const reader *r, const value *from, double *number)
{
    *number = from->number;
    bool flag;
    if (from->node == NULL || gd__yaml_number(from->node, number))
        return GD_OK;
    if (gd__yaml_bool(from->node, &flag)) {
        *number = flag; // so that `${2 - small}` says what a flag changes
        return GD_OK;
    }
    char what[200];
    if (from->node->kind == GD__YAML_SCALAR)
        snprintf(what, sizeof what, "a number was expected, not '%.60s'", from->node->text);
    else
        snprintf(what, sizeof what, "a number was expected, not a %s",
                 from->node->kind == GD__YAML_LIST ? "list" : "map");
    return fail(r, what);
}

// A sum that must be a number.
static gd_status number_sum(reader *r, double *number)
{
    value inner;
    const gd_status status = sum(r, &inner);
    return status == GD_OK ? number_of(r, &inner, number) : status;
}

static gd_status literal(reader *r, value *out)
{
    char digits[64];
    size_t length = 0;
    const char *end = r->begin + r->length, *at = r->at;
    for (; at < end && length < sizeof digits - 1; at++) {
        const bool signed_exponent = (*at == '+' || *at == '-') && length > 0 && tolower((unsigned char)at[-1]) == 'e';
        if (!isdigit((unsigned char)*at) && *at != '.' && tolower((unsigned char)*at) != 'e' && !signed_exponent)
            break;
        digits[length++] = *at;
    }
    digits[length] = '\0';
    const gd__yaml node = {.kind = GD__YAML_SCALAR, .text = digits};
    *out = (value){0};
    if (!gd__yaml_number(&node, &out->number))
        return fail_expected(r, "a number");
    r->at = at;
    return GD_OK;
}

static gd_status extreme(reader *r, bool largest, value *out)
{
    *out = (value){0};
    if (!take(r, '('))
        return fail_expected(r, "'('");
    for (int i = 0;; i++) {
        double number;
        const gd_status status = number_sum(r, &number);
        if (status != GD_OK)
            return status;
        if (i == 0 || (largest ? number > out->number : number < out->number))
            out->number = number;
        if (take(r, ')'))
            return GD_OK;
        if (!take(r, ','))
            return fail_expected(r, "',' or ')'");
    }
}

static gd_status entry(reader *r, value *out)
{
    double place;
    char what[120];
    const gd_status status = number_sum(r, &place);
    if (status != GD_OK)
        return status;
    if (!take(r, ']'))
        return fail_expected(r, "']'");
    if (out->node == NULL || out->node->kind != GD__YAML_LIST)
        return fail(r, "what stands before '[' is no list");
    if (!(place >= 0 && place < out->node->count) || place != floor(place)) {
        gd__format(what, sizeof what, "the list has the entries 0 to %d, %g is none of them", out->node->count - 1,
                   place);
        return fail(r, what);
    }
    out->node = out->node->item[(int)place];
    return GD_OK;
}

static gd_status named(reader *r, value *out)
{
    const size_t length = name_length(r->at, r->begin + r->length);
    const char *name = r->at;
    const gd__yaml *node = gd__name_value(r->names, name, length);
    r->at += length;
    if (node == NULL && length == 3 && (strncmp(name, "min", 3) == 0 || strncmp(name, "max", 3) == 0))
        return extreme(r, name[1] == 'a', out);
    if (node == NULL)
        return fail_name(r, name, length);
    *out = (value){.node = node};
    gd_status status = GD_OK;
    while (status == GD_OK && take(r, '['))
        status = entry(r, out);
    return status;
}

static gd_status factor(reader *r, value *out)
{
    const char next = peek(r);
    gd_status status = GD_OK;
    if (r->depth > MOST_NESTED)
        return fail(r, "nested more than 64 deep");
    r->depth++;
    if (next == '-' || next == '+') {
        r->at++;
        value inner;
        *out = (value){0};
        status = factor(r, &inner);
        if (status == GD_OK)
            status = number_of(r, &inner, &out->number);
        out->number = next == '-' ? -out->number : out->number;
    } else if (next == '(') {
        r->at++;
        status = sum(r, out);
        if (status == GD_OK && !take(r, ')'))
            status = fail_expected(r, "')'");
    } else if (isdigit((unsigned char)next) || next == '.') {
        status = literal(r, out);
    } else if (name_length(r->at, r->begin + r->length) > 0) {
        status = named(r, out);
    } else {
        status = fail_expected(r, "a number, a name or '('");
    }
    r->depth--;
    return status;
}

// Whole numbers are divided as Python does: // rounds down, and % has the sign of the divisor.
static gd_status combine(const reader *r, char sign, double a, double b, value *out)
{
    *out = (value){0};
    if (sign != '+' && sign != '-' && sign != '*' && b == 0)
        return fail(r, "a division by zero");
    switch (sign) {
    case '+': out->number = a + b; break;
    case '-': out->number = a - b; break;
    case '*': out->number = a * b; break;
    case '/': out->number = a / b; break;
    case 'q': out->number = floor(a / b); break;
    default: out->number = a - b * floor(a / b); break;
    }
    return isfinite(out->number) ? GD_OK : fail(r, "the result is too large");
}

static gd_status product(reader *r, value *out)
{
    gd_status status = factor(r, out);
    while (status == GD_OK) {
        char sign = peek(r);
        if (sign != '*' && sign != '/' && sign != '%')
            return GD_OK;
        r->at++;
        if (sign == '/' && r->at < r->begin + r->length && *r->at == '/') {
            r->at++;
            sign = 'q';
        }
        value right;
        double a, b;
        status = number_of(r, out, &a);
        if (status == GD_OK)
            status = factor(r, &right);
        if (status == GD_OK)
            status = number_of(r, &right, &b);
        if (status == GD_OK)
            status = combine(r, sign, a, b, out);
    }
    return status;
}

static gd_status sum(reader *r, value *out)
{
    gd_status status = product(r, out);
    while (status == GD_OK) {
        const char sign = peek(r);
        if (sign != '+' && sign != '-')
            return GD_OK;
        r->at++;
        value right;
        double a, b;
        status = number_of(r, out, &a);
        if (status == GD_OK)
            status = product(r, &right);
        if (status == GD_OK)
            status = number_of(r, &right, &b);
        if (status == GD_OK)
            status = combine(r, sign, a, b, out);
    }
    return status;
}

static gd_status evaluate(const gd__yaml *where, const char *text, size_t length, const gd__names *names, value *out)
{
    reader r = {.where = where, .begin = text, .length = length, .at = text, .names = names};
    *out = (value){0};
    if (peek(&r) == '\0')
        return fail(&r, "an expression was expected between the braces");
    const gd_status status = sum(&r, out);
    if (status == GD_OK && peek(&r) != '\0')
        return fail_expected(&r, "an operator");
    return status;
}

// ---- Into nodes

static void add_number(gd__text *text, double number)
{
    char digits[40];
    if (number == floor(number) && fabs(number) < 0x1p53) {
        gd__text_add(text, "%.0f", number == 0 ? 0.0 : number);
        return;
    }
    gd__format(digits, sizeof digits, "%.15g", number);
    if (gd__parse_number(digits, NULL) != number)
        gd__format(digits, sizeof digits, "%.17g", number);
    gd__text_add(text, "%s", digits);
}

static gd_status scalar_like(const gd__yaml *where, gd__text *text, bool quoted, gd__yaml **out)
{
    gd__yaml *node = gd__alloc_zeroed(1, sizeof *node);
    char *taken = gd__text_take(text);
    if (node == NULL || taken == NULL) {
        gd__free(node);
        gd__free(taken);
        return gd__fail_memory("a recipe");
    }
    *node = (gd__yaml){.kind = GD__YAML_SCALAR,
                       .source = where->source,
                       .line = where->line,
                       .column = where->column,
                       .quoted = quoted,
                       .text = taken};
    *out = node;
    return GD_OK;
}

static gd_status node_of(const gd__yaml *where, const value *result, gd__yaml **out)
{
    if (result->node != NULL) {
        *out = gd__yaml_copy(result->node);
        if (*out == NULL)
            return gd__fail_memory("a recipe");
        (*out)->source = where->source; // a sentence about it points to where it is used
        (*out)->line = where->line;
        (*out)->column = where->column;
        return GD_OK;
    }
    gd__text text = {0};
    add_number(&text, result->number);
    return scalar_like(where, &text, false, out);
}

// The end of the `${…}` that begins at `at`, or NULL.
static const char *closing(const char *at)
{
    return strchr(at, '}');
}

bool gd__has_expression(const gd__yaml *scalar, const gd__names *names)
{
    const char *text = scalar->text;
    if (strstr(text, "${") != NULL)
        return true;
    const size_t length = text[0] == '$' ? name_length(text + 1, text + strlen(text)) : 0;
    return length > 0 && text[1 + length] == '\0' && gd__name_value(names, text + 1, length) != NULL;
}

// The texts between expressions, and the values of these.
static gd_status put_into_text(const gd__yaml *scalar, const gd__names *names, gd__text *text)
{
    for (const char *at = scalar->text; *at != '\0';) {
        if (strncmp(at, "$${", 3) == 0) {
            gd__text_add(text, "${");
            at += 3;
            continue;
        }
        if (strncmp(at, "${", 2) != 0) {
            gd__text_add_bytes(text, at++, 1);
            continue;
        }
        value result;
        const char *end = closing(at);
        if (end == NULL)
            return gd__yaml_fail(scalar, "'%.60s' has no '}' after its '${'", scalar->text);
        const gd_status status = evaluate(scalar, at + 2, (size_t)(end - at - 2), names, &result);
        if (status != GD_OK)
            return status;
        if (result.node != NULL && result.node->kind != GD__YAML_SCALAR)
            return gd__yaml_fail(scalar, "'%.60s': a list or map cannot stand inside a text", scalar->text);
        if (result.node != NULL)
            gd__text_add(text, "%s", result.node->text);
        else
            add_number(text, result.number);
        at = end + 1;
    }
    return GD_OK;
}

gd_status gd__put_values_in(const gd__yaml *scalar, const gd__names *names, gd__yaml **out)
{
    const char *text = scalar->text;
    const size_t length = strlen(text);
    *out = NULL;
    value result;
    if (text[0] == '$' && text[1] != '{' && strstr(text, "${") == NULL) {
        result = (value){.node = gd__name_value(names, text + 1, length - 1)};
        return node_of(scalar, &result, out);
    }
    if (strncmp(text, "${", 2) == 0 && closing(text) == text + length - 1) {
        const gd_status status = evaluate(scalar, text + 2, length - 3, names, &result);
        return status == GD_OK ? node_of(scalar, &result, out) : status;
    }
    gd__text whole = {0};
    const gd_status status = put_into_text(scalar, names, &whole);
    if (status == GD_OK)
        return scalar_like(scalar, &whole, scalar->quoted, out);
    gd__text_free(&whole);
    return status;
}
