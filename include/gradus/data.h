// Data: reading files, splitting, preprocessing fitted on the training part, and batches prepared ahead.
#ifndef GRADUS_DATA_H
#define GRADUS_DATA_H

#include <gradus/base.h>
#include <gradus/graph.h> // gd_text_free

#ifdef __cplusplus
extern "C" {
#endif

// A data set: samples that have the same named fields, such as "image" and "label". Samples are held in memory and
// never change, so splits, selections and preprocessed versions are views that share them. Every gd_dataset that a
// function hands out is released with gd_dataset_free, in any order; one may be read by several threads at a time.
//
// Fields are delivered as f32 or i32, whatever the file held:
//     bytes (u8)          kept as bytes in memory, delivered as f32
//     f32, f64, bf16, bool   f32
//     i32, i64            i32; a value that does not fit is an error
//     one integer a sample (rank 0, also u8)   i32: a label
// Floating values must be finite: readers name the sample and the element of the first one that is not.
typedef struct gd_dataset gd_dataset;

// What one field looks like when it is delivered.
typedef struct gd_field {
    const char *name; // lives as long as the data set
    gd_type type;     // GD_F32 or GD_I32
    gd_shape shape;   // of one sample; a batch of n samples is (n, shape…)
    int class_count;  // for labels and categories: values are 0 … class_count-1; else 0
} gd_field;

GD_API void gd_dataset_free(gd_dataset *set);             // NULL is fine
GD_API int64_t gd_dataset_count(const gd_dataset *set);   // samples
GD_API int gd_dataset_field_count(const gd_dataset *set); // fields
GD_API gd_field gd_dataset_field(const gd_dataset *set, int field);
GD_API int gd_dataset_find(const gd_dataset *set, const char *name); // the number of a field, or -1
// The text that stands for a class ("T-shirt"), or NULL where none is known.
GD_API const char *gd_dataset_class_name(const gd_dataset *set, int field, int label);

// Copies field `field` of `count` samples into `out`, with shape (count, shape…): preprocessed as in a batch. An
// empty array is made, for the caller to free; another must have that type and shape.
GD_API GD_MUST_USE gd_status gd_dataset_get(const gd_dataset *set, int field, int64_t count, const int64_t *sample,
                                            gd_array *out);

// Fails, naming the first sample, when a label of the field lies outside 0 … class_count-1.
GD_API GD_MUST_USE gd_status gd_dataset_check_labels(const gd_dataset *set, int field, int class_count);

// ---- Readers. On failure *out is NULL and gd_last_error() names the file and the place in it. An empty data set is
// an error.

// IDX files (LeCun's format for MNIST), plain or gzipped, told apart by content. Fields "image" and "label".
// Images of rank 3 (N, H, W) become (1, H, W); rank 4 (N, C, H, W) stays; rank 2 (N, F) gives vectors.
// `labels` may be NULL. The header must agree with the size of the file, and the two counts with each other.
GD_API GD_MUST_USE gd_status gd_dataset_from_idx(const char *images, const char *labels, gd_dataset **out);

// NumPy files: "x" of shape (N, …), and from `y` (may be NULL) either "label", when it holds one integer a sample, or
// "y". A y of shape (N) that holds real numbers is delivered as (N, 1), as a layer with one output gives it.
GD_API GD_MUST_USE gd_status gd_dataset_from_npy(const char *x, const char *y, gd_dataset **out);
// An .npz archive (np.savez or np.savez_compressed): one field an array, all with the same first dimension.
GD_API GD_MUST_USE gd_status gd_dataset_from_npz(const char *path, gd_dataset **out);

typedef struct gd_hdf5_opts {
    const char *x; // the name of the samples' array, such as "train_set_x" or "images/train"
    const char *y; // that of the answers; NULL: none
    // Pictures stored as (N, H, W, C), as most programs but this one keep them, become (N, C, H, W). Without it arrays
    // stay as they are; flattening such pictures then goes through H, W, C.
    bool channels_first;
} gd_hdf5_opts;

// Two arrays ("datasets") of an HDF5 file, as gd_dataset_from_npy treats its arrays: "x", and "label" or "y". Fails
// with GD_ERROR_UNSUPPORTED where Gradus was built without HDF5, or its library, which is loaded when the first such
// file is read, is not installed; a name that is not in the file is answered with those that are.
GD_API GD_MUST_USE gd_status gd_dataset_from_hdf5(const char *path, gd_hdf5_opts opts, gd_dataset **out);
// One array of an HDF5 file as it is; types as in gd_npy_read, and h5py's booleans. Links to other files are not
// followed. Release it with gd_array_free.
GD_API GD_MUST_USE gd_status gd_hdf5_read(const char *path, const char *name, gd_array *array);
// Whether the file can be read and holds an array of this name.
GD_API bool gd_hdf5_has(const char *path, const char *name);

// Arrays in memory, copied; each is (N, shape…).
GD_API GD_MUST_USE gd_status gd_dataset_from_arrays(int count, const char *const *name, const gd_array *array,
                                                    gd_dataset **out);

// One NumPy array as it is (f16 becomes f32, i8 to u16 become i32, u32 becomes i64); release it with gd_array_free.
GD_API GD_MUST_USE gd_status gd_npy_read(const char *path, gd_array *array);
// Writes one (bf16 as f32); the file appears whole or not at all.
GD_API GD_MUST_USE gd_status gd_npy_write(const char *path, const gd_array *array);

// ---- CSV

// What is done with an empty cell, or one that says NA, N/A, NaN or null in any case. Mean and median are those of
// the column in the data that gd_preprocess_fit is given, so that a test set never leaks into them; such a set must
// be preprocessed before it is batched. In a text column with these policies an empty cell is a category of its own.
typedef enum gd_missing {
    GD_MISSING_ERROR = 0, // name the line and the column
    GD_MISSING_MEAN,
    GD_MISSING_MEDIAN,
    GD_MISSING_CONSTANT, // gd_csv_opts.missing_value
    GD_MISSING_DROP      // leave the row out
} gd_missing;

// The columns of a CSV file as they were understood when it was read: kinds, categories, target. Another file read
// with it gives fields of the same meaning.
typedef struct gd_csv_schema gd_csv_schema;

// Columns are named by their heading, or by number: "0" is the first, "-1" the last. Without a header line the
// columns are called c0, c1, …
//
// A column is numeric when its first cell that is not missing is a number; text further down is then an error. Other
// columns are categories: one-hot by default, categories sorted by their bytes.
typedef struct gd_csv_opts {
    char separator;       // 0: a comma; '\t' for .tsv
    bool no_header;       // the first line is data already
    bool no_quotes;       // '"' is a letter as any other
    const char *target;   // the column to be predicted; NULL: none
    bool target_is_class; // a target of whole numbers is a class label; a target of text always is
    int ignore_count;     // columns left out
    const char *const *ignore;
    int category_count; // columns that are categories although they hold numbers
    const char *const *category;
    int embed_count; // categories delivered as a number (an i32 field named as the column), for an embedding
    const char *const *embed;
    gd_missing missing;
    double missing_value;
    int max_categories; // 0: 10000; more different texts in one column are an error
    bool allow_unknown; // a category not seen in training is all zeros, or one number after the last if embedded
    // Columns of an earlier file to be applied to this one; the options above are then taken from it. Columns are
    // matched by name when there is a header; columns it does not know are left out, and the target may be absent.
    const gd_csv_schema *schema;
} gd_csv_opts;

// RFC 4180: quoted cells may hold separators, doubled quotes and line breaks. Plain or gzipped. Rows are streamed:
// the text is never held whole. Fields: "x", f32 (features), one-hot categories in the place of their column; an i32
// field for each embedded column; and from the target "y", f32 (1), or "label", i32 (). Empty lines are skipped.
GD_API GD_MUST_USE gd_status gd_dataset_from_csv(const char *path, gd_csv_opts opts, gd_dataset **out);

// The columns of the file that the set was read from, or NULL. Belongs to the set.
GD_API const gd_csv_schema *gd_dataset_csv_schema(const gd_dataset *set);
GD_API char *gd_csv_schema_to_json(const gd_csv_schema *schema); // NULL when memory is short; gd_text_free
GD_API GD_MUST_USE gd_status gd_csv_schema_from_json(const char *json, gd_csv_schema **out);
GD_API void gd_csv_schema_free(gd_csv_schema *schema);

// ---- Views

// `count` samples from `first` on.
GD_API GD_MUST_USE gd_status gd_dataset_take(const gd_dataset *set, int64_t first, int64_t count, gd_dataset **out);
// The samples listed, in that order.
GD_API GD_MUST_USE gd_status gd_dataset_select(const gd_dataset *set, int64_t count, const int64_t *sample,
                                               gd_dataset **out);

typedef struct gd_split_opts {
    int part_count;
    const double *fraction; // of each part, summing to at most 1; or
    const int64_t *count;   // samples of each part
    uint64_t seed;
    bool in_order;        // cut without shuffling first
    const char *stratify; // a label field whose classes have the same share in each part (to within one sample)
} gd_split_opts;

// Cuts a set into parts that do not overlap; the same seed gives the same parts. `part` has room for part_count sets.
// A part that would be empty is an error.
GD_API GD_MUST_USE gd_status gd_dataset_split(const gd_dataset *set, gd_split_opts opts, gd_dataset **part);

typedef struct gd_fold_opts {
    int folds; // k: 2 or more, at most one a sample
    int fold;  // which of them validates: 0 … folds-1
    uint64_t seed;
    bool in_order;        // folds are runs of samples as they stand: not shuffled
    const char *stratify; // a label field whose classes have the same share in each fold (to within one sample)
} gd_fold_opts;

// k-fold cross-validation: one fold of the set validates, the others train. Over all values of `fold`, with the other
// options the same, every sample validates exactly once. Folds have the same size to within one sample.
GD_API GD_MUST_USE gd_status gd_dataset_fold(const gd_dataset *set, gd_fold_opts opts, gd_dataset **train,
                                             gd_dataset **validation);

// ---- Preprocessing

typedef enum gd_scaling {
    GD_SCALING_NONE = 0,
    GD_STANDARDIZE, // (x - mean) / deviation, with the deviation of the population; a constant feature gives 0
    GD_MIN_MAX,     // (x - min) / (max - min); a constant feature gives 0
    GD_SCALE_BY,    // x * factor
    GD_ONE_HOT      // a label as a row of zeros with a one
} gd_scaling;

// Over what the mean, deviation, minimum and maximum are taken.
typedef enum gd_extent {
    GD_EXTENT_DEFAULT = 0, // images (C, H, W): the whole field; anything else: each feature
    GD_EXTENT_FEATURE,     // each element of the sample by itself
    GD_EXTENT_CHANNEL,     // each index of the sample's first dimension
    GD_EXTENT_FIELD        // all elements together
} gd_extent;

typedef struct gd_preprocess_rule {
    const char *field; // NULL: every f32 field but "y"
    gd_scaling scaling;
    gd_extent extent;
    double factor;   // GD_SCALE_BY; 0: 1/255
    int class_count; // GD_ONE_HOT; 0: as many as the training labels show
} gd_preprocess_rule;

typedef struct gd_preprocess_opts {
    int rule_count;
    const gd_preprocess_rule *rule; // at most one a field
} gd_preprocess_opts;

// What was learned from the training part; applied to every part, and kept in the checkpoint. It also carries the
// CSV schema of the training set, and the means or medians that replace missing cells. Never changes once made.
typedef struct gd_preprocess gd_preprocess;

// Fits on `train`, which must not be preprocessed yet. Release with gd_preprocess_free.
GD_API GD_MUST_USE gd_status gd_preprocess_fit(const gd_dataset *train, gd_preprocess_opts opts, gd_preprocess **out);
GD_API void gd_preprocess_free(gd_preprocess *preprocess);
// A view of `set` whose samples are preprocessed when they are read. Fields that the set lacks are passed over (a
// file to be predicted has no target). The view holds what it needs: `preprocess` may be freed before it.
GD_API GD_MUST_USE gd_status gd_preprocess_apply(const gd_preprocess *preprocess, const gd_dataset *set,
                                                 gd_dataset **out);
// Takes the scaling of `field` back, in place: predictions of a scaled target become what they mean. `values` is f32
// of shape (n, shape…). A field without a rule stays as it is.
GD_API GD_MUST_USE gd_status gd_preprocess_invert(const gd_preprocess *preprocess, const char *field, gd_array *values);
GD_API char *gd_preprocess_to_json(const gd_preprocess *preprocess); // NULL when memory is short; gd_text_free
GD_API GD_MUST_USE gd_status gd_preprocess_from_json(const char *json, gd_preprocess **out);
// The CSV schema of the set it was fitted on, or NULL. Belongs to `preprocess`.
GD_API const gd_csv_schema *gd_preprocess_csv_schema(const gd_preprocess *preprocess);

// ---- Batches

// A loader hands out the batches of one epoch after the other. A thread of its own prepares the next ones.
typedef struct gd_loader gd_loader;

typedef struct gd_loader_opts {
    int64_t batch; // samples in a batch; must not exceed the set unless `allow_short`
    bool shuffle;  // a new order each epoch, which depends on (seed, epoch) alone
    uint64_t seed;
    bool drop_last;   // leave out a last batch that is not full
    bool allow_short; // a set smaller than `batch` is one short batch
    bool no_prefetch; // prepare each batch when it is asked for, on the calling thread
    int64_t epochs;   // stop after this many; 0: never
} gd_loader_opts;

// Valid until the next call to the loader.
typedef struct gd_batch {
    int64_t epoch; // from 0
    int64_t index; // of the batch in its epoch, from 0
    int64_t count; // samples in it
    bool last;     // of its epoch
    int field_count;
    const gd_array *field; // each field of the set in its order, (count, shape…), contiguous, aligned to 64 bytes
    const int64_t *sample; // which samples of the set they are
} gd_batch;

// The set must outlive the loader. Release with gd_loader_free, which stops the thread at once.
GD_API GD_MUST_USE gd_status gd_loader_create(const gd_dataset *set, gd_loader_opts opts, gd_loader **out);
GD_API void gd_loader_free(gd_loader *loader);
GD_API int64_t gd_loader_batches(const gd_loader *loader); // in one epoch
// The next batch. Fails with the sentence of whatever failed on the loader's thread; after the last of
// opts.epochs, with GD_ERROR_ARGUMENT.
GD_API GD_MUST_USE gd_status gd_loader_next(gd_loader *loader, gd_batch *batch);
// Goes to a batch of an epoch: what follows is exactly what followed it the first time.
GD_API GD_MUST_USE gd_status gd_loader_seek(gd_loader *loader, int64_t epoch, int64_t batch_index);
// Where the batch that gd_loader_next gives next stands.
GD_API void gd_loader_position(const gd_loader *loader, int64_t *epoch, int64_t *batch_index);

#ifdef __cplusplus
}
#endif
#endif
