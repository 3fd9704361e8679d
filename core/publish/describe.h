/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * describe.h: metadata of a result file: the run's own description (FILE.meta.json, pathprobe-observation(5)) with what
 * the file itself tells, and what the user adds. Main thread.
 */
#ifndef PP_DESCRIBE_H
#define PP_DESCRIBE_H

#include "../options/options.h"
#include "export.h"

#define PP_DESCRIPTION_MAX (256u << 20)

struct pp_describe {
    const char *metadata;         /* the run's description; NULL: FILE.meta.json, if it is there */
    const struct pp_strings *add; /* "TAG:VALUE"; a value may have colons */
    const char *owner, *vantage;  /* NULL: as the run says */
};

/* FILE.meta.json into OUT, NUL-terminated. */
void pp_describe_path(struct pp_buf *out, const char *file);
/* Whether metadata can stand beside FILE, a file or nothing yet. 0, or -1 printed: it is a pipe or a device. */
int pp_describe_beside(const char *file);
/*
 * The run's description as it stands there into TEXT; empty: there is none, which is an error only if it was named. 0,
 * or -1 printed. That the run is not complete is a warning.
 */
int pp_describe_read(struct pp_buf *text, const struct pp_describe *d, const char *file);
/* Each of d->add has a colon, and no name that the PTO reserves. 0, or -1 printed. */
int pp_describe_check(const struct pp_describe *d);
/* For FILE.meta.json: all that RUN has, times and tags renewed. */
void pp_describe_local(struct pp_buf *out, const struct pp_describe *d, const struct pp_buf *run,
                       const struct pp_survey *s);
/*
 * For the PTO, which keeps strings alone: members of an object, without braces. What has parts goes as JSON text. Its
 * tools read lines of 64 KiB at most, and all metadata of a file or set is one, so of RUN the longest members are left
 * out until the whole fits, and their names go into `left_out`. BESIDE: members that come along, without braces. RUN's
 * own words for what the PTO reserves give way to FILE_TYPE and the survey's times; PACKAGE gives data_sha256 and
 * data_size. NULLs are left out. 0, or -1 printed: what cannot be left out is too long.
 */
int pp_describe_members(struct pp_buf *out, const struct pp_describe *d, const struct pp_buf *run,
                        const struct pp_survey *s, const char *file_type, const struct pp_package *package,
                        const struct pp_buf *beside);
/* Writes the owner of the data into OWNER: d->owner, else the run's. False: neither is set. */
bool pp_describe_owner(char *owner, size_t room, const struct pp_describe *d, const struct pp_buf *run);
/* The vantage point's name, in the same way; blanks are '_'. */
bool pp_describe_vantage(char *vantage, size_t room, const struct pp_describe *d, const struct pp_buf *run);

#endif
