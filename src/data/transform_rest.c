#include "data/transform_rest.h"

#include <pthread.h>

#include "base/memory.h"

enum { PLACES = 256 };

typedef struct left_over {
    int64_t sample, epoch; // the epoch is -1 where nothing was drawn
    uint64_t seed;
    int count;
    gd_sample_value *value; // NULL: the place is free
} left_over;

struct gd__transform_rest {
    pthread_mutex_t lock;
    left_over place[PLACES]; // a sample has one place, and the last that was left is in it
};

void gd__sample_values_free(int count, gd_sample_value *value)
{
    for (int i = 0; i < count && value != NULL; i++) {
        gd__free(value[i].data);
        gd__free(value[i].before);
    }
    gd__free(value);
}

gd__transform_rest *gd__transform_rest_create(void)
{
    gd__transform_rest *rest = gd__alloc_zeroed(1, sizeof *rest);
    if (rest != NULL && pthread_mutex_init(&rest->lock, NULL) != 0) {
        gd__free(rest);
        rest = NULL;
    }
    return rest;
}

void gd__transform_rest_free(gd__transform_rest *rest)
{
    if (rest == NULL)
        return;
    for (int i = 0; i < PLACES; i++)
        gd__sample_values_free(rest->place[i].count, rest->place[i].value);
    pthread_mutex_destroy(&rest->lock);
    gd__free(rest);
}

static left_over key_of(int64_t sample, const gd_source_draw *draw)
{
    return (left_over){
        .sample = sample, .epoch = draw == NULL ? -1 : draw->epoch, .seed = draw == NULL ? 0 : draw->seed};
}

gd_sample_value *gd__transform_rest_take(gd__transform_rest *rest, int64_t sample, const gd_source_draw *draw)
{
    const left_over key = key_of(sample, draw);
    left_over *place = &rest->place[(uint64_t)sample % PLACES];
    gd_sample_value *value = NULL;
    pthread_mutex_lock(&rest->lock);
    if (place->value != NULL && place->sample == sample && place->epoch == key.epoch && place->seed == key.seed) {
        value = place->value;
        place->value = NULL;
    }
    pthread_mutex_unlock(&rest->lock);
    return value;
}

void gd__transform_rest_put(gd__transform_rest *rest, int64_t sample, const gd_source_draw *draw, int count,
                            gd_sample_value *value)
{
    left_over key = key_of(sample, draw);
    left_over *place = &rest->place[(uint64_t)sample % PLACES];
    key.count = count;
    key.value = value;
    pthread_mutex_lock(&rest->lock);
    const left_over old = *place;
    *place = key;
    pthread_mutex_unlock(&rest->lock);
    gd__sample_values_free(old.count, old.value);
}
