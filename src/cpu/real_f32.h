// Names for code that is compiled once for each floating type. Included more than once, in turn with real_f64.h:
//   R         float or double
//   F(name)   the mathematical function `name` for R: those of vector_math.h for float, the C library's for double
//   N(name)   `name` for R
//   ORDER     the type of N(gd__order_of)
// clang-format off
#undef R
#undef F
#undef N
#undef ORDER
#define R float
#define F(name) gd__##name##_f32
#define N(name) name##_f32
#define ORDER int32_t
