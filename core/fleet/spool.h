/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * spool.h: a worker's results on its own disk, until the bus has them: in a directory, for each chunk,
 * CAMPAIGN.CHUNK.ndjson with the observations and, once the chunk is whole, CAMPAIGN.CHUNK.done with its closing. A
 * worker that is killed finds whole chunks there and publishes them again under the same ids, without measuring; a part
 * is measured anew. One thread.
 */
#ifndef PP_FLEET_SPOOL_H
#define PP_FLEET_SPOOL_H

#include "campaign.h"

struct pp_spool {
    int dir, lock;
    char path[512];
    char instance[33]; /* of this directory, in hex: a worker that comes back is known by it */
};

/*
 * Makes the directory if there is none, OWNER's (-1: ours), and opens it: with all rights, so nothing in it is looked
 * at. 0, or -1 printed; close in any case.
 */
int pp_spool_make(struct pp_spool *s, const char *path, int owner);
/* Locks it: as OWNER, who alone may follow what is in there. 0, or -1 printed. */
int pp_spool_lock(struct pp_spool *s);
void pp_spool_close(struct pp_spool *s);
/* A descriptor of the file for metadata of a run of the campaign, made if there is none; -1 printed. */
int pp_spool_metadata(const struct pp_spool *s, const char *campaign);
/* Their text in OUT. False: there are none. */
bool pp_spool_read_metadata(const struct pp_spool *s, const char *campaign, struct pp_buf *out);
void pp_spool_drop_metadata(const struct pp_spool *s, const char *campaign);

struct pp_spool_closing {
    char attempt[17]; /* in hex: observations of two attempts are never mixed */
    char run_id[33];
    uint64_t lines, invalid, counts[PP_FLEET_FATES];
    int64_t clock_offset_ms; /* of this host against the server */
};

/* A new file for the chunk's observations, its descriptor; -1 printed. What an earlier attempt left is dropped. */
int pp_spool_begin(const struct pp_spool *s, const char *campaign, uint64_t chunk);
/* All observations are in FD, which is closed. 0, or -1 printed. */
int pp_spool_finish(const struct pp_spool *s, const char *campaign, uint64_t chunk, int fd,
                    const struct pp_spool_closing *c);
/* Whether the chunk is whole: then *C is its closing. */
bool pp_spool_has(const struct pp_spool *s, const char *campaign, uint64_t chunk, struct pp_spool_closing *c);
/*
 * Publishes the chunk's observations in batches and its closing behind them. 0; -1 with *ST and *CODE, nothing printed:
 * to be tried again; or -1 with *ST NATS_OK, printed: the files cannot be read.
 */
int pp_spool_publish(const struct pp_spool *s, struct pp_bus *b, const char *campaign, const char *vantage,
                     uint64_t chunk, natsStatus *st, jsErrCode *code);
void pp_spool_drop(const struct pp_spool *s, const char *campaign, uint64_t chunk);
/* All files of chunks of the campaign go. */
void pp_spool_clean(const struct pp_spool *s, const char *campaign);
#define PP_FLEET_NO_CHUNK UINT64_MAX
/*
 * The closing as JSON: the message behind a chunk's batches. WHY: the chunk failed; NULL: it did not. CHUNK
 * PP_FLEET_NO_CHUNK: what came was none.
 */
void pp_spool_closing_text(struct pp_buf *out, uint64_t chunk, const struct pp_spool_closing *c, const char *why);

/*
 * Last elements of the subjects of a stream of results: batches of observations, closings, chunks that were given up,
 * messages that were no chunk, metadata of runs.
 */
#define PP_FLEET_LINES "lines"
#define PP_FLEET_DONE "done"
#define PP_FLEET_FAILED "failed"
#define PP_FLEET_STRAY "stray"
#define PP_FLEET_META "meta"
/* Headers of a batch, beside PP_FLEET_CHUNK_N. */
#define PP_FLEET_ATTEMPT "Pp-Attempt"
#define PP_FLEET_SEQ "Pp-Seq" /* of the batch in its attempt, from 0 */

#endif
