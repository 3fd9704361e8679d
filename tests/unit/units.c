/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * units.c: all unit tests in one program, which is linked once. It runs the test by whose name it is called: the
 * Makefile makes a symbolic link for each test, and renames its main().
 */
#include <stdio.h>
#include <string.h>

#define UNIT(name) int pp_unit_##name(int argc, char **argv);
#include "units.h"
#undef UNIT

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
} units[] = {
#define UNIT(name) {#name, pp_unit_##name},
#include "units.h"
};

int main(int argc, char **argv)
{
    const char *slash = strrchr(argv[0], '/'), *name = slash ? slash + 1 : argv[0];

    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strcmp(units[i].name, name) == 0)
            return units[i].run(argc, argv);
    fprintf(stderr, "no unit test '%s'\n", name);
    return 1;
}
