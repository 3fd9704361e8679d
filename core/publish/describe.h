/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * describe.h: metadata of a result file: the run's description (FILE.meta.json, pathprobe-observation(5)), completed
 * from the file itself and by the user. Main thread.
 */
#ifndef PP_DESCRIBE_H
#define PP_DESCRIBE_H

#include "../options/options.h"
#include "export.h"

#define PP_DESCRIPTION_MAX (256u << 20)

struct pp_describe {
    const char *metadata;         /* path of the run's description; NULL: FILE.meta.json, if it exists */
    const struct pp_strings *add; /* "TAG:VALUE"; a VALUE may have colons */
    const char *owner, *vantage;  /* NULL: as in the run's description */
};

/* Writes the path FILE.meta.json to OUT, NUL-terminated. */
void pp_describe_path(struct pp_buf *out, const char *file);
/*
 * Checks that a metadata file can be created beside FILE, which need not exist. 0, or -1 printed: FILE is a pipe or a
 * device.
 */
int pp_describe_beside(const char *file);
/*
 * Reads the run's description into TEXT, which stays empty if there is none; this is an error only if d->metadata names
 * it. Warns if the run is not complete. 0, or -1 printed.
 */
int pp_describe_read(struct pp_buf *text, const struct pp_describe *d, const char *file);
/* Checks that each of d->add has a colon and no name that the PTO reserves. 0, or -1 printed. */
int pp_describe_check(const struct pp_describe *d);
/* Writes the text of FILE.meta.json: all members of RUN, with new times and tags. */
void pp_describe_local(struct pp_buf *out, const struct pp_describe *d, const struct pp_buf *run,
                       const struct pp_survey *s);
/*
 * Writes the metadata for the PTO, as members of an object without braces. The PTO keeps only strings, so objects and
 * arrays become JSON text. The PTO's tools read lines of at most 64 KiB, and write all metadata of a file or set as one
 * line, so the longest members of RUN are left out until the rest fits; `left_out` has their names. BESIDE: further
 * members, without braces. FILE_TYPE and the survey's times replace members of RUN with names that the PTO reserves;
 * PACKAGE gives data_sha256 and data_size. Parameters that are NULL add nothing. 0, or -1 printed: the members that
 * must not be left out are too long.
 */
int pp_describe_members(struct pp_buf *out, const struct pp_describe *d, const struct pp_buf *run,
                        const struct pp_survey *s, const char *file_type, const struct pp_package *package,
                        const struct pp_buf *beside);
/* Writes the owner of the data, d->owner or else the run's, into OWNER of ROOM bytes. False: neither is set. */
bool pp_describe_owner(char *owner, size_t room, const struct pp_describe *d, const struct pp_buf *run);
/* The same for the vantage point's name; blanks become '_'. */
bool pp_describe_vantage(char *vantage, size_t room, const struct pp_describe *d, const struct pp_buf *run);

#endif
