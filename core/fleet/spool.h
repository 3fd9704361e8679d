/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * spool.h: stores a worker's results on its disk until the bus has them. The spool directory has for each chunk the
 * file TAG.CHUNK.ndjson.zst with the observations, one zstd frame with a checksum for each message that will carry
 * them, and, when the chunk is complete, TAG.CHUNK.done with its closing. A worker that was killed and restarted
 * publishes complete chunks again under the same ids, without measuring; incomplete and damaged ones it measures anew.
 * One thread.
 */
#ifndef PP_FLEET_SPOOL_H
#define PP_FLEET_SPOOL_H

#include "campaign.h"

struct pp_spool {
    int dir, lock;
    char path[512];
    char instance[33]; /* random id of this directory, in hex, by which a restarted worker is recognized */
    struct ZSTD_CCtx_s *zstd; /* both: NULL until lines come */
    char *packed;
};

/*
 * Creates the directory if there is none, owned by OWNER (-1: the process's user), and opens it. Called with all
 * privileges, so it reads and follows nothing inside the directory. 0, or -1 printed; close in any case.
 */
int pp_spool_make(struct pp_spool *s, const char *path, int owner);
/* Locks the directory; called as OWNER, since files inside are opened from here on. 0, or -1 printed. */
int pp_spool_lock(struct pp_spool *s);
void pp_spool_close(struct pp_spool *s);
/*
 * Opens the file for the metadata of the campaign's run, and creates it if there is none. A descriptor, or -1 printed.
 */
int pp_spool_metadata(const struct pp_spool *s, const char *tag);
/* Reads these metadata into OUT. False: there are none. */
bool pp_spool_read_metadata(const struct pp_spool *s, const char *tag, struct pp_buf *out);
void pp_spool_drop_metadata(const struct pp_spool *s, const char *tag);

struct pp_spool_closing {
    char attempt[17]; /* random id in hex, so that observations of two attempts are never mixed */
    char run_id[33];
    uint64_t lines, invalid, counts[PP_FLEET_FATES];
    int64_t clock_offset_ms; /* of this host against the server */
};

/*
 * Creates the file for the chunk's observations; files of an earlier attempt are deleted. A descriptor, or -1 printed.
 */
int pp_spool_begin(const struct pp_spool *s, const char *tag, uint64_t chunk);
#define PP_SPOOL_BATCH (256u << 10) /* bytes of lines that are worth a call: an incomplete chunk is of no use anyway */
/* Adds LINES, whole ones, to FD. 0, or -1 printed. */
int pp_spool_add(struct pp_spool *s, int fd, const char *lines, size_t len);
/* Completes the chunk: closes FD, which has all its observations, and writes its closing C. 0, or -1 printed. */
int pp_spool_finish(const struct pp_spool *s, const char *tag, uint64_t chunk, int fd,
                    const struct pp_spool_closing *c);
#define PP_SPOOL_UNPACKED_MAX (4u << 20) /* bytes of a frame, decompressed, that are taken at most */
/*
 * True if the chunk is complete and all its observations can be read; *C is its closing then. False with a text in
 * *DAMAGE (static): it was complete, but its closing or its observations are damaged; with NULL: it is not complete.
 */
bool pp_spool_has(const struct pp_spool *s, const char *tag, uint64_t chunk, struct pp_spool_closing *c,
                  const char **damage);
/*
 * Publishes the chunk's observations in batches, then its closing. Returns 0; -1 with the error in *ST and *CODE,
 * nothing printed: try again; or -1 with *ST NATS_OK, printed: the files cannot be read, or are damaged (nothing of
 * them is sent).
 */
int pp_spool_publish(const struct pp_spool *s, struct pp_bus *b, const char *tag, const char *vantage,
                     uint64_t chunk, natsStatus *st, jsErrCode *code);
void pp_spool_drop(const struct pp_spool *s, const char *tag, uint64_t chunk);
/* Deletes all files of chunks of the campaign. */
void pp_spool_clean(const struct pp_spool *s, const char *tag);
/* Deletes all files of other campaigns that had its NAME. Returns their number. */
unsigned pp_spool_drop_earlier(const struct pp_spool *s, const char *name, const char *tag);
#define PP_FLEET_NO_CHUNK UINT64_MAX
/*
 * Writes a closing, the message after a chunk's batches: a line of JSON, and one with its checksum. WHY: the chunk
 * failed for this reason; NULL: it did not fail. CHUNK PP_FLEET_NO_CHUNK: the message that came was no chunk.
 */
void pp_spool_closing_text(struct pp_buf *out, uint64_t chunk, const struct pp_spool_closing *c, const char *why);
/* Reads it; NULL: it is damaged. */
json_t *pp_spool_closing_json(const char *text, size_t len);

/*
 * Last elements of the subjects of results: batches of observations, closings, failed chunks, messages that were no
 * chunk, metadata of runs.
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
