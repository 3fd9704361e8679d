/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * frames.c: keeps the packets of one target in the format of a pcap file until its verdict decides whether they are
 * written.
 */
#include "frames.h"

#include "../base/error.h"

#include <sys/stat.h>
#include <unistd.h>

/*
 * draft-ietf-opsawg-pcap: magic of nanosecond stamps, version 2.4, LINKTYPE_RAW. In host order, as the magic tells
 * readers.
 */
#define MAGIC_NS 0xa1b23c4du
#define LINKTYPE_RAW 101

struct file_header {
    uint32_t magic;
    uint16_t major, minor;
    uint32_t reserved[2], snaplen, linktype;
};

struct record_header {
    uint32_t seconds, nanoseconds, cap, len;
};

void pp_frames_header(struct pp_buf *out)
{
    struct file_header h = {.magic = MAGIC_NS, .major = 2, .minor = 4, .snaplen = 65535, .linktype = LINKTYPE_RAW};

    pp_buf_add(out, &h, sizeof h);
}

int pp_frames_whole(int fd, const char *name, uint64_t *whole)
{
    struct file_header h;
    struct record_header r;
    struct stat st;
    ssize_t n = pread(fd, &h, sizeof h, 0);

    *whole = 0;
    if (n < 0 || fstat(fd, &st) < 0)
        return pp_error_errno("cannot read '%s'", name);
    if (n < (ssize_t)sizeof h)
        return 0;
    if (h.magic != MAGIC_NS || h.linktype != LINKTYPE_RAW)
        return pp_error("cannot append to '%s': it is not a capture file of this program", name);
    *whole = sizeof h;
    while (pread(fd, &r, sizeof r, (off_t)*whole) == (ssize_t)sizeof r) {
        uint64_t end = *whole + sizeof r + r.cap;
        if (r.cap == 0 || r.cap > h.snaplen || end > (uint64_t)st.st_size) /* for example NULs after a power loss */
            break;
        *whole = end;
    }
    return 0;
}

struct pp_buf *pp_frames_new(void)
{
    struct pp_buf *b = malloc(sizeof *b);

    if (b)
        pp_buf_init(b, PP_FRAMES_MAX);
    return b;
}

void pp_frames_add(struct pp_buf **frames, int64_t stamp, const uint8_t *ip, size_t cap, size_t len)
{
    struct record_header h = {
        .seconds = (uint32_t)(stamp / 1000000000),
        .nanoseconds = (uint32_t)(stamp % 1000000000),
        .cap = (uint32_t)cap,
        .len = (uint32_t)len,
    };

    if (!*frames && !(*frames = pp_frames_new()))
        return;
    if (pp_buf_reserve(*frames, sizeof h + cap)) { /* adds whole records only */
        pp_buf_add(*frames, &h, sizeof h);
        pp_buf_add(*frames, ip, cap);
    }
}

void pp_frames_free(struct pp_buf **frames)
{
    if (!*frames)
        return;
    pp_buf_release(*frames);
    free(*frames);
    *frames = NULL;
}
