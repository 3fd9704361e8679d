/* SPDX-License-Identifier: BSD-2-Clause */
/* threads_output.c: opens and locks the output files of a run, and refuses to empty one whose content would be lost. */
#include "threads.h"

#include "../stream/frames.h"
#include "../stream/journal_parts.h"
#include "../stream/output.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define PCAP_EMPTY 48 /* bytes: a file up to this size has a header and no packet, compressed or not */

/* The size of a regular file in bytes; 0: not a regular file, or there is none. */
static uint64_t size_of(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
}

/*
 * Sets *END to the end of the whole records in the capture file of the run's earlier parts. Packets of a target that is
 * measured again are in the file twice.
 */
static int end_of_pcap(const char *path, uint64_t *end)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC), result;

    *end = 0;
    if (fd < 0)
        return errno == ENOENT ? 0 : pp_error_errno("cannot read '%s'", path);
    result = pp_journal_is_zstd(path) ? pp_journal_whole(fd, path, end) : pp_frames_whole(fd, path, end);
    close(fd);
    return result;
}

static int open_pcap(struct pp_threads *threads, const char *path)
{
    struct pp_buf header;
    uint64_t end = 0;

    if (threads->campaign->resume.meta && end_of_pcap(path, &end) < 0)
        return -1;
    threads->pcap = pp_writer_open(path, PP_WRITER_APPEND, true);
    if (!threads->pcap || pp_writer_cut(threads->pcap, end) < 0)
        return -1;
    if (end)
        return 0;
    pp_buf_init(&header, 64);
    pp_frames_header(&header);
    pp_writer_line(threads->pcap, header.data, header.len);
    pp_buf_release(&header);
    return 0;
}

/*
 * Refuses to lose the metadata or the capture file of another run. Called before the output is opened, which creates
 * it. Metadata beside an empty output belong to a run that found nothing, and may be lost. 0, or -1 printed.
 */
static int keep_others(const struct pp_campaign *c)
{
    const struct pp_settings *s = c->run.settings;
    bool of_nothing = !s->metadata && s->output && access(s->output, F_OK) == 0;

    if (*c->run.metadata_path && !of_nothing && size_of(c->run.metadata_path))
        return pp_output_refuse(c->run.metadata_path, "--force replaces it; another --metadata keeps it");
    if (s->pcap && size_of(s->pcap) > PCAP_EMPTY)
        return pp_output_refuse(s->pcap, "--force replaces it; another --pcap keeps it");
    return 0;
}

/*
 * For a new run, removes the old metadata before it empties the output, so that at no moment old metadata describe a
 * new output.
 */
int pp_threads_output(struct pp_threads *threads)
{
    const struct pp_campaign *c = threads->campaign;
    const struct pp_settings *s = c->run.settings;
    bool keep = !c->resume.meta && !s->force; /* a new run would lose what an earlier one wrote */
    struct stat st;

    if (keep && !(s->output && size_of(s->output)) && keep_others(c) < 0)
        return -1;
    if (!threads->writer)
        threads->writer = pp_writer_open(s->output, PP_WRITER_APPEND, true);
    if (!threads->writer)
        return -1;
    if (keep && pp_writer_found(threads->writer))
        return pp_output_refuse(s->output, "--resume continues it, --force replaces it");
    if (!c->resume.meta && *c->run.metadata_path && pp_output_named(c->run.metadata_path) &&
        unlink(c->run.metadata_path) < 0 && errno != ENOENT && errno != ENOTDIR)
        return pp_error_errno("cannot replace metadata file '%s'", c->run.metadata_path);
    threads->resumable = s->output && *c->run.metadata_path && stat(s->output, &st) == 0 && S_ISREG(st.st_mode);
    if (pp_writer_cut(threads->writer, c->resume.meta ? c->resume.journal.whole : 0) < 0)
        return -1;
    return s->pcap ? open_pcap(threads, s->pcap) : 0;
}
