/* SPDX-License-Identifier: BSD-2-Clause */
/* upload_file.h: the package of a result file, its name and its description. Main thread. */
#ifndef PP_UPLOAD_FILE_H
#define PP_UPLOAD_FILE_H

#include "../core/publish/describe.h"
#include "../core/publish/pto.h"

/* All pointers are borrowed. */
struct pp_upload_file_config {
    struct pp_describe describe;
    enum pp_form form;
    const char *name;       /* NULL: as the file's */
    const char *experiment; /* NULL: that of the file */
    const struct pp_strings *source; /* of an observation set: the raw data that it comes from */
    const char *analyzer;            /* of an observation set: the analyzer that made it */
};

struct pp_upload_file {
    char name[PP_NAME_MAX], owner[512];
    struct pp_buf run, members; /* the run's description; metadata, without braces */
    struct pp_survey survey;
    struct pp_package package;
};

/* The name that FILE will get. 0, or -1 printed. */
int pp_upload_file_name(char name[PP_NAME_MAX], const struct pp_upload_file_config *c, const char *file);
/* True if the operand is a URL and no file. */
bool pp_upload_file_is_address(const char *operand);
/* Checks the names of the campaign (NULL: none) and of all files for an observatory. 0, or -1 printed. */
int pp_upload_file_check_names(const struct pp_upload_file_config *c, const char *campaign, char **operands);
/* Initialises P; release it in any case. */
void pp_upload_file_init(struct pp_upload_file *p);
/* 0, or -1 printed. */
int pp_upload_file_pack(struct pp_upload_file *p, const struct pp_upload_file_config *c, const char *file);
/* Writes the package to FILE and its metadata to FILE.meta.json; replaces files only with FORCE. 0, or -1 printed. */
int pp_upload_file_write(const struct pp_upload_file *p, const char *file, bool force);
void pp_upload_file_release(struct pp_upload_file *p);

#endif
