/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * options.h: command-line options as a table. One row gives the parser, --help, --print-config, the keys of
 * --config, completion, and what the manual is compared with. Values land in the command's settings struct at the
 * row's offset; defaults are text, parsed as if typed. Main thread.
 */
#ifndef PP_OPTIONS_H
#define PP_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../abi/plugin.h"
#include "../base/addr.h"
#include "../base/buf.h"

enum pp_option_type {
    PP_OPTION_FLAG,    /* bool; --no-NAME unless the name begins with "no-": `--no-dedup` is a flag of its own */
    PP_OPTION_STRING,  /* const char *, points into argv or the config file's memory; NULL: not given */
    PP_OPTION_STRINGS, /* struct pp_strings: may be given several times */
    PP_OPTION_ALL,     /* the same; whatever says something, command line or files, all of it holds */
    PP_OPTION_UINT,    /* uint64_t within min..max */
    PP_OPTION_RATE,    /* uint64_t; k and M are decimal multiples; 0: no limit */
    PP_OPTION_NUMBER,  /* double within min..max */
    PP_OPTION_SECONDS, /* int64_t nanoseconds, from decimal seconds within min..max */
    PP_OPTION_RANGE,   /* struct pp_range: LO-HI within min..max, LO <= HI */
    PP_OPTION_SHARD,   /* struct pp_range: K/N, 1 <= K <= N, or 0-based as K < N is not: an error says so */
    PP_OPTION_WORD,    /* as STRING; an element of a path at an observatory: no blank or control character, not `*` */
    PP_OPTION_NUMBERS, /* struct pp_numbers: N[,N...], whole numbers within min..max, no two equal */
};

struct pp_strings {
    const char **v;
    unsigned n;
};

struct pp_range {
    uint32_t lo, hi;
};

struct pp_option {
    const char *name; /* without dashes; also the key in a config file */
    char letter;      /* 0: none */
    uint8_t type;     /* enum pp_option_type */
    uint16_t offset;  /* offsetof in the settings */
    const char *arg;  /* metavariable for help: "FILE"; NULL for flags */
    const char *def;  /* default as text; NULL: unset, zero */
    double min, max;  /* both 0: unchecked */
    const char *group; /* help's heading; NULL: as the row before */
    const char *what;  /* one line of help, lower case, no full stop */
};

/* Options that come with the first operand: an experiment's own. */
struct pp_more {
    const struct pp_option *options; /* ends with name == NULL; NULL: none */
    void *settings;
};

/* An option of which the site's file has the last word: see pp_command. */
struct pp_held {
    const char *name; /* NULL ends the table */
    uint16_t offset;  /* of a struct pp_strings in the settings, beside what the option itself comes to */
};

/* OPTION on the line, at another value than 0, says nothing without OTHER, or, PRESENT false, where OTHER is given. */
struct pp_need {
    const char *option, *other; /* NULL ends the table */
    bool present;
    const char *why;            /* a clause: "it is a share of what --locate asks" */
};

struct pp_command {
    const char *name;
    const char *summary;  /* one line */
    const char *operands; /* "EXPERIMENT", "CHAIN...", "[-- COMMAND [ARG...]]"; NULL: none */
    /* Ends with name == NULL; NULL: none. --help, -q, -v, --config, --print-config come with every command. */
    const struct pp_option *options;
    size_t settings_size;
    /*
     * Names, NULL at the end. OWN: where one run writes and what it shows: not taken from another's metadata. FREE:
     * what may change between the parts of one run. NULL: none.
     */
    const char *const *own, *const *free;
    /* OPERANDS: NULL-terminated, what was left. Returns the exit code. */
    int (*run)(void *settings, char **operands);
    /*
     * NULL: no operand brings options. Called once the whole line is read, as SETTINGS say where OPERAND is to be
     * found. 0, or -1 printed.
     */
    int (*more)(void *settings, const char *operand, struct pp_more *more);
    /* NULL: none. A config file that is read where the line has no --config and it is there; NULL: none here. */
    const char *(*site)(void);
    /*
     * What that file says of these is read in any case, and lands there: it holds whatever else is given. NULL: none.
     */
    const struct pp_held *held;
    const struct pp_need *needs; /* NULL: none */
    bool held_only; /* and nothing else of it is read: the file is another command's */
};

/*
 * Parses ARGV (argv[0] is the command's name) into SETTINGS (zeroed here). Options may stand before or after operands,
 * those that come with an operand behind it; "--" ends them. *OPERANDS: allocated array of borrowed strings. 0: go on;
 * 1: done, exit 0 (--help, --print-config); PP_OPTIONS_FAILED: that did not get out; -1: usage error, printed with the
 * cause and a hint (did you mean): exit 2.
 * Options in a --config file (`key = value` lines, # comments) come first, those on the line win.
 */
#define PP_OPTIONS_FAILED 2
int pp_options_parse(const struct pp_command *c, void *settings, int argc, char **argv, char ***operands);
/* Frees what parsing allocated. */
void pp_options_release(const struct pp_command *c, void *settings, char **operands);
/* --help's text, and the settings in the form that --config reads. */
void pp_options_help(const struct pp_command *c, const struct pp_more *more, struct pp_buf *out);
void pp_options_config(const struct pp_option *options, const void *settings, struct pp_buf *out);
/* The value of one option as text, as --print-config has it: for the metadata's config{}. */
void pp_options_value(const struct pp_option *o, const void *settings, struct pp_buf *out);

#endif
