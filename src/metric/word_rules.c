// sacrebleu's tokenizers (Post 2018, A call for clarity in reporting BLEU scores), as it has them.
#include "metric/word_rules.h"

#include <string.h>

#include "base/error.h"

static const char *const names[] = {"13a", "zh", "char", "none"};

gd_status gd_word_rule_named(const char *name, gd_word_rule *out)
{
    GD__NEEDS(name, GD_ERROR_ARGUMENT);
    GD__NEEDS(out, GD_ERROR_ARGUMENT);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], name) == 0) {
            *out = (gd_word_rule)i;
            return GD_OK;
        }
    return gd__fail(GD_ERROR_ARGUMENT, "'%s' is no rule for words: 13a, zh, char or none was expected", name);
}

static bool is_digit(int32_t code)
{
    return code >= '0' && code <= '9';
}

static bool is_stop(int32_t code)
{
    return code == '.' || code == ',';
}

// Signs of ASCII that are words by themselves, wherever they stand.
static bool is_sign(int32_t code)
{
    return (code >= '{' && code <= '~') || (code >= '[' && code <= '`') || (code >= '!' && code <= '&') ||
           (code >= '(' && code <= '+') || (code >= ':' && code <= '@') || code == '/';
}

// Adds up to four codes; 0 stands for none.
static bool add(gd__codes *to, int32_t a, int32_t b, int32_t c, int32_t d)
{
    const int32_t all[] = {a, b, c, d};
    for (int i = 0; i < 4; i++)
        if (all[i] != 0 && !gd__codes_add(to, all[i]))
            return false;
    return true;
}

// One pass of mteval-v13a over the whole text: 0 parts signs, 1 stops behind what is no digit, 2 stops before what is
// no digit, 3 dashes behind digits. What a pass has taken is not looked at again in it.
static bool part(int pass, const gd__codes *from, gd__codes *to)
{
    for (int64_t i = 0; i < from->count; i++) {
        const int32_t here = from->code[i], next = i + 1 < from->count ? from->code[i + 1] : 0;
        const bool pair = next != 0 && ((pass == 1 && !is_digit(here) && is_stop(next)) ||
                                        (pass == 2 && is_stop(here) && !is_digit(next)) ||
                                        (pass == 3 && is_digit(here) && next == '-'));
        bool good;
        if (pass == 0 && is_sign(here))
            good = add(to, ' ', here, ' ', 0);
        else if (pair && pass == 2)
            good = add(to, ' ', here, ' ', next);
        else if (pair)
            good = add(to, here, ' ', next, ' ');
        else
            good = add(to, here, 0, 0, 0);
        if (!good)
            return false;
        i += pair;
    }
    return true;
}

static bool part_all(gd__codes *codes, gd__codes *out)
{
    for (int pass = 0; pass < 4; pass++) {
        gd__codes next = {0};
        const bool good = part(pass, codes, pass == 3 ? out : &next);
        gd__codes_free(codes);
        *codes = next;
        if (!good)
            return false;
    }
    return true;
}

// ---- 13a

// What stands for another text there.
static const struct {
    const char *text;
    int32_t code; // 0: nothing
} stands_for[] = {{"<skipped>", 0}, {"-\n", 0},    {"\n", ' '},  {"&quot;", '"'},
                  {"&amp;", '&'},   {"&lt;", '<'}, {"&gt;", '>'}};

static bool begins(const gd__codes *codes, int64_t at, const char *text)
{
    for (; *text != 0; at++, text++)
        if (at >= codes->count || codes->code[at] != (unsigned char)*text)
            return false;
    return true;
}

// One after the other, over the whole text: "&amp;lt;" becomes "<".
static void replace(gd__codes *codes)
{
    for (size_t k = 0; k < sizeof stands_for / sizeof *stands_for; k++) {
        const int64_t length = (int64_t)strlen(stands_for[k].text);
        int64_t kept = 0;
        for (int64_t i = 0; i < codes->count;) {
            if (!begins(codes, i, stands_for[k].text)) {
                codes->code[kept++] = codes->code[i++];
                continue;
            }
            if (stands_for[k].code != 0)
                codes->code[kept++] = stands_for[k].code;
            i += length;
        }
        codes->count = kept;
    }
}

// ---- zh

static bool is_chinese(int32_t code)
{
    // The seventh and the eighth are not what sacrebleu's comment says, but what it does: it compares texts there.
    static const int32_t range[][2] = {
        {0x3400, 0x4db5}, {0x4e00, 0x9fa5}, {0x9fa6, 0x9fbb}, {0xf900, 0xfa2d}, {0xfa30, 0xfa6a}, {0xfa70, 0xfad9},
        {0x2001, 0x2a6d}, {0x2f81, 0x2fa1}, {0xff00, 0xffef}, {0x2e80, 0x2eff}, {0x3000, 0x303f}, {0x31c0, 0x31ef},
        {0x2f00, 0x2fdf}, {0x2ff0, 0x2fff}, {0x3100, 0x312f}, {0x31a0, 0x31bf}, {0xfe10, 0xfe1f}, {0xfe30, 0xfe4f},
        {0x2600, 0x26ff}, {0x2700, 0x27bf}, {0x3200, 0x32ff}, {0x3300, 0x33ff}};
    for (size_t i = 0; i < sizeof range / sizeof *range; i++)
        if (code >= range[i][0] && code <= range[i][1])
            return true;
    return false;
}

static bool each_apart(const gd__codes *codes, bool all, gd__codes *out)
{
    for (int64_t i = 0; i < codes->count; i++) {
        const bool apart = all || is_chinese(codes->code[i]);
        if (!(apart ? add(out, ' ', codes->code[i], ' ', 0) : add(out, codes->code[i], 0, 0, 0)))
            return false;
    }
    return true;
}

// White space at the end, and at the beginning where `both`, goes.
static void trim(gd__codes *codes, bool both)
{
    int64_t begin = 0;
    while (codes->count > 0 && gd__code_is_space(codes->code[codes->count - 1]))
        codes->count--;
    while (both && begin < codes->count && gd__code_is_space(codes->code[begin]))
        begin++;
    codes->count -= begin;
    if (begin > 0)
        memmove(codes->code, codes->code + begin, (size_t)codes->count * sizeof *codes->code);
}

static bool split(gd__codes *codes, gd_word_rule rule, gd__codes *out)
{
    gd__codes apart = {0};
    bool good = true;
    switch (rule) {
    case GD_WORDS_13A:
        replace(codes);
        good = add(&apart, ' ', 0, 0, 0);
        for (int64_t i = 0; i < codes->count && good; i++)
            good = gd__codes_add(&apart, codes->code[i]);
        good = good && add(&apart, ' ', 0, 0, 0) && part_all(&apart, out);
        break;
    case GD_WORDS_ZH:
        trim(codes, true);
        good = each_apart(codes, false, &apart) && part_all(&apart, out);
        break;
    case GD_WORDS_CHAR: good = each_apart(codes, true, out); break;
    case GD_WORDS_NONE:
        for (int64_t i = 0; i < codes->count && good; i++)
            good = gd__codes_add(out, codes->code[i]);
        break;
    }
    gd__codes_free(&apart);
    return good;
}

bool gd__split_words(const char *text, gd_word_rule rule, gd__codes *out)
{
    gd__codes codes = {0};
    bool good = gd__codes_add_text(&codes, text);
    if (good) {
        trim(&codes, false);
        good = split(&codes, rule, out);
    }
    gd__codes_free(&codes);
    return good;
}
