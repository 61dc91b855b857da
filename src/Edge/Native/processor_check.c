/*
 * The published x86-64 binary is built for x86-64-v3 (AVX2, BMI, FMA). On a processor without them the runtime would end with an abort and a core
 * dump; this runs before it and says in one line what is wrong. Built for the base instruction set, without any library beyond libc.
 */
#include <cpuid.h>

/* Declared here, so that a cross-build needs no C library headers of the target. */
extern long write(int fd, const void *bytes, unsigned long count);
extern void _exit(int status) __attribute__((noreturn));

#define STANDARD_ERROR 2

#define MISSING_PROCESSOR_FEATURE 78

static int has_v3(void)
{
    unsigned int a, b, c, d, low, high;
    if (!__get_cpuid(1, &a, &b, &c, &d)) return 0;
    /* FMA, MOVBE, OSXSAVE, AVX, F16C */
    const unsigned int leaf1 = (1u << 12) | (1u << 22) | (1u << 27) | (1u << 28) | (1u << 29);
    if ((c & leaf1) != leaf1) return 0;
    /* The operating system must save the wide registers as well. */
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    if ((low & 6) != 6) return 0;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return 0;
    /* BMI1, AVX2, BMI2 */
    const unsigned int leaf7 = (1u << 3) | (1u << 5) | (1u << 8);
    if ((b & leaf7) != leaf7) return 0;
    if (!__get_cpuid(0x80000001u, &a, &b, &c, &d)) return 0;
    /* LZCNT */
    return (c & (1u << 5)) != 0;
}

__attribute__((constructor(101))) static void edge_processor_check(void)
{
    static const char message[] =
        "edge: this binary needs a processor with AVX2 (x86-64-v3); build one for older processors with -p:EdgeInstructionSet=x86-64-v2\n";
    if (has_v3()) return;
    long written = write(STANDARD_ERROR, message, sizeof message - 1);
    (void)written;
    _exit(MISSING_PROCESSOR_FEATURE);
}
