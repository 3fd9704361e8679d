/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * options_parts.h: declarations shared by the files of options.h: the state of one parse, and values as text. Private
 * to core/options and core/loader. Main thread.
 */
#ifndef PP_OPTIONS_PARTS_H
#define PP_OPTIONS_PARTS_H

#include "options.h"

/* The settings of the options that every command has. */
struct pp_common {
    bool help, print_config, quiet, verbose;
    struct pp_strings config;
};
extern const struct pp_option pp_common_options[]; /* ends with name == NULL */

/* The source of a value. A higher source overrides a lower one; within one source the last value wins. */
enum pp_option_level { PP_LEVEL_DEFAULT, PP_LEVEL_FILE, PP_LEVEL_LINE };

#define PP_OPTION_NAME_MAX 64 /* bytes */
#define PP_CONFIG_FILES 16
#define PP_CONFIG_BYTES (16 << 20) /* bytes; metadata include the series of reference targets */

/* The memory that lives as long as the caller's `operands`: strings point into the config files' text. */
struct pp_parsed {
    char *file[PP_CONFIG_FILES];
    unsigned nfiles;
    unsigned noperands;
    char *operand[]; /* NULL-terminated */
};

/* A table of options, the base of its values, and for each row its source, enum pp_option_level. */
struct pp_option_rows {
    const struct pp_option *rows;
    void *base;
    uint8_t *level;
};
enum { PP_OF_COMMAND, PP_OF_OPERAND, PP_OF_ALL, PP_TABLES }; /* in the order of look-up */

struct pp_later;

struct pp_parse {
    const struct pp_command *c;
    struct pp_common common;
    struct pp_option_rows table[PP_TABLES];
    char *operand; /* taken from metadata, unless the command line has one; NULL: none */
    struct pp_later *later, **later_end; /* options that may be the operand's: see pp_option_later() */
    bool at_site, held_only; /* the site's file is being read; only for its enforced options */
    struct pp_parsed *parsed;
};

/* A row found by name or letter, and its place. */
struct pp_option_hit {
    const struct pp_option *row;
    void *base;
    uint8_t *level;
    bool common;
    bool no; /* found as --no-NAME */
};

/* Looks up NAME of LEN bytes, also as no-NAME of a flag. False: unknown. */
bool pp_option_by_name(struct pp_parse *p, const char *name, size_t len, struct pp_option_hit *hit);
/*
 * Stores a value. WHERE names the option in messages: "--rate", "-r", "FILE:3: rate". TEXT NULL: a flag without a
 * value. 0, or -1 printed.
 */
int pp_option_assign(const struct pp_option_hit *hit, enum pp_option_level level, const char *text, const char *where);
/*
 * Keeps an unknown option that may be the operand's (an experiment's): those are known only after the whole line has
 * been read, as --plugin-dir may follow. NAME and WHERE are copied, TEXT is borrowed; NULL: no value. 0, or -1 printed.
 */
int pp_option_later(struct pp_parse *p, const char *name, size_t len, enum pp_option_level level, const char *text,
                    const char *where);
/* Gets the options of the first operand, and assigns the kept ones. 0, or -1 printed. */
int pp_option_operand(struct pp_parse *p);
void pp_option_forget(struct pp_parse *p);
/* Initializes T with ROWS (NULL: none), and their defaults at BASE. 0, or -1 printed. */
int pp_option_table(const struct pp_parse *p, struct pp_option_rows *t, const struct pp_option *rows, void *base);
/* Prints the hint after "unknown option": DASHES is "--" or "". */
void pp_option_hint(const struct pp_parse *p, const char *name, const char *dashes);
/*
 * Assigns VALUE of a file to KEY, whose row is HIT unless HIT is NULL (unknown). VALUE must live as long as the
 * operands. 0, or -1 printed.
 */
int pp_config_assign(struct pp_parse *p, const char *key, const struct pp_option_hit *hit, const char *value,
                     const char *where);
/* Reads a file of `key = value` lines, or the metadata of a run. 0, or -1 printed. */
int pp_config_read(struct pp_parse *p, const char *path);
/* Reads a run's metadata from TEXT, which is overwritten, and must live as long as the operands. 0, or -1 printed. */
int pp_config_read_json(struct pp_parse *p, const char *path, char *text);

/* Parses one value. STRINGS and ALL: appends it to the list. 0, or -1 printed. */
int pp_option_parse(const struct pp_option *o, void *settings, const char *text, const char *where);
/* True if the option has no default and no value, so that its storage is all zero. Never true for a flag. */
bool pp_option_unset(const struct pp_option *o, const void *settings);
static inline bool pp_option_is_list(const struct pp_option *o)
{
    return o->type == PP_OPTION_STRINGS || o->type == PP_OPTION_ALL;
}
/* Returns the address of the option's value in its settings. */
static inline void *pp_option_at(const struct pp_option *o, const void *settings)
{
    return (char *)settings + o->offset;
}

#endif
