// Mixing the samples of a batch with each other, in training: the transforms that have a function `mix`.
#ifndef GD_DATA_MIX_H
#define GD_DATA_MIX_H

#include "data/dataset.h"
#include "data/pipeline.h"

// Whether any transform of the list mixes.
bool gd__pipeline_mixes(const gd_pipeline *pipeline);
// Fails where a transform of the set mixes what cannot be mixed: fields of open shape, labels.
gd_status gd__mix_check(const gd_dataset *set);

// Memory that mixing keeps from batch to batch. Starts as {0}.
typedef struct gd__mix_room {
    char *before; // the samples of one field, as they were
    size_t bytes;
    int64_t *partner; // of each sample of the batch
    double *share;    // what of each stays
    int64_t samples;
} gd__mix_room;
void gd__mix_room_free(gd__mix_room *room);

// Mixes a batch that gd__collate filled for training. Each sample draws its partner out of the batch, so what becomes
// of it depends on (seed, epoch, sample) and on who else is in the batch.
gd_status gd__mix(const gd_dataset *set, int64_t count, const int64_t *sample, const gd_source_draw *draw,
                  gd_array *field, gd__mix_room *room);

#endif
