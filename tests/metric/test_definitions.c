// Every metric against its definition, written out plainly: pairs of samples are counted, not sorted; means come before
// variances; all of a confusion matrix is there.
#include "sets.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define SAME 1e-12
#define FAR_FROM_ZERO 1e-9 // what is left of a plain variance of numbers around a million

// One column of scores or numbers, and what is true of it (0 or 1 for a question).
typedef struct {
    int count;
    double said[MOST_SAMPLES], truth[MOST_SAMPLES], weight[MOST_SAMPLES];
} column;

// Samples of weight 0 are left out.
static column column_of(const gd_scored *scored, int64_t c)
{
    column out = {0};
    for (int64_t i = 0; i < scored->count; i++) {
        const double weight = scored->weight == NULL ? 1 : scored->weight[i];
        if (weight == 0)
            continue;
        out.said[out.count] = scored->prediction[i * scored->width + c];
        out.truth[out.count] =
            scored->task == GD_TASK_CLASSES ? scored->target[i] == (double)c : scored->target[i * scored->width + c];
        out.weight[out.count++] = weight;
    }
    return out;
}

static double mean_over_columns(const gd_scored *scored, double (*figure)(const column *))
{
    double sum = 0;
    for (int64_t c = 0; c < scored->width; c++) {
        const column one = column_of(scored, c);
        sum += figure(&one);
    }
    return sum / (double)scored->width;
}

// ---- Ranking

static double area_under_roc(const column *x)
{
    double won = 0, pairs = 0;
    for (int i = 0; i < x->count; i++) {
        for (int j = 0; j < x->count; j++) {
            if (x->truth[i] == 1 && x->truth[j] == 0) {
                const double weight = x->weight[i] * x->weight[j];
                won += weight * (x->said[i] > x->said[j] ? 1 : x->said[i] == x->said[j] ? 0.5 : 0);
                pairs += weight;
            }
        }
    }
    return pairs > 0 ? won / pairs : NAN;
}

// The mean over yes of the precision at its score: equal scores share one, so they make up a step of the curve.
static double area_under_precision(const column *x)
{
    double sum = 0, all = 0;
    for (int i = 0; i < x->count; i++) {
        double yes = 0, both = 0;
        for (int j = 0; j < x->count; j++) {
            both += x->said[j] >= x->said[i] ? x->weight[j] : 0;
            yes += x->said[j] >= x->said[i] && x->truth[j] == 1 ? x->weight[j] : 0;
        }
        sum += x->truth[i] == 1 ? x->weight[i] * yes / both : 0;
        all += x->truth[i] == 1 ? x->weight[i] : 0;
    }
    return all > 0 ? sum / all : 0;
}

static double roc_auc(const gd_scored *scored)
{
    return mean_over_columns(scored, area_under_roc);
}

static double average_precision(const gd_scored *scored)
{
    return mean_over_columns(scored, area_under_precision);
}

// ---- Numbers

static double all_weight(const column *x)
{
    double sum = 0;
    for (int i = 0; i < x->count; i++)
        sum += x->weight[i];
    return sum;
}

static double mean_of(const column *x, const double *value)
{
    double sum = 0;
    for (int i = 0; i < x->count; i++)
        sum += x->weight[i] * value[i];
    return sum / all_weight(x);
}

// The mean of the products of deviations; 0 where a list is constant, whatever rounding makes of its mean.
static double covariance(const column *x, const double *a, const double *b)
{
    const double mean_a = mean_of(x, a), mean_b = mean_of(x, b);
    double product[MOST_SAMPLES];
    bool a_varies = false, b_varies = false;
    for (int i = 0; i < x->count; i++) {
        product[i] = (a[i] - mean_a) * (b[i] - mean_b);
        a_varies = a_varies || a[i] != a[0];
        b_varies = b_varies || b[i] != b[0];
    }
    return a_varies && b_varies ? mean_of(x, product) : 0;
}

static void errors_of(const column *x, double *error)
{
    for (int i = 0; i < x->count; i++)
        error[i] = fabs(x->said[i] - x->truth[i]);
}

static double absolute(const column *x)
{
    double error[MOST_SAMPLES];
    errors_of(x, error);
    return mean_of(x, error);
}

static double squared(const column *x)
{
    double error[MOST_SAMPLES];
    errors_of(x, error);
    for (int i = 0; i < x->count; i++)
        error[i] *= error[i];
    return mean_of(x, error);
}

