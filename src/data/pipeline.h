// What a pipeline of transforms is made of (gradus/transform.h).
#ifndef GD_DATA_PIPELINE_H
#define GD_DATA_PIPELINE_H

#include <gradus/transform.h>
#include <jansson.h>
#include <stdatomic.h>

extern const gd_records gd__transform_records; // gd_transform_kinds(), for tables

// One transform with all that it needs. Texts among the options are owned.
typedef struct gd__stage {
    const gd_transform_kind *kind;
    void *options; // record.options_size bytes; NULL where that is 0
    int field_count;
    char **field;
    gd_learned learned;
    void *prepared; // by the kind, once it has learned; or NULL
} gd__stage;

struct gd_pipeline {
    atomic_int references;
    int count;
    gd__stage *stage;
};

gd_pipeline *gd__pipeline_create(int capacity);                     // without stages yet; NULL when memory is short
gd_pipeline *gd__pipeline_share(const gd_pipeline *pipeline);       // NULL: NULL
gd_status gd__pipeline_check(const gd_transform *transform);        // kind, options and number of fields
gd_status gd__stage_fill(const gd_transform *from, gd__stage *out); // a copy that has learned nothing yet
gd_status gd__stage_prepare(gd__stage *stage);                      // once it has learned
void gd__stage_free(gd__stage *stage);
// What stage `index` makes of the fields of a set: place[i] is where its i-th field stands in `field`, or -1. False
// where its first field is not there, so that it is left out.
bool gd__stage_places(const gd__stage *stage, int field_count, const gd_field *field, int *place);
gd_status gd__stage_describe(const gd__stage *stage, const int *place, gd_field *field);

// For transforms of numbers: what is described becomes numbers in f64; and a value is changed into that, in which
// *length numbers stand.
gd_status gd__numbers_describe(gd_field *field);
gd_status gd__numbers_of(gd_sample_value *value, int64_t *length, double **number);

// Whether the samples of `store` are those of `origin`, or made of them by pipelines.
struct gd__store;
// The store that a store was made of by pipelines: the source's own.
const struct gd__store *gd__store_origin(const struct gd__store *store);
bool gd__store_is_made_of(const struct gd__store *store, const struct gd__store *origin);
// The pipeline that makes the samples of `store` of those of *inner; both NULL where none does.
const gd_pipeline *gd__store_pipeline(const struct gd__store *store, const struct gd__store **inner);
// The seed of what stage number `stage` draws for a sample of the store; `purpose`: of which stream it is.
uint64_t gd__stage_seed(const char *purpose, const gd_source_draw *draw, int64_t epoch, int64_t sample, int stage);

// Options and what was learned as JSON (pipeline_json.c).
json_t *gd__pipeline_to_json(const gd_pipeline *pipeline);
gd_status gd__pipeline_from_json(json_t *list, gd_pipeline **out);

enum { GD__MOST_STAGES = 64, GD__MOST_STAGE_FIELDS = 16 };

#endif
