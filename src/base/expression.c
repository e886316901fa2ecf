#include "base/expression.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

enum { MOST_STATES = 2000, DEEPEST = 20 };

struct gd__expression {
    regex_t compiled;
};

// ---- What an expression would cost

// A reader of the expression, which counts the states that repeats are written out to: a+ as aa*, a{2,5} as aaaaa.
typedef struct reader {
    const char *at, *end;
    int depth;
    const char *wrong; // what no expression may have; NULL: nothing
} reader;

// Behind the bracket: a list of characters, in which ] may stand first.
static void pass_list(reader *r)
{
    r->at += r->at < r->end && *r->at == '^';
    r->at += r->at < r->end && *r->at == ']';
    while (r->at < r->end && *r->at != ']') {
        const bool class = *r->at == '[' && r->at + 1 < r->end && strchr(":.=", r->at[1]) != NULL;
        const char kind = class ? r->at[1] : '\0';
        for (r->at += class ? 2 : 1; class && r->at < r->end && (*r->at != kind || r->at[1] != ']');)
            r->at++;
        r->at += class && r->at < r->end ? 2 : 0;
    }
    r->at += r->at < r->end;
}

// {m}, {m,}, {,n} or {m,n} behind its brace: how often what stands before it is written out.
static double read_repeat(reader *r)
{
    double bound[2] = {0, 0};
    int which = 0;
    for (; r->at < r->end && *r->at != '}'; r->at++)
        if (*r->at == ',')
            which = 1;
        else if (*r->at >= '0' && *r->at <= '9' && bound[which] < 1e6)
            bound[which] = 10 * bound[which] + (*r->at - '0');
    r->at += r->at < r->end;
    return bound[1] > bound[0] + 1 ? bound[1] : bound[0] + 1;
}

static double count_states(reader *r);

// One character, list or group.
static double count_one(reader *r)
{
    const char c = *r->at++;
    double states = 1;
    if (c == '\\') {
        if (r->at < r->end && *r->at >= '1' && *r->at <= '9')
            r->wrong = "it refers back to a group";
        r->at += r->at < r->end;
    } else if (c == '[') {
        pass_list(r);
    } else if (c == '(') {
        states += count_states(r);
        r->at += r->at < r->end;
    }
    return states;
}

// As far as the end or the parenthesis that closes.
static double count_states(reader *r)
{
    double states = 0;
    if (++r->depth > DEEPEST)
        r->wrong = "its parentheses are nested too deeply";
    while (r->wrong == NULL && r->at < r->end && *r->at != ')') {
        double one = count_one(r);
        while (r->at < r->end && strchr("*+?{", *r->at) != NULL && one < 1e12) {
            const char c = *r->at++;
            one *= c == '+' ? 2 : c == '{' ? read_repeat(r) : 1;
        }
        states += one;
    }
    r->depth--;
    return states;
}

static const char *what_is_wrong(const char *text, size_t length)
{
    reader r = {.at = text, .end = text + length};
    if (length > GD__LONGEST_EXPRESSION)
        return "it is longer than 200 bytes";
    if (length == 0)
        return "it is empty";
    double states = 0;
    while (r.at < r.end && r.wrong == NULL) { // a parenthesis too many ends a count
        states += count_states(&r);
        r.at += r.at < r.end;
    }
    if (r.wrong == NULL && states > MOST_STATES)
        return "it repeats too much";
    return r.wrong;
}

// ---- Using it

gd_status gd__expression_create(const char *text, size_t length, gd__expression **out)
{
    char reason[120];
    *out = NULL;
    const char *wrong = what_is_wrong(text, length);
    if (wrong != NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "the expression '%.*s' cannot be used: %s", length > 60 ? 60 : (int)length,
                        text, wrong);
    char whole[GD__LONGEST_EXPRESSION + 1];
    memcpy(whole, text, length);
    whole[length] = '\0';
    gd__expression *expression = gd__alloc_zeroed(1, sizeof *expression);
    if (expression == NULL)
        return gd__fail_memory("a regular expression");
    const int error = regcomp(&expression->compiled, whole, REG_EXTENDED);
    if (error != 0) {
        regerror(error, &expression->compiled, reason, sizeof reason);
        gd__free(expression);
        return gd__fail(GD_ERROR_ARGUMENT, "'%s' is no regular expression: %s", whole, reason);
    }
    if (expression->compiled.re_nsub > GD__EXPRESSION_GROUPS) {
        gd__expression_free(expression);
        return gd__fail(GD_ERROR_ARGUMENT, "the expression '%.60s' has more than %d groups", whole,
                        GD__EXPRESSION_GROUPS);
    }
    *out = expression;
    return GD_OK;
}

void gd__expression_free(gd__expression *expression)
{
    if (expression == NULL)
        return;
    regfree(&expression->compiled);
    gd__free(expression);
}

int gd__expression_groups(const gd__expression *expression)
{
    return (int)expression->compiled.re_nsub;
}

bool gd__expression_fits(const gd__expression *expression, const char *text)
{
    return regexec(&expression->compiled, text, 0, NULL, 0) == 0;
}

int gd__replacement_groups(const char *to)
{
    int highest = 0;
    for (; *to != '\0'; to++) {
        if (to[0] != '\\' || to[1] == '\0')
            continue;
        to++;
        if (*to >= '1' && *to <= '9' && *to - '0' > highest)
            highest = *to - '0';
    }
    return highest;
}

bool gd__expression_replace(const gd__expression *expression, const char *text, const char *to, gd__text *made)
{
    regmatch_t group[GD__EXPRESSION_GROUPS + 1];
    if (regexec(&expression->compiled, text, GD__EXPRESSION_GROUPS + 1, group, 0) != 0)
        return false;
    gd__text_add_bytes(made, text, (size_t)group[0].rm_so);
    for (; *to != '\0'; to++) {
        const int number = to[0] == '\\' && to[1] >= '1' && to[1] <= '9' ? to[1] - '0' : 0;
        if (number > 0 && group[number].rm_so >= 0) // a group that took no part stands for nothing
            gd__text_add_bytes(made, text + group[number].rm_so, (size_t)(group[number].rm_eo - group[number].rm_so));
        to += number > 0 || (to[0] == '\\' && to[1] == '\\');
        if (number == 0)
            gd__text_add_bytes(made, to, 1);
    }
    gd__text_add(made, "%s", text + group[0].rm_eo);
    return true;
}
