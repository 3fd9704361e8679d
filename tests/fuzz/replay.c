/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * replay.c: feeds the files of a directory to a fuzz entry point, once each: the committed seeds run in every test run.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay(const char *path)
{
    FILE *f = fopen(path, "rb");
    uint8_t *data = NULL;
    long size;
    int result = -1;

    if (!f || fseek(f, 0, SEEK_END) || (size = ftell(f)) < 0 || fseek(f, 0, SEEK_SET))
        goto out;
    data = malloc(size ? (size_t)size : 1); /* of the exact size, so that a sanitizer finds reads past the end */
    if (!data || fread(data, 1, (size_t)size, f) != (size_t)size)
        goto out;
    LLVMFuzzerTestOneInput(data, (size_t)size);
    result = 0;
out:
    if (result < 0)
        perror(path);
    free(data);
    if (f)
        fclose(f);
    return result;
}

/* Replays each file of directory DIR. Returns their number, -1 on failure. */
static int replay_all(const char *dir)
{
    struct dirent **names;
    char path[4096];
    int n = scandir(dir, &names, NULL, alphasort), seeds = 0, failed = n < 0;

    if (n < 0)
        perror(dir);
    for (int i = 0; i < n; i++) {
        if (names[i]->d_name[0] != '.') {
            snprintf(path, sizeof path, "%s/%s", dir, names[i]->d_name);
            failed |= replay(path) < 0;
            seeds++;
        }
        free(names[i]);
    }
    if (n >= 0)
        free(names);
    return failed ? -1 : seeds;
}

int main(int argc, char **argv)
{
    int seeds = argc == 2 ? replay_all(argv[1]) : -1;

    if (seeds == 0)
        fprintf(stderr, "%s: no seeds\n", argv[1]);
    printf("%d seeds\n", seeds);
    return seeds > 0 ? 0 : 1;
}
