// What is similar: an index of vectors in a file, such as what a network makes of pictures, and the nearest to a query.
//
//     gd_index *index;
//     if (gd_index_create("pictures.index", (gd_index_opts){.dimension = 64}, &index) == GD_OK &&
//         gd_index_add(index, count, vectors, names) == GD_OK)
//         gd_index_nearest(index, 1, query, 10, neighbours);
//     gd_index_free(index);
#ifndef GRADUS_SIMILAR_H
#define GRADUS_SIMILAR_H

#include <gradus/model.h>
#include <gradus/neighbour.h>

#ifdef __cplusplus
extern "C" {
#endif

// Vectors of one length, each with a name, in a file that is mapped and not read. Several threads may ask one at a time
// as long as none adds to it, and several processes may have the file open for asking; a second one that would add is
// refused.
typedef struct gd_index gd_index;

typedef struct gd_index_opts {
    int64_t dimension; // numbers in a vector, 1 to 65536
    const char *about; // what the vectors are, to be compared when more are added; at most 4000 bytes; NULL: nothing
} gd_index_opts;

// Makes an empty index in place of whatever file is at `path`, and opens it for adding. On failure *out is NULL.
GD_API GD_MUST_USE gd_status gd_index_create(const char *path, gd_index_opts opts, gd_index **out);
// Opens one. `grow`: for adding too; else the file is only read. GD_ERROR_FORMAT: no index, or one that is cut short.
typedef enum gd_index_use { GD_INDEX_READ, GD_INDEX_GROW } gd_index_use;
GD_API GD_MUST_USE gd_status gd_index_open(const char *path, gd_index_use use, gd_index **out);
GD_API void gd_index_free(gd_index *index); // NULL is fine

GD_API int64_t gd_index_count(const gd_index *index);
GD_API int64_t gd_index_dimension(const gd_index *index);
GD_API const char *gd_index_about(const gd_index *index); // "" where nothing was said; belongs to the index
// The name of vector `i`, or NULL when there is no such vector. Valid until the next gd_index_add.
GD_API const char *gd_index_name(const gd_index *index, int64_t i);

// Adds vectors (count, dimension), each scaled to length 1, with their names. The file is synced before they count: a
// process that is killed on the way leaves the index as it was. GD_ERROR_ARGUMENT names a vector that is not finite or
// has no length.
GD_API GD_MUST_USE gd_status gd_index_add(gd_index *index, int64_t count, const float *vector, const char *const *name);

// The `most` vectors that are most similar to each of `count` queries (count, dimension), the best first; of equals the
// one that was added first. Exact: each vector is looked at. `neighbours` has room for (count, most).
GD_API GD_MUST_USE gd_status gd_index_nearest(const gd_index *index, int64_t count, const float *query, int most,
                                              gd_neighbour *neighbours);

// ---- What a network makes of samples

// The layer whose output is taken: that of this name, or where it is NULL the one before the last layer that has
// weights, which is what the classes are told apart by ("Neural codes for image retrieval", Babenko et al. 2014). NULL
// with GD_ERROR_ARGUMENT where there is none. It belongs to the model.
GD_API const gd_model_layer *gd_model_feature_layer(const gd_model *model, const char *name);
// Its output for every sample of the set as vectors (N, dimension); of pictures (channels, rows, columns) the mean over
// the places. `result` must be empty; free it, on failure it is empty.
GD_API GD_MUST_USE gd_status gd_model_features(const gd_model *model, const gd_model_layer *layer,
                                               const gd_dataset *set, gd_evaluate_opts opts, gd_array *result);
// Adds what the layer makes of those samples that the index does not have yet, told apart by their names
// (gd_dataset_origin_text); ones with a fault are left out. Some thousands at a time, so that an interruption keeps
// what was added until then. *added (may be NULL) is how many were, also on failure.
GD_API GD_MUST_USE gd_status gd_index_add_samples(gd_index *index, const gd_model *model, const gd_model_layer *layer,
                                                  const gd_dataset *set, gd_evaluate_opts opts, int64_t *added);

#ifdef __cplusplus
}
#endif
#endif
