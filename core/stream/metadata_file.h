/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * metadata_file.h: a file of one JSON object that can be read at any moment, also if whoever wrote it was killed or
 * lost power in between. Main thread.
 */
#ifndef PP_METADATA_FILE_H
#define PP_METADATA_FILE_H

#include "../base/buf.h"

struct json_t;

/*
 * A reader sees the old file or the new one, never a half: written aside, synced, renamed. What has no name of its own
 * (/dev/fd/N, a pipe) is written to. Returns its descriptor, or -1 printed.
 */
int pp_metadata_replace(const char *path, const struct pp_buf *text);
/*
 * The same without making a file: a copy stands behind the old object before that is written over, so one of the two
 * is whole. A pipe gets one object behind the other. 0, or -1 with errno, and the file is as it was, or nearly full of
 * what pp_metadata_load reads.
 */
int pp_metadata_write_over(int fd, const struct pp_buf *text);
/*
 * Takes room for what pp_metadata_write_over will write at the end of a run, so that a disk which the observations
 * have filled still gets metadata that count them. OBJECT: bytes of the present one. Not all file systems can.
 */
void pp_metadata_reserve(int fd, size_t object);
/* The object, the caller's (json_decref); NULL with a text in WHY. */
struct json_t *pp_metadata_load(const char *path, char *why, size_t size);
/* The same from bytes; NULL: none is whole. */
struct json_t *pp_metadata_parse(const char *text, size_t len);

#endif
