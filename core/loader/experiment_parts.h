/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * experiment_parts.h: declarations shared by the files of experiment.h: experiment.c (the file and its top),
 * experiment_keys.c (values by tables of keys), experiment_arms.c (arms and steps), experiment_when.c (conditions).
 * Private to them.
 */
#ifndef PP_EXPERIMENT_PARTS_H
#define PP_EXPERIMENT_PARTS_H

#include "experiment.h"
#include "sound.h"

#define PP_WHENS_MAX 1024
#define PP_WHEN_DEPTH 8

enum pp_when_op {
    PP_WHEN_ALL,
    PP_WHEN_ANY,
    PP_WHEN_NONE,
    PP_WHEN_EQUALS,
    PP_WHEN_DIFFERS,
    PP_WHEN_ABOVE,
    PP_WHEN_BELOW,
    PP_WHEN_SEEN,
    PP_WHEN_UNSEEN,
};

/* The compared value of an arm: index of a field in plugin->fields, or one of these. */
enum pp_when_source { PP_WHEN_OK = PP_MAX_FIELDS, PP_WHEN_HOW, PP_WHEN_HTTP, PP_WHEN_STATUS, PP_WHEN_VERDICT,
                      PP_WHEN_NUMBER };

/* A comparison, or a list of them: its children are contiguous from FIRST on. */
struct pp_when {
    uint8_t op;
    uint8_t arm, source;             /* of a comparison: its left side */
    uint8_t other_arm, other_source; /* right side; PP_WHEN_NUMBER: VALUE */
    uint16_t first, n;
    int64_t mask, value;
};

struct pp_judged {
    uint16_t when;   /* index in `when`; entry 0 is unused */
    uint8_t summed;  /* a comparison of verdicts, stated by sum_up */
    uint8_t doubt;
    uint8_t arm, source; /* of the condition's value */
    uint32_t arms;   /* bit set of arms named in it, all of which must take part */
};

struct pp_experiment {
    struct pp_plugin plugin; /* first member */
    size_t size;             /* bytes of the whole struct, a mapping of its own */
    struct pp_arm arm[PP_MAX_ARMS];
    struct pp_step step[PP_MAX_ARMS][PP_MAX_STEPS];
    struct pp_extension extension[PP_MAX_ARMS][PP_MAX_STEPS][PP_MAX_EXTENSIONS];
    const char *implies[PP_MAX_ARMS][PP_MAX_ARMS + 1];
    struct pp_condition condition[PP_MAX_CONDITIONS];
    struct pp_judged judged[PP_MAX_CONDITIONS];
    struct pp_loss loss[PP_MAX_CONDITIONS];
    const char *chain[PP_MAX_FIELDS + 1], *field[PP_MAX_FIELDS + 1];
    struct pp_when when[PP_WHENS_MAX];
    uint16_t nwhen;
    uint32_t implied_by[PP_MAX_ARMS]; /* bit set of the arms that imply this one */
    char sha256[65];
    const char *text;
    size_t used, room;
    char store[]; /* strings and bytes */
};

/* An experiment being read. */
struct pp_making {
    struct pp_json_text json;
    struct pp_experiment *e;
    struct pp_json_fault *fault;
    uint32_t arm_at[PP_MAX_ARMS], step_at[PP_MAX_ARMS][PP_MAX_STEPS], condition_at[PP_MAX_CONDITIONS];
    uint32_t loss_at[PP_MAX_CONDITIONS], at[8];
};

/* ---- experiment_keys.c ---- */

/* Sets the fault to the message and the hint, at AT. Returns -1. */
int pp_making_fail(struct pp_making *m, uint32_t at, const char *hint, const char *fmt, ...) PP_PRINTF(4, 5);
/*
 * Copies LEN bytes into memory that lives as long as the experiment. NULL: no room, which the text's maximum prevents.
 */
void *pp_making_keep(struct pp_making *m, const void *bytes, size_t len);

struct pp_word {
    const char *word;
    uint32_t value;
};

/* How a key's value is stored in a member of a struct. */
enum pp_as {
    PP_AS_NUMBER, /* MIN to MAX; SIZE bytes wide */
    PP_AS_TRUE,   /* true or false: 1 or 0 */
    PP_AS_TEXT,   /* const char *, MIN to MAX bytes */
    PP_AS_WORD,   /* one of WORDS */
    PP_AS_SET,    /* a list of WORDS, combined by OR; or a number up to MAX, if MAX is not 0 */
    PP_AS_BYTES,  /* const uint8_t * at OFFSET, its length (up to MAX) at LEN_OFFSET */
    PP_AS_CALL,   /* by CALL, with the struct as TARGET */
    PP_AS_NOTE,   /* a comment for people, ignored */
};

struct pp_key_row {
    const char *key;
    uint8_t as, size, len_size;
    uint16_t offset, len_offset;
    int64_t min, max;
    const struct pp_word *words; /* ends with a NULL word */
    int (*call)(struct pp_making *m, const struct pp_json_node *n, void *target);
};

#define PP_ROW_NOTE {.key = "note", .as = PP_AS_NOTE}
#define PP_ROW_END {.key = NULL}

/* Reads each member of N by its row in ROWS (ends with a NULL key); WHAT names the object in messages. 0, or -1. */
int pp_making_object(struct pp_making *m, const struct pp_json_node *n, const struct pp_key_row *rows, const char *what,
                     void *target);
/* Checks that N is a list of at most MAX elements; WHAT names them in the message: "17 arms". 0, or -1. */
int pp_making_list(struct pp_making *m, const struct pp_json_node *n, unsigned max, const char *what);
/* Read N into *OUT; a text lives as long as the experiment. 0, or -1 with the fault set. */
int pp_making_text(struct pp_making *m, const struct pp_json_node *n, size_t max, const char **out);
int pp_making_number(struct pp_making *m, const struct pp_json_node *n, int64_t min, int64_t max, int64_t *out);
int pp_making_word(struct pp_making *m, const struct pp_json_node *n, const struct pp_word *words, uint32_t *out);
/* Reads an array of names, at most MAX, into OUT, NULL-terminated. 0, or -1. */
int pp_making_names(struct pp_making *m, const struct pp_json_node *n, unsigned max, const char *what,
                    const char **out);

extern const struct pp_word pp_mode_list[];

/* ---- experiment_arms.c ---- */

int pp_making_arms(struct pp_making *m, const struct pp_json_node *n, void *target);

/* ---- experiment_when.c ---- */

int pp_making_conditions(struct pp_making *m, const struct pp_json_node *n, void *target);
void pp_experiment_conclude(const struct pp_round_view *round, struct pp_sink *sink);
void pp_experiment_sum_up(const struct pp_verdicts_view *verdicts, struct pp_sink *sink);

#endif
