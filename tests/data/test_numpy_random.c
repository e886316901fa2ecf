// NumPy's legacy generator, compared with numbers that NumPy 1.24 drew: equal to the last bit.
#include "files.h"

#include <gradus/generate.h>

static void test_frozen(void **state)
{
    (void)state;
    // random_sample(3); randn(3), which keeps one back; permutation(8); randn(2); random_sample(700), so that the
    // state is made anew; randn(1).
    static const struct {
        uint32_t seed;
        double uniform[3], normal[3];
        int permutation[8];
        double then[2], last;
    } cases[] = {
        {0U,
         {0x1.18fe1565f12a8p-1, 0x1.6e2d4cf608733p-1, 0x1.349d66b6e894bp-1},
         {-0x1.2258941855050p+1, 0x1.55633ae9cc424p+0, -0x1.af7986f57fa88p-1},
         {3, 5, 1, 2, 4, 7, 0, 6},
         {0x1.f84cf7f7312a7p+0, -0x1.671bdfc88d66cp-4},
         0x1.5debce6287163p+0},
        {1U,
         {0x1.ab07d0ffa3c06p-2, 0x1.70ce5f3baf051p-1, 0x1.dfb906661c000p-14},
         {-0x1.9ab665f778871p-1, -0x1.cba69fc03e5b1p-2, -0x1.1b1e8fa6f47a2p+0},
         {1, 6, 3, 0, 7, 5, 4, 2},
         {-0x1.a78e531ed0179p+0, 0x1.92b9c7d44f29dp-3},
         -0x1.8b93278f880bcp+0},
        {3U,
         {0x1.1a022ec486c1ap-1, 0x1.6a9259f5c1b9ap-1, 0x1.29e2ee8f87b1ep-2},
         {0x1.f60b2829bb2bep-1, 0x1.baae13381c769p-6, -0x1.d715481c1d66bp-2},
         {3, 5, 4, 1, 2, 0, 6, 7},
         {-0x1.da7cce8381bc4p-5, 0x1.be9995f215383p-1},
         -0x1.fd45aaa487ee5p-7},
        {42U,
         {0x1.7f8771e5f51ecp-2, 0x1.e6c4068bbd654p-1, 0x1.76c7e8f1e6751p-1},
         {-0x1.1ca42ce8158a6p+0, 0x1.468e4b5774960p-2, 0x1.1dbd0020eec47p-2},
         {0, 6, 3, 1, 4, 5, 2, 7},
         {0x1.02b121345a26fp+0, 0x1.765e699945a82p+0},
         0x1.89e9395fc538cp+0},
        {4294967295U,
         {0x1.8fe69a3924820p-4, 0x1.d323d824032b1p-1, 0x1.93fc6f61af3f9p-1},
         {0x1.4d051339bc741p-4, 0x1.a3847f39c09c9p-2, 0x1.438a83ff956b5p-2},
         {3, 2, 0, 4, 7, 1, 5, 6},
         {0x1.1f0a745bc025bp-5, -0x1.a9da1c2de6d1fp-3},
         -0x1.33386ccdc081cp+1},
    };
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        gd_numpy_random random;
        double value[700];
        int64_t order[8];
        gd_numpy_seed(&random, cases[c].seed);
        gd_numpy_uniforms(&random, 3, value);
        assert_memory_equal(value, cases[c].uniform, sizeof cases[c].uniform);
        gd_numpy_normals(&random, 3, value);
        assert_memory_equal(value, cases[c].normal, sizeof cases[c].normal);
        gd_numpy_permutation(&random, 8, order);
        for (int i = 0; i < 8; i++)
            assert_int_equal(order[i], cases[c].permutation[i]);
        gd_numpy_normals(&random, 2, value);
        assert_memory_equal(value, cases[c].then, sizeof cases[c].then);
        gd_numpy_uniforms(&random, 700, value);
        assert_true(gd_numpy_normal(&random) == cases[c].last);
    }
}

// randn(100000), then permutation(100000).
static void test_long(void **state)
{
    (void)state;
    static const struct {
        uint32_t seed;
        double at_77777, last;
        int first_places[3], last_places[3];
    } cases[] = {
        {1, -0x1.619f0d5531c0ap-2, -0x1.7ebfb13c94e08p-1, {28858, 58024, 3194}, {5483, 43594, 56018}},
        {2, 0x1.a660532997cd3p-2, -0x1.ccc7278c92505p-1, {69565, 75371, 59803}, {56488, 47169, 64605}},
    };
    enum { COUNT = 100000 };
    static double value[COUNT];
    static int64_t order[COUNT];
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        gd_numpy_random random;
        gd_numpy_seed(&random, cases[c].seed);
        gd_numpy_normals(&random, COUNT, value);
        assert_true(value[77777] == cases[c].at_77777);
        assert_true(value[COUNT - 1] == cases[c].last);
        gd_numpy_permutation(&random, COUNT, order);
        for (int i = 0; i < 3; i++) {
            assert_int_equal(order[i], cases[c].first_places[i]);
            assert_int_equal(order[COUNT - 3 + i], cases[c].last_places[i]);
        }
    }
}

static void test_edges(void **state)
{
    (void)state;
    gd_numpy_random random;
    gd_numpy_seed(&random, 7);
    int64_t two[] = {0, 1}, one[] = {5};
    gd_numpy_shuffle(&random, 2, two);
    assert_int_equal(two[0], 0);
    gd_numpy_shuffle(&random, 1, one); // draws nothing
    gd_numpy_shuffle(&random, 0, one);
    assert_int_equal(gd_numpy_below(&random, 1), 0);
    assert_true(gd_numpy_uniform(&random) == 0x1.d19726c7a8c20p-3);
    bool high = false;
    for (int i = 0; i < 64; i++)
        high = gd_numpy_below(&random, 0) > UINT32_MAX / 2 || high; // 0: all 32 bits
    assert_true(high);
    for (uint32_t bound = 2; bound < 70; bound++)
        assert_true(gd_numpy_below(&random, bound) < bound);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frozen),
        cmocka_unit_test(test_long),
        cmocka_unit_test(test_edges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
