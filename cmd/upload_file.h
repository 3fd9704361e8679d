/* SPDX-License-Identifier: BSD-2-Clause */
/* upload_file.h: what of a result file is sent, under which name and description. Main thread. */
#ifndef PP_UPLOAD_FILE_H
#define PP_UPLOAD_FILE_H

#include "../core/publish/describe.h"
#include "../core/publish/pto.h"

/* All borrowed. */
struct pp_upload_file_config {
    struct pp_describe describe;
    enum pp_form form;
    const char *name;       /* NULL: as the file's */
    const char *experiment; /* NULL: the one that the file holds */
    const struct pp_strings *source; /* observations: raw data that they come from, and */
    const char *analyzer;            /* how */
};

struct pp_upload_file {
    char name[PP_NAME_MAX], owner[512];
    struct pp_buf run, members; /* the run's description; metadata, without braces */
    struct pp_survey survey;
    struct pp_package package;
};

/* What FILE will be called. 0, or -1 printed. */
int pp_upload_file_name(char name[PP_NAME_MAX], const struct pp_upload_file_config *c, const char *file);
/* An operand that is where something is, and no file. */
bool pp_upload_file_is_address(const char *operand);
/* The campaign's (NULL: none) and all files' names, before the first is sent to an observatory. 0, -1 printed. */
int pp_upload_file_check_names(const struct pp_upload_file_config *c, const char *campaign, char **operands);
/* Empty; release in any case. */
void pp_upload_file_init(struct pp_upload_file *p);
/* 0, or -1 printed. */
int pp_upload_file_pack(struct pp_upload_file *p, const struct pp_upload_file_config *c, const char *file);
/* The bytes that would be sent into FILE, their metadata into FILE.meta.json: replaced with FORCE. 0, or -1 printed. */
int pp_upload_file_write(const struct pp_upload_file *p, const char *file, bool force);
void pp_upload_file_release(struct pp_upload_file *p);

#endif
