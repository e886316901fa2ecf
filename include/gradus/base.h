// Status codes, types, shapes and arrays: what every other header stands on.
#ifndef GRADUS_BASE_H
#define GRADUS_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// A pointer behind which a call does not look: memory for results need not be initialised.
#if defined(__GNUC__) && __GNUC__ >= 11 && !defined(__clang__)
#define GD_NOT_READ(parameter) __attribute__((access(none, parameter)))
#else
#define GD_NOT_READ(parameter)
#endif
#if defined(__GNUC__)
#define GD_API __attribute__((visibility("default")))
#define GD_PRINTF(sentence, first) __attribute__((__format__(__printf__, sentence, first)))
#define GD_MUST_USE __attribute__((warn_unused_result))
#define GD_DEPRECATED(sentence) __attribute__((deprecated(sentence)))
#else
#define GD_API
#define GD_PRINTF(sentence, first)
#define GD_MUST_USE
#define GD_DEPRECATED(sentence)
#endif

// What a call came to. Every status but GD_OK leaves a sentence in gd_last_error().
typedef enum gd_status {
    GD_OK = 0,
    GD_ERROR_MEMORY,      // an allocation failed
    GD_ERROR_ARGUMENT,    // a value the caller gave cannot be used
    GD_ERROR_SHAPE,       // shapes or types do not fit together
    GD_ERROR_FORMAT,      // a file is not what it claims to be
    GD_ERROR_IO,          // a file could not be read or written
    GD_ERROR_NUMBER,      // a computation made a NaN or an infinity
    GD_ERROR_UNSUPPORTED, // this build or machine cannot do it
    GD_ERROR_INTERRUPTED, // the caller asked to stop
    GD_ERROR_INTERNAL     // a fault in Gradus itself; please report it
} gd_status;

// The name of a status, such as "out of memory". Static storage.
GD_API const char *gd_status_name(gd_status status);

// The sentence that goes with the last failure on the calling thread: what was given, what was expected, and
// where. Empty when nothing has failed. It lives in thread-local storage and is overwritten by the next failure.
GD_API const char *gd_last_error(void);

// The status of that failure; GD_OK when nothing has failed on this thread.
GD_API gd_status gd_last_status(void);

// Leaves the sentence of a failure in gd_last_error() and returns `status`: for sources, augmentations and the like of
// the program's own, which the library calls.
GD_API gd_status gd_fail(gd_status status, const char *format, ...) GD_PRINTF(2, 3);

// Frees a string that the library handed out. NULL is fine.
GD_API void gd_text_free(char *text);

// The library's version, such as "0.1.0". Static storage.
GD_API const char *gd_version(void);

// Seconds since some moment, by a clock that only goes forward.
GD_API double gd_clock(void);

// Sets how many threads computations use; 0 asks for one for each processor that the process may use (its affinity
// mask, and the processor time of its control group, rounded up). Until it is called that is what OMP_NUM_THREADS says,
// or one for each processor. More threads than processors divide the work more finely and start no more threads. The
// same for the whole process; may be called while computations run, for those that begin later.
GD_API void gd_set_threads(int threads);
// How many threads computations use now.
GD_API int gd_threads(void);

// ---- What belongs to the process. Set it at its beginning, before other threads use Gradus.

// Where all memory of the library comes from. `allocate` gives memory aligned for any type, or NULL; both may be called
// from any thread. GD_ERROR_ARGUMENT once the library has allocated something, or when a function is missing.
typedef struct gd_allocator {
    void *(*allocate)(size_t size, void *context);
    void (*release)(void *block, void *context);
    void *context;
} gd_allocator;
GD_API GD_MUST_USE gd_status gd_set_allocator(gd_allocator allocator);

// Takes the lines that GD_DEBUG asks for, in place of standard error; they end with a newline. NULL: standard error.
GD_API void gd_set_log(void (*log)(const char *text, void *context), void *context);

// The directory of what is remembered from process to process: which kernels were the fastest
// (choices-<processor>.txt, at most a few megabytes), and tables read from CSV files. NULL: nothing is. Until it is
// called that is what the environment says: $GRADUS_CACHE (empty: nothing is), else $XDG_CACHE_HOME/gradus, else
// ~/.cache/gradus. GD_ERROR_ARGUMENT for a path of more than 1000 bytes.
GD_API GD_MUST_USE gd_status gd_set_cache(const char *directory);
// Whether the planner may time kernels: on at first. Off, it takes what is remembered, and else what is usually the
// fastest: plans are made sooner, and the same on every machine.
GD_API void gd_set_timing(bool on);

