/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * options.h: command-line options as a table. One row defines the parser, --help, --print-config, the key of --config,
 * and completion; tests compare it with the manual. Values are stored in the command's settings struct at the row's
 * offset; defaults are text, parsed as user input is. Main thread.
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
    PP_OPTION_ALL,     /* struct pp_strings: values from the command line and all files accumulate */
    PP_OPTION_UINT,    /* uint64_t within min..max */
    PP_OPTION_RATE,    /* uint64_t; k and M are decimal multiples; 0: no limit */
    PP_OPTION_NUMBER,  /* double within min..max */
    PP_OPTION_SECONDS, /* int64_t nanoseconds, from decimal seconds within min..max */
    PP_OPTION_RANGE,   /* struct pp_range: LO-HI within min..max, LO <= HI */
    PP_OPTION_SHARD,   /* struct pp_range: K/N, 1 <= K <= N; 0-based K is an error with a hint */
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
    const char *name; /* without dashes; also the key in a --config file */
    char letter;      /* 0: none */
    uint8_t type;     /* enum pp_option_type */
    uint16_t offset;  /* offsetof in the settings */
    const char *arg;  /* metavariable for help: "FILE"; NULL for flags */
    const char *def;  /* default as text; NULL: unset, zero */
    double min, max;  /* both 0: unchecked */
    const char *group; /* heading in --help; NULL: as the row before */
    const char *what;  /* one line of help, lower case, no full stop */
};

/* Options added by the first operand: those of an experiment. */
struct pp_more {
    const struct pp_option *options; /* ends with name == NULL; NULL: none */
    void *settings;
};

/* An option that the site's configuration file enforces: see pp_command. */
struct pp_held {
    const char *name; /* NULL ends the table */
    uint16_t offset;  /* of a struct pp_strings in the settings, separate from the option's own value */
};

/*
 * PRESENT true: OPTION, given on the command line with a value other than 0, has no effect without OTHER; PRESENT
 * false: it contradicts OTHER.
 */
struct pp_need {
    const char *option, *other; /* NULL ends the table */
    bool present;
    const char *why;            /* a clause: "it is a share of what --locate asks" */
};

struct pp_command {
    const char *name;
    const char *summary;  /* one line */
    const char *operands; /* "EXPERIMENT", "CHAIN...", "[-- COMMAND [ARG...]]"; NULL: none */
    /* Ends with name == NULL; NULL: none. --help, -q, -v, --config, --print-config are added to every command. */
    const struct pp_option *options;
    size_t settings_size;
    /*
     * NULL-terminated names, or NULL. OWN: options about a run's output and display, not taken from another run's
     * metadata. FREE: options that may differ between the parts of one run.
     */
    const char *const *own, *const *free;
    /* Runs the command. OPERANDS: NULL-terminated operands. Returns the exit code. */
    int (*run)(void *settings, char **operands);
    /*
     * Returns the options that OPERAND adds; NULL: operands add none. Called after the whole line has been parsed, as
     * SETTINGS tell where OPERAND is found. 0, or -1 printed.
     */
    int (*more)(void *settings, const char *operand, struct pp_more *more);
    /*
     * Returns the path of the site's configuration file, which is read, if it exists, unless --config is given; NULL:
     * none.
     */
    const char *(*site)(void);
    /* Options that the site's file enforces: their values in it are read in any case, and stored apart. NULL: none. */
    const struct pp_held *held;
    const struct pp_need *needs; /* NULL: none */
    bool held_only; /* only `held` is read from the site's file, as that file is another command's */
};

/*
 * Parses ARGV (argv[0] is the command's name) into SETTINGS (zeroed here). Options may come before or after operands,
 * options added by an operand only after it; "--" ends the options. Options in a --config file (`key = value` lines, #
 * comments) are read first; those on the command line override them. *OPERANDS: an array of borrowed strings, freed by
 * pp_options_release. 0: run the command; 1: done, exit 0 (--help, --print-config); PP_OPTIONS_FAILED: their output
 * could not be written; -1: usage error, printed with the cause and a hint (did you mean): exit 2.
 */
#define PP_OPTIONS_FAILED 2
int pp_options_parse(const struct pp_command *c, void *settings, int argc, char **argv, char ***operands);
/* Frees the memory that parsing allocated. */
void pp_options_release(const struct pp_command *c, void *settings, char **operands);
/* Write --help's text, and the settings in the form that --config reads. */
void pp_options_help(const struct pp_command *c, const struct pp_more *more, struct pp_buf *out);
void pp_options_config(const struct pp_option *options, const void *settings, struct pp_buf *out);
/* Writes the value of one option as text, as --print-config does: for the metadata's config{}. */
void pp_options_value(const struct pp_option *o, const void *settings, struct pp_buf *out);

#endif
