// How a call that writes graph leaves out its options, which come last: gd_dense(x, 16) is
// gd_dense(x, 16, (gd_dense_opts){0}). In C++ that is a default argument. In C it is a macro of the function's name,
// which adds the options where they are missing; without the parentheses of a call the name is the function. The macro
// counts arguments at commas, so in a call without options an argument with commas in braces wants parentheses around
// it.
#ifndef GRADUS_OPTIONS_H
#define GRADUS_OPTIONS_H

#ifdef __cplusplus
#define GD_OPTIONAL = {}
#else
#define GD_OPTIONAL
// After one argument, after two, …: calls the function with the arguments, and with options where there are no more.
#define GD__OPTIONS_AFTER_1(function, options, ...)                                                                    \
    GD__CHOOSE(__VA_ARGS__, GD__56_GIVEN, GD__7_GIVEN, GD__ADDED, 0)(function, options, __VA_ARGS__)
#define GD__OPTIONS_AFTER_2(function, options, ...)                                                                    \
    GD__CHOOSE(__VA_ARGS__, GD__56_GIVEN, GD__6_GIVEN, GD__ADDED, GD__GIVEN, 0)(function, options, __VA_ARGS__)
#define GD__OPTIONS_AFTER_3(function, options, ...)                                                                    \
    GD__CHOOSE(__VA_ARGS__, GD__56_GIVEN, GD__5_GIVEN, GD__ADDED, GD__2_GIVEN, 0)(function, options, __VA_ARGS__)
#define GD__OPTIONS_AFTER_4(function, options, ...)                                                                    \
    GD__CHOOSE(__VA_ARGS__, GD__56_GIVEN, GD__4_GIVEN, GD__ADDED, GD__3_GIVEN, 0)(function, options, __VA_ARGS__)
#define GD__GIVEN(function, options, ...) function(__VA_ARGS__)
#define GD__ADDED(function, options, ...) function(__VA_ARGS__, (options){0})
// Argument 65 of all: which of the words after the call's own arguments that is depends on how many those are.
#define GD__CHOOSE(...) GD__ARGUMENT_65(__VA_ARGS__)
#define GD__ARGUMENT_65(a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, a17, a18, a19, a20,     \
                        a21, a22, a23, a24, a25, a26, a27, a28, a29, a30, a31, a32, a33, a34, a35, a36, a37, a38, a39, \
                        a40, a41, a42, a43, a44, a45, a46, a47, a48, a49, a50, a51, a52, a53, a54, a55, a56, a57, a58, \
                        a59, a60, a61, a62, a63, a64, a65, ...)                                                        \
    a65
#define GD__2_GIVEN GD__GIVEN, GD__GIVEN
#define GD__3_GIVEN GD__2_GIVEN, GD__GIVEN
#define GD__4_GIVEN GD__3_GIVEN, GD__GIVEN
#define GD__5_GIVEN GD__4_GIVEN, GD__GIVEN
#define GD__6_GIVEN GD__5_GIVEN, GD__GIVEN
#define GD__7_GIVEN GD__6_GIVEN, GD__GIVEN
#define GD__14_GIVEN GD__7_GIVEN, GD__7_GIVEN
#define GD__28_GIVEN GD__14_GIVEN, GD__14_GIVEN
#define GD__56_GIVEN GD__28_GIVEN, GD__28_GIVEN
#endif

#endif
