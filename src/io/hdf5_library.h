// The HDF5 library, loaded when the first such file is read and not with the program: it brings tens of other libraries
// along, which every start would pay for. Its headers are needed to build, the library itself only to read.
#ifndef GD_IO_HDF5_LIBRARY_H
#define GD_IO_HDF5_LIBRARY_H

#ifdef GD_HAVE_HDF5

#include <gradus/base.h>

#define H5_USE_18_API // the form of H5Ovisit that every version since 1.8 has
#include <hdf5.h>

// clang-format off
// What is called, by HDF5's own names (some are macros for the version of a function).
#define GD__HDF5_FUNCTIONS(entry)                                                                                      \
    entry(H5open) entry(H5get_libversion) entry(H5Eget_auto2) entry(H5Eset_auto2)                                      \
    entry(H5Fis_hdf5) entry(H5Fopen) entry(H5Fget_filesize) entry(H5Fclose) entry(H5Ovisit)                            \
    entry(H5Dopen2) entry(H5Dget_space) entry(H5Dget_type) entry(H5Dget_create_plist)                                  \
    entry(H5Dget_storage_size) entry(H5Dread) entry(H5Dclose)                                                          \
    entry(H5Pcreate) entry(H5Pset_elink_cb) entry(H5Pget_nfilters) entry(H5Pget_filter2)                               \
    entry(H5Pget_layout) entry(H5Pget_external_count) entry(H5Pget_chunk) entry(H5Pclose)                              \
    entry(H5Sget_simple_extent_type) entry(H5Sget_simple_extent_dims) entry(H5Sclose)                                  \
    entry(H5Tget_class) entry(H5Tget_size) entry(H5Tget_sign) entry(H5Tget_nmembers)                                   \
    entry(H5Tenum_valueof) entry(H5Tclose)

// The variables behind HDF5's constants (H5T_NATIVE_FLOAT is H5T_NATIVE_FLOAT_g after H5open).
#define GD__HDF5_IDENTIFIERS(entry)                                                                                    \
    entry(H5P_CLS_DATASET_ACCESS_ID_g) entry(H5T_NATIVE_FLOAT_g) entry(H5T_NATIVE_DOUBLE_g)                            \
    entry(H5T_NATIVE_UINT8_g) entry(H5T_NATIVE_INT32_g) entry(H5T_NATIVE_INT64_g)
// clang-format on

#define GD__HDF5_MEMBER(name) __typeof__(name) *name;
#define GD__HDF5_CONSTANT(name) const hid_t *name;
typedef struct gd__hdf5_library {
    GD__HDF5_FUNCTIONS(GD__HDF5_MEMBER)
    // Pointers, because a program that closes HDF5 and opens it again finds other identifiers there.
    GD__HDF5_IDENTIFIERS(GD__HDF5_CONSTANT)
} gd__hdf5_library;
#undef GD__HDF5_MEMBER
#undef GD__HDF5_CONSTANT

// The library, open (H5open); it stays so until the program ends. What goes wrong the first time stays wrong:
// GD_ERROR_UNSUPPORTED where it is not installed or is of another version than the headers; `path` and `name` (what is
// to be read) begin the sentence.
gd_status gd__hdf5_load(const char *path, const char *name, const gd__hdf5_library **library);

#endif

#endif
