// Names for code that is compiled once for each floating type. Included more than once, in turn with real_f64.h:
//   R         float or double
//   F(name)   the mathematical function `name` for R
//   N(name)   `name` for R
// clang-format off
#undef R
#undef F
#undef N
#define R float
#define F(name) name##f
#define N(name) name##_f32
