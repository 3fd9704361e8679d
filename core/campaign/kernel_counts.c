/* SPDX-License-Identifier: BSD-2-Clause */
/* kernel_counts.c: reads /proc/net/netstat. */
#include "kernel_counts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Reads the value of column NAME from a line of names and a line of values into *OUT. */
static void take(const char *names, const char *values, const char *name, uint64_t *out)
{
    size_t len = strlen(name);

    for (;;) {
        names += strspn(names, " ");
        values += strspn(values, " ");
        if (!*names || !*values || *names == '\n')
            return;
        if (strncmp(names, name, len) == 0 && strchr(" \n", names[len]))
            *out = strtoull(values, NULL, 10);
        names += strcspn(names, " \n");
        values += strcspn(values, " \n");
    }
}

void pp_kernel_counts(struct pp_kernel_counts *n)
{
    FILE *f = fopen("/proc/net/netstat", "re");
    char *names = NULL, *values = NULL;
    size_t a = 0, b = 0;

    *n = (struct pp_kernel_counts){0};
    while (f && getline(&names, &a, f) >= 0 && getline(&values, &b, f) >= 0) {
        take(names, values, "TCPMinTTLDrop", &n->min_ttl);
        take(names, values, "IPReversePathFilter", &n->reverse_path);
    }
    free(names);
    free(values);
    if (f)
        fclose(f);
}
