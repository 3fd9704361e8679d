/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * metadata_file.h: writes a file of one JSON object so that a whole object can be read from it at any moment, also
 * after the writing process was killed or the host lost power while it wrote. Main thread.
 */
#ifndef PP_METADATA_FILE_H
#define PP_METADATA_FILE_H

#include "../base/buf.h"

struct json_t;

/*
 * Replaces the file PATH by TEXT: writes a temporary file, syncs and renames it, so that a reader sees the old file or
 * the new one. A PATH that cannot be renamed over (/dev/fd/N, a pipe) is written to directly. Returns a descriptor of
 * the file, or -1 printed.
 */
int pp_metadata_replace(const char *path, const struct pp_buf *text);
/*
 * Writes TEXT into the open file FD, where no file can be created any more (after privileges were dropped). First it
 * appends a copy of TEXT to the old object and syncs it, then it overwrites the old object: at least one of the two is
 * whole at any moment, and pp_metadata_load finds that one. A pipe gets one object after the other. 0, or -1 with
 * errno: pp_metadata_load still reads the old object.
 */
int pp_metadata_write_over(int fd, const struct pp_buf *text);
/*
 * Reserves disk space for what pp_metadata_write_over will write at the end of a run, so that the final metadata can be
 * written on a disk that the observations have filled. OBJECT: bytes of the present object. Does nothing on file
 * systems without fallocate().
 */
void pp_metadata_reserve(int fd, size_t object);
/* Reads the object of the file PATH, the caller's (json_decref). NULL: the cause is in WHY (nothing printed). */
struct json_t *pp_metadata_load(const char *path, char *why, size_t size);
/* The same from LEN bytes of TEXT; NULL: no object in it is whole. */
struct json_t *pp_metadata_parse(const char *text, size_t len);

#endif
