/* SPDX-License-Identifier: BSD-2-Clause */
/* metadata_file.c: writes and reads a file of one JSON object, so that a whole object can be read at any moment. */
#include "metadata_file.h"

#include "../base/io.h"
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <libgen.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOAD_MAX (1u << 30)

/* Syncs the directory, so that the new name survives a power loss; errors are ignored, as not all file systems can. */
static void sync_directory(char *path)
{
    int fd = open(dirname(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return;
    fsync(fd);
    close(fd);
}

/* Writes to PATH itself: a descriptor, a pipe or a device cannot be replaced by a rename. */
static int write_there(const char *path, const struct pp_buf *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);

    if (fd >= 0 && pp_metadata_write_over(fd, text) == 0)
        return fd;
    pp_error_errno("cannot write metadata to '%s'", path);
    if (fd >= 0)
        close(fd);
    return -1;
}

int pp_metadata_replace(const char *path, const struct pp_buf *text)
{
    struct pp_buf aside;
    int fd = -1;

    if (!pp_output_named(path))
        return write_there(path, text);
    pp_buf_init(&aside, 8192);
    pp_buf_addf(&aside, "%s.tmp", path);
    pp_buf_addc(&aside, 0);
    if (aside.failed) {
        pp_error("metadata file '%s': out of memory", path);
        goto out;
    }
    fd = open(aside.data, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0 || pp_write_all(fd, text->data, text->len, NULL) < 0 || fsync(fd) < 0 ||
        rename(aside.data, path) < 0) {
        pp_error_errno("cannot write metadata file '%s'", path);
        if (fd >= 0) {
            unlink(aside.data);
            close(fd);
        }
        fd = -1;
    } else {
        sync_directory(aside.data);
    }
out:
    pp_buf_release(&aside);
    return fd;
}

static int write_at(int fd, const struct pp_buf *text, off_t at)
{
    if (lseek(fd, at, SEEK_SET) < 0 || pp_write_all(fd, text->data, text->len, NULL) < 0)
        return -1;
    return fsync(fd);
}

/* Reserves the space first, so that a full disk leaves the old object unchanged. */
int pp_metadata_write_over(int fd, const struct pp_buf *text)
{
    struct stat st;
    off_t behind, len = (off_t)text->len;

    if (fstat(fd, &st) < 0)
        return -1;
    if (!S_ISREG(st.st_mode))
        return pp_write_all(fd, text->data, text->len, NULL);
    behind = st.st_size > len ? st.st_size : len;
    if ((fallocate(fd, 0, 0, behind + len) < 0 && errno != EOPNOTSUPP && errno != ENOSYS) ||
        write_at(fd, text, behind) < 0) {
        int error = errno;
        if (ftruncate(fd, st.st_size) < 0)
            error = errno;
        errno = error;
        return -1;
    }
    if (write_at(fd, text, 0) < 0)
        return -1;
    return ftruncate(fd, len) < 0 || fsync(fd) < 0 ? -1 : 0;
}

/*
 * Bytes by which metadata may grow: some 2 KiB at the end of a run, more with outages, rereads and reference targets.
 */
#define GROWTH (16u << 10)

void pp_metadata_reserve(int fd, size_t object)
{
    (void)!fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, (off_t)(4 * object + GROWTH));
}

/* Returns the first object; if its end is missing or overwritten, the one that begins after it. */
json_t *pp_metadata_parse(const char *text, size_t len)
{
    const char *at = text, *end = text + len;

    while (at && at < end) {
        json_t *o = json_loadb(at, (size_t)(end - at), JSON_REJECT_DUPLICATES | JSON_DISABLE_EOF_CHECK, NULL);
        if (o)
            return o;
        at = memmem(at + 1, (size_t)(end - at) - 1, "{\"_file_type\"", 13);
    }
    return NULL;
}

json_t *pp_metadata_load(const char *path, char *why, size_t size)
{
    FILE *f = fopen(path, "re");
    char *text = NULL;
    json_t *o = NULL;
    struct stat st;

    if (!f || fstat(fileno(f), &st) < 0) {
        snprintf(why, size, "it cannot be read");
        goto out;
    }
    text = st.st_size > 0 && st.st_size < LOAD_MAX ? malloc((size_t)st.st_size) : NULL;
    if (!text || fread(text, 1, (size_t)st.st_size, f) != (size_t)st.st_size)
        snprintf(why, size, "it is empty, or cannot be read");
    else if (!(o = pp_metadata_parse(text, (size_t)st.st_size)))
        snprintf(why, size, "it is not valid JSON");
out:
    if (f)
        fclose(f);
    free(text);
    return o;
}