static double root(const column *x)
{
    return sqrt(squared(x));
}

static double share_of_target(const column *x)
{
    double error[MOST_SAMPLES];
    errors_of(x, error);
    for (int i = 0; i < x->count; i++)
        error[i] /= fmax(fabs(x->truth[i]), DBL_EPSILON);
    return mean_of(x, error);
}

// The mean of the least and the largest number that have half of all weight on either side, themselves included.
static double median(const column *x)
{
    double error[MOST_SAMPLES], least = INFINITY, most = -INFINITY;
    const double half = all_weight(x) / 2 * (1 - 1e-14);
    errors_of(x, error);
    for (int i = 0; i < x->count; i++) {
        double below = 0, above = 0;
        for (int j = 0; j < x->count; j++) {
            below += error[j] <= error[i] ? x->weight[j] : 0;
            above += error[j] >= error[i] ? x->weight[j] : 0;
        }
        if (below >= half && above >= half) {
            least = fmin(least, error[i]);
            most = fmax(most, error[i]);
        }
    }
    return (least + most) / 2;
}

static double share(double residual, double total)
{
    return residual == 0 ? 1 : total == 0 ? 0 : 1 - residual / total;
}

static double determination(const column *x)
{
    return x->count < 2 ? NAN : share(squared(x), covariance(x, x->truth, x->truth));
}

static double explained(const column *x)
{
    double error[MOST_SAMPLES];
    for (int i = 0; i < x->count; i++)
        error[i] = x->said[i] - x->truth[i];
    return share(covariance(x, error, error), covariance(x, x->truth, x->truth));
}

static double pearson(const column *x)
{
    const double scale = covariance(x, x->truth, x->truth) * covariance(x, x->said, x->said);
    return scale > 0 ? covariance(x, x->truth, x->said) / sqrt(scale) : NAN;
}

static double largest(const column *x)
{
    double error[MOST_SAMPLES], most = 0;
    errors_of(x, error);
    for (int i = 0; i < x->count; i++)
        most = fmax(most, error[i]);
    return most;
}

static double max_error(const gd_scored *scored)
{
    double most = 0;
    for (int64_t c = 0; c < scored->width; c++) {
        const column one = column_of(scored, c);
        most = fmax(most, largest(&one));
    }
    return most;
}

static double symmetric_share(const column *x)
{
    double sum = 0, all = 0;
    for (int i = 0; i < x->count; i++) {
        const double size = (fabs(x->said[i]) + fabs(x->truth[i])) / 2;
        sum += size == 0 ? 0 : x->weight[i] * fabs(x->said[i] - x->truth[i]) / size;
        all += x->weight[i];
    }
    return sum / all;
}

static double weighted_absolute_percentage_error(const gd_scored *scored)
{
    double error = 0, size = 0;
    for (int64_t c = 0; c < scored->width; c++) {
        const column one = column_of(scored, c);
        for (int i = 0; i < one.count; i++) {
            error += one.weight[i] * fabs(one.said[i] - one.truth[i]);
            size += one.weight[i] * fabs(one.truth[i]);
        }
    }
    return size > 0 ? error / size : NAN;
}

// clang-format off
static double symmetric_mean_absolute_percentage_error(const gd_scored *s) { return mean_over_columns(s, symmetric_share); }
static double mean_absolute_error(const gd_scored *s) { return mean_over_columns(s, absolute); }
static double mean_squared_error(const gd_scored *s) { return mean_over_columns(s, squared); }
static double root_mean_squared_error(const gd_scored *s) { return mean_over_columns(s, root); }
static double mean_absolute_percentage_error(const gd_scored *s) { return mean_over_columns(s, share_of_target); }
static double median_absolute_error(const gd_scored *s) { return mean_over_columns(s, median); }
static double r2(const gd_scored *s) { return mean_over_columns(s, determination); }
static double explained_variance(const gd_scored *s) { return mean_over_columns(s, explained); }
static double correlation(const gd_scored *s) { return mean_over_columns(s, pearson); }
// clang-format on

// ---- Answers

// The confusion matrix of a question: rows are what is true, columns what is said.
typedef struct {
    int classes;
    double all, at[MOST_WIDTH][MOST_WIDTH];
} confusion;

static int class_said(const gd_scored *scored, int64_t sample)
{
    int best = 0;
    for (int c = 1; c < (int)scored->width; c++)
        if (scored->prediction[sample * scored->width + c] > scored->prediction[sample * scored->width + best])
            best = c;
    return best;
}

