// Steps: what preprocessing does to one field, one record a kind (step_*.c). A step takes one sample as doubles
// and gives doubles; the last result is rounded to what is delivered.
#ifndef GD_DATA_STEP_H
#define GD_DATA_STEP_H

#include <gradus/transform.h>
#include <jansson.h>
#include <stdatomic.h>

typedef struct gd__step gd__step;

// The training samples of one field, read through the steps before the one that is fitted.
typedef struct gd__fitting {
    const gd_dataset *set;
    int field; // of the store
    const struct gd__steps *before;
    gd_field given; // what those steps make of the field
    int64_t width;  // numbers in a sample of it; 0 where it is open
    int64_t count;  // numbers in the sample that was read last
    double *row;    // that sample
    int64_t row_capacity;
} gd__fitting;
// Reads sample `index` of the set into fit->row. Missing values are NaN.
gd_status gd__fitting_read(gd__fitting *fit, int64_t index);
// GD_ERROR_NUMBER with a sentence that begins with the field and where the sample stands.
gd_status gd__fitting_fail(const gd__fitting *fit, int64_t index, const char *format, ...) GD_PRINTF(3, 4);

typedef struct gd__step_kind {
    gd_scaling scaling;
    const char *name; // in JSON
    // Checks that the step can follow, and says what it makes of the field (type, shape, kind, class count).
    gd_status (*deliver)(const gd__step *step, gd_field *field);
    // Learns from the training samples. NULL: it has nothing to learn.
    gd_status (*fit)(gd__fitting *fit, const gd_preprocess_rule *rule, gd__step *step);
    // Changes one sample in place. *shape is that of the sample, and afterwards that of the result; value has room for
    // both.
    gd_status (*apply)(const gd__step *step, gd_shape *shape, double *value);
    // Takes the step back, for `count` numbers, whole samples one behind the other. NULL: it cannot be, or need not.
    void (*invert)(const gd__step *step, int64_t count, double *value);
    // Adds what was learned to an object, and reads it from there. NULL: nothing is.
    bool (*to_json)(const gd__step *step, json_t *json);
    gd_status (*from_json)(const char *field, json_t *json, gd__step *step);
} gd__step_kind;

struct gd__step {
    const gd__step_kind *kind;
    // Affine: (x - offset[group]) * scale[group], with group_count groups of group_size numbers in a sample.
    int64_t group_count, group_size;
    double *offset, *scale;
    // Fill: a number in the place of each missing one, (fill_count).
    int64_t fill_count;
    double *fill;
    // One-hot and labels.
    int class_count;
    double *value;     // labels: the value of each class, in ascending order; NULL: its number
    char **class_name; // labels: the text of each class; NULL: none
    bool rows;         // labels: a sample is a row of zeros with a one
    bool soft;         // labels: a sample is a row of probabilities, and stays one
    int64_t length;    // pad
};

typedef struct gd__steps {
    char *field;
    int count, capacity;
    gd__step *step;
} gd__steps;

struct gd_preprocess {
    atomic_int references;
    int count;
    gd__steps *steps;        // of each field that has any
    gd_csv_schema *schema;   // or NULL
    char *tokenizer;         // of a text that is read as tokens, as JSON; or NULL
    gd_pipeline *transforms; // before the steps; or NULL
};

extern const gd__step_kind gd__step_affine[3]; // standardize, min_max, scale_by
extern const gd__step_kind gd__step_fill, gd__step_one_hot, gd__step_labels, gd__step_numbers, gd__step_pad,
    gd__step_probability;
const gd__step_kind *gd__step_kind_of(gd_scaling scaling);  // or NULL
const gd__step_kind *gd__step_kind_named(const char *name); // or NULL

gd_preprocess *gd__preprocess_create(int capacity); // NULL when memory is short
gd_preprocess *gd__preprocess_share(const gd_preprocess *preprocess);
const gd__steps *gd__preprocess_steps(const gd_preprocess *preprocess, const char *field); // or NULL
// Adds a step to the steps of `field`; NULL when memory is short.
gd__step *gd__steps_add(gd__steps *steps, const gd__step_kind *kind);
void gd__step_free(gd__step *step);
// What the steps (or NULL) make of a stored field: first what is delivered of it without any.
gd_status gd__steps_deliver(const gd__steps *steps, gd_field *field);
// A list of numbers in JSON, exactly; NULL values give null.
json_t *gd__numbers_to_json(const double *value, int64_t count);
gd_status gd__numbers_from_json(json_t *json, const char *field, int64_t count, double **value);

#endif