// Element types. GD_F64 is the reference type; GD_BF16 is a storage type: its arithmetic is done in f32.
typedef enum gd_type { GD_F32 = 0, GD_F64, GD_BF16, GD_I32, GD_I64, GD_U8, GD_BOOL } gd_type;
enum { GD_TYPE_COUNT = 7 };

GD_API const char *gd_type_name(gd_type type); // "f32", "i64", …
GD_API size_t gd_type_size(gd_type type);      // bytes in one element
GD_API bool gd_type_is_float(gd_type type);    // f32, f64 or bf16

// A shape lists dimensions outermost first. Images are (N, C, H, W).
//
// A dimension that is the batch size, not known when the graph is written, is GD_BATCH; a negative dimension -k
// stands for k times the batch size, so flattening (batch, 5) to one dimension gives (-5). One more may be open, the
// number of steps of a sequence or the length of a signal: GD_TIME. What layers make of it (time - 2, time / 2 …) is a
// number below GD_TIME, which gd_shape_text puts into words.
enum { GD_MAX_RANK = 8 };
#define GD_BATCH ((int64_t)-1)
#define GD_TIME (-(INT64_C(1) << 62))
// In gd_reshape only: the one dimension that follows from the others.
#define GD_INFER INT64_MIN

typedef struct gd_shape {
    int rank;
    int64_t dim[GD_MAX_RANK];
} gd_shape;

// A shape of `rank` dimensions that lie in memory. Of a rank that there is not, or without dimensions, it is one that
// every call refuses.
GD_API gd_shape gd_shape_from(int rank, const int64_t *dim);

// GD_SHAPE(GD_BATCH, 1, 28, 28) is a shape of rank 4, and so is gd_shape_of(4, GD_BATCH, 1, 28, 28), which refuses
// another number of dimensions than it says. GD_SCALAR is the shape of a single number. All of them are C++ too.
#ifdef __cplusplus
extern "C++" {
template <typename... Dimensions> inline gd_shape gd_shape_of(int rank, Dimensions... dimensions)
{
    const int64_t dim[] = {static_cast<int64_t>(dimensions)...};
    return gd_shape_from(rank == static_cast<int>(sizeof...(dimensions)) ? rank : -1, dim);
}
template <typename... Dimensions> inline gd_shape gd__shape(Dimensions... dimensions)
{
    return gd_shape_of(static_cast<int>(sizeof...(dimensions)), dimensions...);
}
}
#define GD_SHAPE(...) gd__shape(__VA_ARGS__)
#define GD_SCALAR (gd_shape())
#else
#define GD_SHAPE(...)                                                                                                  \
    ((gd_shape){.rank = (int)(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)), .dim = {__VA_ARGS__}})
#define gd_shape_of(rank, ...)                                                                                         \
    gd_shape_from((rank) == (int)(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)) ? (rank) : -1,                   \
                  (const int64_t[]){__VA_ARGS__})
#define GD_SCALAR ((gd_shape){0})
#endif

GD_API bool gd_shape_equal(gd_shape a, gd_shape b);
// The number of elements; meaningful for shapes without an open dimension. INT64_MAX: more than can be counted.
GD_API int64_t gd_shape_count(gd_shape shape);
// Writes "[batch,1,28,28]" into `text` (always terminated) and returns `text`.
enum { GD_SHAPE_TEXT = 200 };
GD_API char *gd_shape_text(gd_shape shape, char text[GD_SHAPE_TEXT]);

// An array holds values outside a graph: what goes into a run and what comes out. Elements are row-major and
// contiguous. `storage` is what gd_array_free releases; it is NULL when `data` belongs to somebody else.
typedef struct gd_array {
    gd_type type;
    gd_shape shape;
    void *data;
    void *storage;
} gd_array;

// Makes an array of zeros. `array` is overwritten; release it with gd_array_free.
GD_API GD_MUST_USE gd_status gd_array_create(gd_array *array, gd_type type, gd_shape shape);
// An array that borrows `data`; nothing is copied and there is nothing to free.
GD_API gd_array gd_array_borrow(gd_type type, gd_shape shape, const void *data) GD_NOT_READ(3);
// Releases what the array owns and leaves it empty. An empty array is fine.
GD_API void gd_array_free(gd_array *array);
GD_API int64_t gd_array_count(const gd_array *array); // elements
GD_API size_t gd_array_bytes(const gd_array *array);
// Element `index` in row-major order, as a double, whatever the type. NAN, and nothing is set, where there is none.
GD_API double gd_array_get(const gd_array *array, int64_t index);
GD_API void gd_array_put(gd_array *array, int64_t index, double value);
// Copies `from` into `to`, which must be an array of the same shape; element types are converted.
GD_API GD_MUST_USE gd_status gd_array_convert(gd_array *to, const gd_array *from);

#ifdef __cplusplus
}
#endif
#endif
