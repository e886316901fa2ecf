// Data: reading files, splitting, preprocessing fitted on the training part, and batches prepared ahead.
#ifndef GRADUS_DATA_H
#define GRADUS_DATA_H

#include <gradus/base.h>
#include <gradus/csv.h>
#include <gradus/graph.h> // gd_text_free
#include <gradus/source.h>
#include <gradus/tokens.h>

#ifdef __cplusplus
extern "C" {
#endif

// A data set: some samples of a source, in some order, as they are delivered. Samples never change, so splits,
// selections and preprocessed versions are views that share their source. Every gd_dataset that a function hands out
// is released with gd_dataset_free, in any order; one may be read by several threads at a time.
//
// Fields are delivered as f32 or i32, whatever the source stores:
//     u8 (unless it is one a sample), bool, f32, f64, bf16   f32
//     i32, i64, and one u8 a sample   i32; a value that does not fit is an error. Preprocessing makes f32 of it
//                                     where it scales it or is told that it is a quantity (GD_AS_NUMBERS)
// Preprocessing reckons in double precision with what the source stores, and rounds to f32 at its end.
// Floating values must be finite: the first one that is not is named with its sample.
typedef struct gd_dataset gd_dataset;

GD_API void gd_dataset_free(gd_dataset *set);             // NULL is fine
GD_API int64_t gd_dataset_count(const gd_dataset *set);   // samples
GD_API int gd_dataset_field_count(const gd_dataset *set); // fields
// As it is delivered. Behind the source's fields stand the lengths of those that have an open dimension
// ("text_length").
GD_API gd_field gd_dataset_field(const gd_dataset *set, int field);
GD_API int gd_dataset_find(const gd_dataset *set, const char *name); // the number of a field, or -1
// The text that stands for a class ("T-shirt"), or NULL where none is known.
GD_API const char *gd_dataset_class_name(const gd_dataset *set, int field, int label);

// Where a sample stands, and why it cannot be used (NULL: it can). The texts live as long as the set's source.
GD_API gd_origin gd_dataset_origin(const gd_dataset *set, int64_t sample);
GD_API const char *gd_dataset_fault(const gd_dataset *set, int64_t sample);
// "prices.csv, line 12 (id 4711)", as messages name a sample. `text` is terminated always, and returned.
enum { GD_ORIGIN_TEXT = 256 };
GD_API char *gd_dataset_origin_text(const gd_dataset *set, int64_t sample, char text[GD_ORIGIN_TEXT]);

// What one number of a sample is called, as its source knows it ("price", "country=ZA"), or NULL. Only for fields that
// preprocessing leaves the shape of. Valid until the next call on the same thread.
GD_API const char *gd_dataset_element_name(const gd_dataset *set, int field, int64_t element);

// A view whose field `name` has another role.
GD_API GD_MUST_USE gd_status gd_dataset_with_role(const gd_dataset *set, const char *name, gd_role role,
                                                  gd_dataset **out);

// Copies field `field` of `count` samples into `out`, with shape (count, shape…): preprocessed as in a batch. An
// empty array is made, for the caller to free; another must have that type and shape.
GD_API GD_MUST_USE gd_status gd_dataset_get(const gd_dataset *set, int field, int64_t count, const int64_t *sample,
                                            gd_array *out);

// Fails, naming the first sample, when a label of the field lies outside 0 … class_count-1.
GD_API GD_MUST_USE gd_status gd_dataset_check_labels(const gd_dataset *set, int field, int class_count);

// ---- Texts

typedef struct gd_text_opts {
    // The names of the classes, in the order of their numbers; 0: those of the folders, by name. A folder that is none
    // of them is an error.
    int class_count;
    const char *const *class_name;
} gd_text_opts;
// Texts in files, `count` of them: each line of a file is a sample, without its line end (an empty one too); plain or
// gzipped. Or a folder with a folder for each class, in which each file `.txt` or `.txt.gz` is a sample. Fields:
// `text`, of the kind GD_KIND_TEXT, and `label` where there are classes. Plain files of lines are mapped, so they may
// be larger than memory; they must not change while the set lives.
GD_API GD_MUST_USE gd_status gd_dataset_from_texts(int count, const char *const *path, gd_text_opts opts,
                                                   gd_dataset **out);

// ---- Readers. On failure *out is NULL and gd_last_error() names the file and the place in it. An empty data set is
// an error.

// IDX files (LeCun's format for MNIST), plain or gzipped, told apart by content. Fields "image" and "label".
// Images of rank 3 (N, H, W) become (1, H, W); rank 4 (N, C, H, W) stays; rank 2 (N, F) gives vectors.
// `labels` may be NULL. The header must agree with the size of the file, and the two counts with each other.
GD_API GD_MUST_USE gd_status gd_dataset_from_idx(const char *images, const char *labels, gd_dataset **out);

// What the records of CIFAR's binary files hold.
typedef enum gd_cifar_form {
    GD_CIFAR_10 = 0,    // one label, of 10
    GD_CIFAR_100,       // two labels, of which the second, of 100, is taken
    GD_CIFAR_100_COARSE // … the first, of 20
} gd_cifar_form;

// CIFAR-10's and CIFAR-100's binary files, plain or gzipped, one after the other. Fields: "image", u8 (3, 32, 32), and
// "label", whose classes have the names of batches.meta.txt, fine_label_names.txt or coarse_label_names.txt where that
// lies beside the first file.
GD_API GD_MUST_USE gd_status gd_dataset_from_cifar(int count, const char *const *path, gd_cifar_form form,
                                                   gd_dataset **out);

// How pictures are stored: (N, C, H, W), or (N, H, W, C) as most programs but this one keep them. An array (N, a, b, c)
// whose c is 1, 3 or 4, and whose a is not, is an error until it is said.
typedef enum gd_picture_layout { GD_LAYOUT_UNSAID = 0, GD_NCHW, GD_NHWC } gd_picture_layout;

typedef struct gd_array_opts {
    const char *x;            // the name of the samples' array in an archive or HDF5 file, such as "train_set_x"
    const char *y;            // that of the targets; NULL: none
    gd_picture_layout layout; // GD_NHWC: pictures are delivered as (C, H, W)
} gd_array_opts;

// Pictures: JPEG and PNG files, where the libraries for them are there.
typedef struct gd_picture_opts {
    int height, width; // every picture is brought to this size; both 0: they must all be as large as the first
    int channels;      // 1 (grey) or 3; 0: as the first one has it
    bool stretch;      // the whole picture is squeezed into that size; else the largest part of its proportions in
                       // the middle is taken, and the rest left out
    bool bicubic;      // how it is resized; else bilinear. Both are antialiased, as Pillow does it
    const char *below; // only what lies below this folder of an archive or a folder ("train")
    bool skip_broken;  // one that cannot be decoded is left out; else it is an error
    bool keep_broken;  // for predicting: it stays, black, and has a fault (gd_dataset_fault)
    int class_count;   // the classes, in their order: a folder with another name is an error. 0: the folders' names
    const char *const *class_name; // in the order of their bytes
    // Of a table of pictures. NULL: the first column called path, file, filename, image or picture; and class, label or
    // category, without which a picture's class is the folder that it lies in.
    const char *path_column, *class_column;
} gd_picture_opts;

// Files, folders and tar archives (also .tar.gz) of pictures, and tables (.csv, .tsv) with a heading and a row for each
// picture: its path, from the table's folder on, and its class. Fields "image", u8 of shape (channels, height, width),
// and where each lies in a folder of its class or the table says it, "label", the class. The pictures are decoded at
// once, by all threads, into memory that is mapped from the cache (gd_set_cache), where the next run finds them;
// without a cache into memory. More than 16 GB of pixels are decoded when they are read, by the loader's thread, which
// a gzipped archive does not allow.
GD_API GD_MUST_USE gd_status gd_dataset_from_pictures(int count, const char *const *path, gd_picture_opts opts,
                                                      gd_dataset **out);

// Sounds: WAV and FLAC files and what else libsndfile knows, where that library is there.
typedef struct gd_sound_opts {
    int rate;          // samples a second that all are brought to; 0: 16000
    const char *below; // as in gd_picture_opts
    bool skip_broken;  // one that cannot be decoded is left out; else it is an error
    bool keep_broken;  // for predicting: it stays, one sample of silence, and has a fault (gd_dataset_fault)
    // What their names say, "{digit}_{speaker}_{n}.wav": each field in braces is one of the data set, a category. NULL:
    // the folder that a sound lies in is its class, as with pictures.
    const char *pattern;
    const char *target; // the pattern's field that is the target; NULL: its first one. The others are not delivered
    const char *group;  // the pattern's field whose samples stay together in a split; NULL: none
    const char *where;  // only sounds of which this holds, "n >= 5 and speaker != theo"; NULL: all
    int class_count;    // the target's classes, in their order; 0: those there are, in the order of their bytes
    const char *const *class_name;
    const char *path_column, *class_column; // of a table, as in gd_picture_opts
    // Samples are made of several sounds each, with silence in between: from `least` to `most` of them; 0: they are
    // the sounds themselves.
    int least, most;
    int64_t samples;          // in an epoch; 0: as many as there are sounds
    const char *same;         // the pattern's field that all sounds of a sample have alike; NULL: any go together
    double gap_low, gap_high; // seconds of silence before, between and behind them, drawn evenly
} gd_sound_opts;

// Files, folders and tar archives (also .tar.gz) of sounds, and tables as for pictures. Fields: "sound", f32 of shape
// (T), from -1 to 1, all channels as their mean; and the target, where there is one: a class, "label" or as the pattern
// calls it, or, of samples made of several sounds, "labels", i32 of shape (L), their classes one after the other. Which
// sounds a sample is made of depends on the loader's seed, the epoch and the sample; without a loader that trains, on
// the sample. All sounds are decoded at once, into memory. GD_ERROR_UNSUPPORTED: Gradus was built without libsndfile.
GD_API GD_MUST_USE gd_status gd_dataset_from_sounds(int count, const char *const *path, gd_sound_opts opts,
                                                    gd_dataset **out);

// Pictures for super-resolution: from a small picture the one that it was made of.
typedef struct gd_super_resolution_opts {
    int factor;           // how many times as large a picture becomes along each side, 2 to 16
    bool whole;           // a sample is a whole picture, its sides cut to multiples of the factor; else a patch
    int64_t patch;        // its side in the large picture, a multiple of the factor
    int64_t patches;      // in an epoch
    bool turn;            // patches are turned and mirrored at random, eight ways
    int shrink_count;     // patches are also cut from the pictures made smaller so:
    const double *shrink; // to 0.9 of the sides, 0.8, …
    const char *below;    // as in gd_picture_opts
} gd_super_resolution_opts;

// Files, folders and tar archives (not gzipped) of pictures. Fields, f32 from 0 to 1, of the luma of BT.601 (of a grey
// picture, its grey): "y", the target, (1, rows, columns); "small", made of it by cubic resampling with antialiasing
// (MATLAB's imresize), (1, rows / factor, columns / factor); "enlarged", that by cubic resampling at its old size.
// Where a patch lies depends on the loader's seed, the epoch and the sample; without a loader that trains, on the
// sample.
GD_API GD_MUST_USE gd_status gd_dataset_from_super_resolution(int count, const char *const *path,
                                                              gd_super_resolution_opts opts, gd_dataset **out);

// Pictures with boxes around the objects in them.
typedef struct gd_box_opts {
    gd_picture_opts picture; // its classes are those of the objects
    const char *list;        // VOC: of the pictures, "train" for ImageSets/Main/train.txt; NULL: all
    bool skip_bad;           // boxes outside of their picture or without an area are left out; else they are an error
} gd_box_opts;
// Pascal VOC: folders and tar archives with an XML file for each picture, found by its name without ending. Fields:
// "image"; "boxes", f32 (n, 4), left, top, right and bottom in pixels at the size that the pictures are brought to;
// and "box_classes", i32 (n), which is not delivered: 0 … K-1 in the order of their names, or of opts.picture's; -1 - c
// for a difficult object of class c, which counts neither for nor against. The transform `box_map` makes of both what a
// detector is taught. XML with a document type is refused. GD_ERROR_UNSUPPORTED: Gradus was built without libxml2.
GD_API GD_MUST_USE gd_status gd_dataset_from_voc(int count, const char *const *path, gd_box_opts opts,
                                                 gd_dataset **out);
// COCO: a JSON file with `images`, `annotations` and `categories`, and the files, folders and tar archives in which
// its pictures lie. Fields as above; classes in the order of their ids, and crowds as difficult objects.
GD_API GD_MUST_USE gd_status gd_dataset_from_coco(const char *json, int count, const char *const *path,
                                                  gd_box_opts opts, gd_dataset **out);

// Windows of texts, for language models.
typedef struct gd_text_windows_opts {
    int64_t length;                          // tokens in a window
    const gd_tokenizer *tokenizer;           // not kept; NULL: one is trained on the files, of this kind
    const gd_tokenizer_kind *tokenizer_kind; // NULL: characters
    gd_tokenizer_opts vocabulary;            // of its vocabulary. With `eos` each line is a text, which ends so
    double from, to; // only this part of the text, as shares of its tokens: 0 to 0.9; `to` 0: to its end
    bool random;     // in training a window begins anywhere, by the loader's seed, the epoch and the sample
    int64_t windows; // in an epoch; 0: as many as the text has side by side
    // Above 0: the text in so many parts of equal length, read side by side: in batches of so many samples, not
    // shuffled, row b of a batch goes on where row b of the batch before it ended.
    int64_t streams;
} gd_text_windows_opts;

// Files of text, plain or gzipped, one behind the other. Fields: "text", i32 (length), the numbers of tokens; and
// "next", the target, the same a place further on. More than 8 MB of text are tokenised into a file of the cache
// (gd_set_cache), which is mapped. GD_ERROR_FORMAT: the text is too short.
GD_API GD_MUST_USE gd_status gd_dataset_from_text_windows(int count, const char *const *path, gd_text_windows_opts opts,
                                                          gd_dataset **out);
// The tokenizer by which the set, or the set that the preprocessing was fitted on, reads text, as gd_tokenizer_to_json
// wrote it; NULL: there is none. Belongs to the set, or the preprocessing.
GD_API const char *gd_dataset_tokenizer(const gd_dataset *set);

// NumPy files: "x" of shape (N, …), and from `y` (may be NULL) the target: "label", when it holds one integer a
// sample, (N) or (N, 1), or texts, which are numbered; else "y". A y of shape (N) that holds real numbers is
// delivered as (N, 1), as a layer with one output gives it. Of opts, only `layout` counts. Large files are not loaded:
// samples are read where they lie.
GD_API GD_MUST_USE gd_status gd_dataset_from_npy(const char *x, const char *y, gd_array_opts opts, gd_dataset **out);
// An .npz archive (np.savez or np.savez_compressed). With opts.x the arrays x and y are used, as above, and others left
// alone; without, each array is a field of its own name, and all must have the same first dimension.
GD_API GD_MUST_USE gd_status gd_dataset_from_npz(const char *path, gd_array_opts opts, gd_dataset **out);
// Arrays ("datasets") of an HDF5 file. Fails with GD_ERROR_UNSUPPORTED where Gradus was built without HDF5, or its
// library, which is loaded when the first such file is read, is not installed; a name that is not in the file is
// answered with those that are.
GD_API GD_MUST_USE gd_status gd_dataset_from_hdf5(const char *path, gd_array_opts opts, gd_dataset **out);
// One array of an HDF5 file as it is; types as in gd_npy_read, and h5py's booleans. Links to other files are not
// followed. Release it with gd_array_free.
GD_API GD_MUST_USE gd_status gd_hdf5_read(const char *path, const char *name, gd_array *array);
// Whether the file can be read and holds an array of this name.
GD_API bool gd_hdf5_has(const char *path, const char *name);

// Arrays in memory, copied; each is (N, shape…).
GD_API GD_MUST_USE gd_status gd_dataset_from_arrays(int count, const char *const *name, const gd_array *array,
                                                    gd_dataset **out);

// A source of the program's own. It is taken over: closed with the last view of it, on failure at once.
GD_API GD_MUST_USE gd_status gd_dataset_from_source(const gd_source *source, gd_dataset **out);

// One NumPy array as it is (f16 becomes f32, i8 to u16 become i32, u32 becomes i64); release it with gd_array_free.
GD_API GD_MUST_USE gd_status gd_npy_read(const char *path, gd_array *array);
// Writes one (bf16 as f32); the file appears whole or not at all.
GD_API GD_MUST_USE gd_status gd_npy_write(const char *path, const gd_array *array);

// ---- CSV

// RFC 4180: quoted cells may hold separators, doubled quotes and line breaks. UTF-8 or UTF-16, with a byte-order mark
// or without; plain or gzipped; "-" is standard input. A line "sep=;" in front of the heading gives the separator.
// Several files are read as one table; their headings must agree. Fields: "x", f64 (features) with categories one-hot
// in the place of their column; one i32 field for each embedded column; from the targets "y", f64 (targets), or "label"
// for one that is a class, or a field named as its column for each of several classes; and one for each of `weight`,
// `group`, `part` and `order`, called so. Empty lines are skipped.
GD_API GD_MUST_USE gd_status gd_dataset_from_csv(const char *path, gd_csv_opts opts, gd_dataset **out);
GD_API GD_MUST_USE gd_status gd_dataset_from_csv_files(int count, const char *const *path, gd_csv_opts opts,
                                                       gd_dataset **out);

// Tables in Parquet files, with the same fields. Of opts, what says how a text is written counts for columns of texts
// only. A column has one type: whole numbers, floats, booleans (0 and 1), decimals, and times without a day (seconds)
// are numbers; days and times are dates, in universal time where they have a zone; a text is read as a quoted cell of a
// CSV file; a value that is not there, or no number (NaN), is a missing cell. Whole numbers that no double is equal to,
// lists and structs are refused with a sentence that names the column. Row groups are read one after the other, the
// columns that are needed only. Fails with GD_ERROR_UNSUPPORTED where Gradus was built without Apache Arrow's GLib
// library, or that library, which is loaded when the first such file is read, is not installed.
GD_API GD_MUST_USE gd_status gd_dataset_from_parquet(const char *path, gd_csv_opts opts, gd_dataset **out);
GD_API GD_MUST_USE gd_status gd_dataset_from_parquet_files(int count, const char *const *path, gd_csv_opts opts,
                                                           gd_dataset **out);

// The columns of the file that the set was read from, or NULL. Belongs to the set.
GD_API const gd_csv_schema *gd_dataset_csv_schema(const gd_dataset *set);
GD_API char *gd_csv_schema_to_json(const gd_csv_schema *schema); // NULL when memory is short; gd_text_free
GD_API GD_MUST_USE gd_status gd_csv_schema_from_json(const char *json, gd_csv_schema **out);
GD_API void gd_csv_schema_free(gd_csv_schema *schema);
// By the words of recipes: "error", "none", "missing", "frequent".
GD_API GD_MUST_USE gd_status gd_unknown_named(const char *word, gd_unknown *unknown);

// ---- Views

// `count` samples from `first` on.
GD_API GD_MUST_USE gd_status gd_dataset_take(const gd_dataset *set, int64_t first, int64_t count, gd_dataset **out);
// The samples listed, in that order.
GD_API GD_MUST_USE gd_status gd_dataset_select(const gd_dataset *set, int64_t count, const int64_t *sample,
                                               gd_dataset **out);

// How samples are dealt out. At most one of `stratify`, `group` and `in_order` is given.
//
// Samples that last, from `order` to `until`, as windows over time do, are cut by time: a part has those that lie
// wholly within its share of the different values of `order`, and those across a border are in no part. So what ends
// last in one part comes before what begins first in the next. Folds are then rolling origins: of k + 1 runs of time,
// fold i validates on run i + 1, and trains on all that ends before it begins.
typedef struct gd_deal_opts {
    uint64_t seed;
    const char *stratify; // a field of classes that have the same share in each part (to within one sample)
    const char *group;    // a field: samples with the same value stay together
    bool in_order;        // not shuffled: parts are runs of samples as they stand, or by …
    const char *order;    // … a field of one number a sample, smallest first
    const char *until;    // with `order`: a field of one number a sample, where it ends
    int64_t gap;          // with `until`: so many values of `order` are left out before each part but the first
} gd_deal_opts;

typedef struct gd_split_opts {
    int part_count;
    const double *fraction; // of each part, summing to at most 1; or
    const int64_t *count;   // samples of each part. Groups are kept whole, so parts are about this large then
    gd_deal_opts deal;
} gd_split_opts;

// Cuts a set into parts that do not overlap; the same seed gives the same parts. `part` has room for part_count sets.
// A part that would be empty is an error.
GD_API GD_MUST_USE gd_status gd_dataset_split(const gd_dataset *set, gd_split_opts opts, gd_dataset **part);
// The samples for which a field of categories has the value that is called `word`; an error when there are none.
GD_API GD_MUST_USE gd_status gd_dataset_where(const gd_dataset *set, const char *field, const char *word,
                                              gd_dataset **out);

typedef struct gd_fold_opts {
    int folds; // k: 2 or more, at most one a sample (or a group)
    int fold;  // which of them validates: 0 … folds-1
    gd_deal_opts deal;
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
    GD_ONE_HOT,     // a label as a row of zeros with a one
    GD_LABELS,      // values or texts as the numbers of classes, 0 … K-1 in their order; one-hot rows as their one
    GD_AS_NUMBERS,  // whole numbers that are quantities: delivered as f32
    GD_PAD,         // an open first dimension as `length`: longer samples are cut, shorter ones padded with zeros
    GD_PROBABILITY  // unchanged, and checked to lie between 0 and 1
} gd_scaling;

// Over what the mean, deviation, minimum and maximum are taken.
typedef enum gd_extent {
    GD_EXTENT_DEFAULT = 0, // images (C, H, W): the whole field; anything else: each feature
    GD_EXTENT_FEATURE,     // each element of the sample by itself
    GD_EXTENT_CHANNEL,     // each index of the sample's first dimension
    GD_EXTENT_FIELD,       // all elements together
    GD_EXTENT_COLUMN       // each index of the sample's last dimension: a column of windows over time, at all steps
} gd_extent;

typedef struct gd_preprocess_rule {
    const char *field; // NULL: every input of numbers
    gd_scaling scaling;
    gd_extent extent;
    double factor;   // GD_SCALE_BY; 0: 1/255
    int class_count; // GD_ONE_HOT and GD_LABELS; 0: as many as the training labels show
    int64_t length;  // GD_PAD
} gd_preprocess_rule;

typedef struct gd_preprocess_opts {
    int rule_count;
    const gd_preprocess_rule *rule; // of one field, they are applied in their order
    const struct gd_pipeline
        *transforms; // what is done before them (gradus/transform.h), fitted on `train`; NULL: nothing
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
GD_API const char *gd_preprocess_tokenizer(const gd_preprocess *preprocess); // see gd_dataset_tokenizer
// The CSV schema of the set it was fitted on, or NULL. Belongs to `preprocess`.
GD_API const gd_csv_schema *gd_preprocess_csv_schema(const gd_preprocess *preprocess);

// What changes samples at random, in training only (a flip, some noise). Not part of the preprocessing, since
// predicting has none of it.
typedef struct gd_augmentation {
    const char *field;
    // Changes one preprocessed sample in place: `value` is f32 or i32, of the field's shape. All that is random comes
    // from `seed`, which depends on (loader's seed, epoch, sample) alone. Called by several threads at a time.
    gd_status (*apply)(void *state, uint64_t seed, gd_field field, void *value);
    void *state; // must outlive the sets that are made with it
} gd_augmentation;
// A view that a loader with `training` changes so. Several are applied in the order in which they were added.
GD_API GD_MUST_USE gd_status gd_dataset_augment(const gd_dataset *set, gd_augmentation augmentation, gd_dataset **out);

// ---- Batches

// A loader hands out the batches of one epoch after the other. Threads of its own prepare the next ones, as many as
// `workers` + 1 ahead, and six more where batches are below 1 MB.
//
// A set too large to be read in any order (gd_source.block) is shuffled in two steps: its blocks, and then the samples
// within each 16 blocks that follow each other.
typedef struct gd_loader gd_loader;

typedef struct gd_loader_opts {
    int64_t batch; // samples in a batch; must not exceed the set unless `allow_short`
    bool shuffle;  // a new order each epoch, which depends on (seed, epoch) alone
    uint64_t seed;
    bool drop_last;   // leave out a last batch that is not full
    bool allow_short; // a set smaller than `batch` is one short batch
    bool no_prefetch; // prepare each batch when it is asked for, on the calling thread
    int workers;      // threads that prepare batches; 0: 1. Their number changes no bit
    bool training;    // samples are augmented
    int64_t epochs;   // stop after this many; 0: never
    bool any_lengths; // batches of texts are drawn at random; else a shuffled set of texts has texts of like lengths in
                      // a batch. They are padded to one of few lengths
} gd_loader_opts;

// Valid until the next call to the loader.
typedef struct gd_batch {
    int64_t epoch; // from 0
    int64_t index; // of the batch in its epoch, from 0
    int64_t count; // samples in it
    bool last;     // of its epoch
    int field_count;
    const gd_array *field; // each field of the set in its order, (count, shape…), contiguous, aligned to 64 bytes;
                           // without data for roles that are not delivered (group, part, order, ignored)
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
// Seconds that gd_loader_next has waited for batches in all.
GD_API double gd_loader_waited(const gd_loader *loader);
// Where the batch that gd_loader_next gives next stands.
GD_API void gd_loader_position(const gd_loader *loader, int64_t *epoch, int64_t *batch_index);

#ifdef __cplusplus
}
#endif
#endif