static int question_count(const gd_scored *scored)
{
    return scored->task == GD_TASK_BINARY ? (int)scored->width : 1;
}

static confusion confusion_of(const gd_scored *scored, int question)
{
    const bool binary = scored->task == GD_TASK_BINARY;
    confusion out = {.classes = binary ? 2 : (int)scored->width};
    for (int64_t i = 0; i < scored->count; i++) {
        const int64_t at = i * scored->width + question;
        const int truth = (int)scored->target[binary ? at : i];
        const int said = binary ? scored->prediction[at] > 0.5 : class_said(scored, i);
        const double weight = scored->weight == NULL ? 1 : scored->weight[i];
        out.at[truth][said] += weight;
        out.all += weight;
    }
    return out;
}

static double row_sum(const confusion *m, int row)
{
    double sum = 0;
    for (int c = 0; c < m->classes; c++)
        sum += m->at[row][c];
    return sum;
}

static double column_sum(const confusion *m, int said)
{
    double sum = 0;
    for (int r = 0; r < m->classes; r++)
        sum += m->at[r][said];
    return sum;
}

static double mean_over_questions(const gd_scored *scored, double (*figure)(const confusion *))
{
    double sum = 0;
    for (int q = 0; q < question_count(scored); q++) {
        const confusion matrix = confusion_of(scored, q);
        sum += figure(&matrix);
    }
    return sum / question_count(scored);
}

static double right(const confusion *m)
{
    double sum = 0;
    for (int c = 0; c < m->classes; c++)
        sum += m->at[c][c];
    return sum / m->all;
}

static double balanced(const confusion *m)
{
    double sum = 0;
    int count = 0;
    for (int c = 0; c < m->classes; c++) {
        if (row_sum(m, c) > 0) {
            sum += m->at[c][c] / row_sum(m, c);
            count++;
        }
    }
    return sum / count;
}

static double kappa(const confusion *m)
{
    double by_chance = 0;
    int classes = 0;
    for (int c = 0; c < m->classes; c++) {
        by_chance += row_sum(m, c) * column_sum(m, c) / (m->all * m->all);
        classes += row_sum(m, c) + column_sum(m, c) > 0;
    }
    return classes > 1 ? (right(m) - by_chance) / (1 - by_chance) : NAN;
}

// Gorodkin's sum over triples of classes.
static double correlation_of_classes(const confusion *m)
{
    double together = 0, truth = 0, said = 0;
    for (int k = 0; k < m->classes; k++) {
        for (int l = 0; l < m->classes; l++)
            for (int n = 0; n < m->classes; n++)
                together += m->at[k][k] * m->at[l][n] - m->at[k][l] * m->at[n][k];
        truth += row_sum(m, k) * (m->all - row_sum(m, k));
        said += column_sum(m, k) * (m->all - column_sum(m, k));
    }
    const bool nothing = truth < 1e-12 * m->all * m->all || said < 1e-12 * m->all * m->all;
    return nothing ? 0 : together / sqrt(truth) / sqrt(said);
}

// clang-format off
static double accuracy(const gd_scored *s) { return mean_over_questions(s, right); }
static double balanced_accuracy(const gd_scored *s) { return mean_over_questions(s, balanced); }
static double cohen_kappa(const gd_scored *s) { return mean_over_questions(s, kappa); }
static double matthews(const gd_scored *s) { return mean_over_questions(s, correlation_of_classes); }
// clang-format on

// ---- Averages over classes

enum { PRECISION, RECALL, F1 };

static double figure_of(int figure, double hit, double truth, double said)
{
    const double top = figure == F1 ? 2 * hit : hit;
    const double bottom = figure == F1 ? truth + said : figure == RECALL ? truth : said;
    return bottom > 0 ? top / bottom : 0;
}

// `way` is "yes", "macro", "micro" or "weighted".
static double averaged(const gd_scored *scored, int figure, const char *way)
{
    double macro = 0, weighted = 0, count = 0, hits = 0, truths = 0, saids = 0;
    const bool binary = scored->task == GD_TASK_BINARY, several = binary && scored->width > 1;
    const bool only_yes = several || (binary && strcmp(way, "yes") == 0);
    for (int q = 0; q < question_count(scored); q++) {
        const confusion m = confusion_of(scored, q);
        for (int c = only_yes ? 1 : 0; c < m.classes; c++) {
            const double hit = m.at[c][c], truth = row_sum(&m, c), said = column_sum(&m, c);
            if (!only_yes && truth + said == 0)
                continue;
            macro += figure_of(figure, hit, truth, said);
            weighted += truth * figure_of(figure, hit, truth, said);
            count++;
            hits += hit;
            truths += truth;
            saids += said;
        }
    }
    if (strcmp(way, "micro") == 0)
        return figure_of(figure, hits, truths, saids);
    if (strcmp(way, "weighted") == 0)
        return truths > 0 ? weighted / truths : 0;
    return macro / count;
}

