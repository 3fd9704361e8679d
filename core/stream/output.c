/* SPDX-License-Identifier: BSD-2-Clause */
/* output.c: writes a file, pipe or terminal in large pieces. */
#include "output.h"

#include "../base/error.h"
#include "../base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_PIECE (256u << 10)
#define PIPE_PIECE (64u << 10) /* bytes: a pipe's capacity, so that a waiting reader gets data soon */

int pp_output_suffix(const char *path, enum pp_packing made)
{
    static const struct {
        const char *suffix, *program;
        enum pp_packing packing;
    } known[] = {
        {".zst", "zstd", PP_PACKING_ZSTD}, {".gz", "gzip", PP_PACKING_GZIP},
        {".bz2", "bzip2", PP_PACKING_BZIP2}, {".xz", "xz", PP_PACKING_XZ},
        {".zip", "zip", PP_PACKING_ZIP},   {".lz4", "lz4", PP_PACKING_UNKNOWN},
    };
    size_t n = path ? strlen(path) : 0;

    for (unsigned i = 0; i < sizeof known / sizeof *known; i++) {
        size_t m = strlen(known[i].suffix);
        if (n <= m || strcasecmp(path + n - m, known[i].suffix) != 0 || known[i].packing == made)
            continue;
        pp_usage("cannot write '%s': compression by %s is not supported", path, known[i].program);
        return pp_hint("use a name without that suffix%s, or a pipe: `... | %s > FILE`",
                       made == PP_PACKING_NONE ? ", or .zst where the manual allows it" : "", known[i].program);
    }
    return 0;
}

int pp_output_open(struct pp_output *o, const char *path)
{
    bool standard = !path || strcmp(path, "-") == 0;
    struct stat st;
    off_t at;

    *o = (struct pp_output){.fd = -1, .ours = !standard};
    o->name = strdup(standard ? "standard output" : path);
    if (!o->name)
        return pp_error("out of memory");
    o->fd = standard ? STDOUT_FILENO : open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_APPEND, 0666);
    if (o->fd < 0 || fstat(o->fd, &st) < 0)
        return pp_error_errno("cannot write '%s'", o->name);
    o->regular = S_ISREG(st.st_mode);
    /* Other errors of flock are ignored, as some network file systems have no locks. */
    if (o->regular && !standard && flock(o->fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK) {
        pp_error("cannot write '%s': another process is writing to it", o->name);
        return pp_hint("'fuser %s' shows its process ID", o->name);
    }
    o->piece = o->regular ? FILE_PIECE : PIPE_PIECE;
    if (o->regular) {
        int flags = fcntl(o->fd, F_GETFL);
        at = lseek(o->fd, 0, flags >= 0 && flags & O_APPEND ? SEEK_END : SEEK_CUR);
        o->regular = at >= 0;
        o->end = at >= 0 ? (uint64_t)at : 0;
    }
    return 0;
}

int pp_output_refuse(const char *path, const char *way_out)
{
    pp_error("'%s' is not empty, and is not overwritten", path);
    return pp_hint("%s", way_out);
}

int pp_output_keep(const char *path)
{
    struct stat st;

    if (stat(path, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size == 0)
        return 0;
    return pp_output_refuse(path, "--force replaces it");
}

bool pp_output_named(const char *path)
{
    /* Names under these directories may be a file's, but no metadata file can be created beside them. */
    static const char *const borrowed[] = {"/dev/std", "/dev/fd/", "/proc/"};
    struct stat st;

    for (size_t i = 0; i < sizeof borrowed / sizeof *borrowed; i++) {
        if (strncmp(path, borrowed[i], strlen(borrowed[i])) == 0)
            return false;
    }
    return stat(path, &st) < 0 || S_ISREG(st.st_mode);
}

int pp_output_write(struct pp_output *o, const char *bytes, size_t len, uint64_t *written)
{
    int result = pp_write_all(o->fd, bytes, len, written);

    o->end += *written;
    return result;
}

int pp_output_cut_to(struct pp_output *o, uint64_t at)
{
    if (!o->regular || !o->ours || at == o->end)
        return 0;
    if (ftruncate(o->fd, (off_t)at) < 0)
        return pp_error_errno("cannot truncate '%s'", o->name);
    o->end = at;
    return 0;
}

void pp_output_cut(struct pp_output *o, uint64_t bytes)
{
    struct stat st;

    if (!o->regular || bytes == 0 || bytes > o->end || fstat(o->fd, &st) < 0 || (uint64_t)st.st_size != o->end)
        return;
    if (ftruncate(o->fd, (off_t)(o->end - bytes)) < 0) {
        pp_error_errno("cannot truncate '%s' after its last complete line", o->name);
        return;
    }
    o->end -= bytes;
    lseek(o->fd, (off_t)o->end, SEEK_SET);
}

int pp_output_close(struct pp_output *o)
{
    int fd = o->fd;

    o->fd = -1;
    return fd >= 0 && o->ours ? close(fd) : 0;
}

void pp_output_free(struct pp_output *o)
{
    free(o->name);
    o->name = NULL;
}
