/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * options_parts.h: declarations that the files of options.h share: the state of one parse, and values as text. Private
 * to core/options and core/loader. Main thread.
 */
#ifndef PP_OPTIONS_PARTS_H
#define PP_OPTIONS_PARTS_H

#include "options.h"

/* The options that come with every command, as settings of their own. */
struct pp_common {
    bool help, print_config, quiet, verbose;
    struct pp_strings config;
};
extern const struct pp_option pp_common_options[]; /* ends with name == NULL */

/* Where a value came from. A stronger source replaces what a weaker one said; within one the last wins. */
enum pp_option_level { PP_LEVEL_DEFAULT, PP_LEVEL_FILE, PP_LEVEL_LINE };

#define PP_OPTION_NAME_MAX 64 /* bytes */
#define PP_CONFIG_FILES 16
#define PP_CONFIG_BYTES (16 << 20) /* metadata has the series of reference targets in it */

/* What the caller holds as `operands`, and what has to live as long: strings point into the config files' memory. */
struct pp_parsed {
    char *file[PP_CONFIG_FILES];
    unsigned nfiles;
    unsigned noperands;
    char *operand[]; /* NULL-terminated */
};

/* A table of options, where their values land, and who said them: enum pp_option_level, a row each. */
struct pp_option_rows {
    const struct pp_option *rows;
    void *base;
    uint8_t *level;
};
enum { PP_OF_COMMAND, PP_OF_OPERAND, PP_OF_ALL, PP_TABLES }; /* in this order one hides a name of the next */

struct pp_later;

struct pp_parse {
    const struct pp_command *c;
    struct pp_common common;
    struct pp_option_rows table[PP_TABLES];
    char *operand; /* from metadata, unless the line has one; NULL: none */
    struct pp_later *later, **later_end; /* what may be the operand's: see pp_option_later() */
    bool at_site, held_only; /* the site's file is being read; for nothing but what the command holds by it */
    struct pp_parsed *parsed;
};

/* A row found by name or letter. */
struct pp_option_hit {
    const struct pp_option *row;
    void *base;
    uint8_t *level;
    bool common;
    bool no; /* found as --no-NAME */
};

bool pp_option_by_name(struct pp_parse *p, const char *name, size_t len, struct pp_option_hit *hit);
/*
 * WHERE names the option in messages: "--rate", "-r", "FILE:3: rate". TEXT NULL: a flag without a value. 0, or -1
 * printed.
 */
int pp_option_assign(const struct pp_option_hit *hit, enum pp_option_level level, const char *text, const char *where);
/*
 * Keeps an unknown option aside that may be one of the operand's (an experiment's): these are known only after the
 * whole line has been read, as --plugin-dir may follow. WHERE is copied; TEXT NULL: it has no value. 0, or -1 printed.
 */
int pp_option_later(struct pp_parse *p, const char *name, size_t len, enum pp_option_level level, const char *text,
                    const char *where);
/* Asks what comes with the first operand, and assigns what was kept aside. 0, or -1 printed. */
int pp_option_operand(struct pp_parse *p);
void pp_option_forget(struct pp_parse *p);
/* Makes T of ROWS (NULL: none), with their defaults at BASE. 0, or -1 printed. */
int pp_option_table(const struct pp_parse *p, struct pp_option_rows *t, const struct pp_option *rows, void *base);
/* The hint behind "unknown option": DASHES is "--" or "". */
void pp_option_hint(const struct pp_parse *p, const char *name, const char *dashes);
/*
 * KEY of a file, which is HIT unless that is NULL, has this value, which stays as long as the operands. 0, or -1
 * printed.
 */
int pp_config_assign(struct pp_parse *p, const char *key, const struct pp_option_hit *hit, const char *value,
                     const char *where);
/* Reads `key = value` lines, or the metadata of a run. 0, or -1 printed. */
int pp_config_read(struct pp_parse *p, const char *path);
/* The same from a run's metadata: TEXT, which stays as long as the operands, is overwritten. */
int pp_config_read_json(struct pp_parse *p, const char *path, char *text);

/* One value from text. STRINGS and ALL: added to the list. 0, or -1 printed. */
int pp_option_parse(const struct pp_option *o, void *settings, const char *text, const char *where);
/* No default, and nothing given: the value is all zero. Never true for a flag. */
bool pp_option_unset(const struct pp_option *o, const void *settings);
static inline bool pp_option_is_list(const struct pp_option *o)
{
    return o->type == PP_OPTION_STRINGS || o->type == PP_OPTION_ALL;
}
/* The place of a value in its settings. */
static inline void *pp_option_at(const struct pp_option *o, const void *settings)
{
    return (char *)settings + o->offset;
}

#endif