// clang-format off
static double precision(const gd_scored *s) { return averaged(s, PRECISION, "yes"); }
static double recall(const gd_scored *s) { return averaged(s, RECALL, "yes"); }
static double f1(const gd_scored *s) { return averaged(s, F1, "yes"); }
static double precision_macro(const gd_scored *s) { return averaged(s, PRECISION, "macro"); }
static double recall_macro(const gd_scored *s) { return averaged(s, RECALL, "macro"); }
static double f1_macro(const gd_scored *s) { return averaged(s, F1, "macro"); }
static double precision_micro(const gd_scored *s) { return averaged(s, PRECISION, "micro"); }
static double recall_micro(const gd_scored *s) { return averaged(s, RECALL, "micro"); }
static double f1_micro(const gd_scored *s) { return averaged(s, F1, "micro"); }
static double precision_weighted(const gd_scored *s) { return averaged(s, PRECISION, "weighted"); }
static double recall_weighted(const gd_scored *s) { return averaged(s, RECALL, "weighted"); }
static double f1_weighted(const gd_scored *s) { return averaged(s, F1, "weighted"); }
// clang-format on

// ---- Probabilities

static double surprise(const column *x)
{
    double loss[MOST_SAMPLES];
    for (int i = 0; i < x->count; i++)
        loss[i] = -log(fmin(fmax(x->truth[i] == 1 ? x->said[i] : 1 - x->said[i], DBL_EPSILON), 1 - DBL_EPSILON));
    return mean_of(x, loss);
}

// Of classes only the true one's probability counts.
static double surprise_if_yes(const column *x)
{
    double loss[MOST_SAMPLES];
    for (int i = 0; i < x->count; i++)
        loss[i] = x->truth[i] == 1 ? -log(x->said[i]) : 0;
    return mean_of(x, loss);
}

static double log_loss(const gd_scored *scored)
{
    if (scored->task == GD_TASK_CLASSES)
        return mean_over_columns(scored, surprise_if_yes) * (double)scored->width;
    return mean_over_columns(scored, surprise);
}

static double perplexity(const gd_scored *scored)
{
    return exp(log_loss(scored));
}

static double bits_per_token(const gd_scored *scored)
{
    return log_loss(scored) / log(2.0);
}

static double brier(const gd_scored *scored)
{
    return mean_over_columns(scored, squared) * (double)(scored->task == GD_TASK_CLASSES ? scored->width : 1);
}

// 15 bins; the last holds a probability of exactly 1.
static double calibration(const column *x)
{
    double sum = 0;
    for (int b = 0; b <= 15; b++) {
        double sure = 0, true_too = 0;
        for (int i = 0; i < x->count; i++) {
            if (x->said[i] >= b / 15.0 && (x->said[i] < (b + 1) / 15.0)) {
                sure += x->weight[i] * x->said[i];
                true_too += x->weight[i] * x->truth[i];
            }
        }
        sum += fabs(sure - true_too);
    }
    return sum / all_weight(x);
}

static double expected_calibration_error(const gd_scored *scored)
{
    if (scored->task == GD_TASK_BINARY)
        return mean_over_columns(scored, calibration);
    column one = {0};
    for (int64_t i = 0; i < scored->count; i++) {
        const int said = class_said(scored, i);
        one.said[i] = scored->prediction[i * scored->width + said];
        one.truth[i] = said == (int)scored->target[i];
        one.weight[i] = scored->weight == NULL ? 1 : scored->weight[i];
    }
    one.count = (int)scored->count;
    return calibration(&one);
}

// Meters are made with a `top` of 2.
static double top_k_accuracy(const gd_scored *scored)
{
    double sum = 0, all = 0;
    for (int64_t i = 0; i < scored->count; i++) {
        const double *score = scored->prediction + i * scored->width;
        const double weight = scored->weight == NULL ? 1 : scored->weight[i];
        int first = 0, second = -1;
        for (int c = 1; c < (int)scored->width; c++)
            if (score[c] >= score[first])
                first = c;
        for (int c = 0; c < (int)scored->width; c++)
            if (c != first && (second < 0 || score[c] >= score[second]))
                second = c;
        sum += scored->target[i] == first || scored->target[i] == second ? weight : 0;
        all += weight;
    }
    return sum / all;
}

