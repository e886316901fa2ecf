// As real_f32.h, for double.
// clang-format off
#undef R
#undef F
#undef N
#undef ORDER
#define R double
#define F(name) name
#define N(name) name##_f64
#define ORDER int64_t