// ---- Pictures

static double psnr(const gd_scored *scored)
{
    double sum = 0, all = 0;
    for (int64_t i = 0; i < scored->count; i++) {
        const double weight = scored->weight == NULL ? 1 : scored->weight[i];
        double square = 0;
        for (int64_t c = 0; c < scored->width; c++)
            square += pow(scored->prediction[i * scored->width + c] - scored->target[i * scored->width + c], 2);
        square /= (double)scored->width;
        sum += weight * (square > 1e-20 ? -10 * log10(square) : 200);
        all += weight;
    }
    return all > 0 ? sum / all : NAN;
}

// The sets hold no pictures; test_pictures.c has some.
static double ssim(const gd_scored *scored)
{
    (void)scored;
    return NAN;
}

// ---- All of them

#define PLAIN(name)                                                                                                    \
    {                                                                                                                  \
#name, name                                                                                                    \
    }
static const struct {
    const char *name;
    double (*plain)(const gd_scored *scored);
} definitions[] = {
    PLAIN(accuracy),
    PLAIN(balanced_accuracy),
    PLAIN(top_k_accuracy),
    PLAIN(precision),
    PLAIN(recall),
    PLAIN(f1),
    PLAIN(precision_macro),
    PLAIN(recall_macro),
    PLAIN(f1_macro),
    PLAIN(precision_micro),
    PLAIN(recall_micro),
    PLAIN(f1_micro),
    PLAIN(precision_weighted),
    PLAIN(recall_weighted),
    PLAIN(f1_weighted),
    PLAIN(cohen_kappa),
    PLAIN(matthews),
    PLAIN(roc_auc),
    PLAIN(average_precision),
    PLAIN(log_loss),
    PLAIN(perplexity),
    PLAIN(bits_per_token),
    PLAIN(brier),
    PLAIN(expected_calibration_error),
    PLAIN(mean_absolute_error),
    PLAIN(mean_squared_error),
    PLAIN(root_mean_squared_error),
    PLAIN(mean_absolute_percentage_error),
    PLAIN(symmetric_mean_absolute_percentage_error),
    PLAIN(weighted_absolute_percentage_error),
    PLAIN(median_absolute_error),
    PLAIN(max_error),
    PLAIN(r2),
    PLAIN(explained_variance),
    PLAIN(correlation),
    PLAIN(psnr),
    PLAIN(ssim),
};
#undef PLAIN

static bool is_of_variances(const char *name)
{
    return strcmp(name, "r2") == 0 || strcmp(name, "explained_variance") == 0 || strcmp(name, "correlation") == 0;
}

static void test_definitions(void **unused)
{
    (void)unused;
    static made_up_set set;
    for (int number = 0; number < MADE_UP_SETS; number++) {
        make_up_set(number, &set);
        for (size_t d = 0; d < sizeof definitions / sizeof *definitions; d++) {
            const gd_metric_kind *kind = gd_metric_kind_named(definitions[d].name);
            if ((kind->tasks >> set.scored.task & 1) == 0)
                continue;
            const double value = value_of_all(kind, &set.scored), truth = definitions[d].plain(&set.scored);
            if (!nearly(value, truth, is_of_variances(kind->name) ? FAR_FROM_ZERO : SAME))
                fail_msg("set %d: %s is %.17g, by its definition %.17g", number, kind->name, value, truth);
        }
    }
}

// A metric without a definition here is one that nobody has checked.
static void test_all_are_defined(void **unused)
{
    (void)unused;
    int count;
    const gd_metric_kind *const *kinds = gd_metric_kinds(&count);
    for (int k = 0; k < count; k++) {
        size_t d = 0;
        if (kinds[k]->tasks == 1u << GD_TASK_BOXES) // test_boxes.c
            continue;
        while (d < sizeof definitions / sizeof *definitions && strcmp(definitions[d].name, kinds[k]->name) != 0)
            d++;
        if (d == sizeof definitions / sizeof *definitions)
            fail_msg("the metric %s has no definition in this test", kinds[k]->name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_definitions), cmocka_unit_test(test_all_are_defined)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
