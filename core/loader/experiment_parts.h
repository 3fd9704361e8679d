/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * experiment_parts.h: what the files behind experiment.h share: experiment.c (the file and its top), experiment_keys.c
 * (values by tables of keys), experiment_arms.c (arms and steps), experiment_when.c (conditions).
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

/* What of an arm is compared: a field of plugin->fields from 0 on, or one of these. */
enum pp_when_source { PP_WHEN_OK = PP_MAX_FIELDS, PP_WHEN_HOW, PP_WHEN_HTTP, PP_WHEN_STATUS, PP_WHEN_VERDICT,
                      PP_WHEN_NUMBER };

/* A comparison, or a list of such: its children stand side by side from FIRST on. */
struct pp_when {
    uint8_t op;
    uint8_t arm, source;             /* of a comparison */
    uint8_t other_arm, other_source; /* PP_WHEN_NUMBER: VALUE is compared with */
    uint16_t first, n;
    int64_t mask, value;
};

struct pp_judged {
    uint16_t when;   /* in `when`; its first one is no condition's */
    uint8_t summed;  /* over verdicts: sum_up states it */
    uint8_t doubt;
    uint8_t arm, source; /* of its value */
    uint32_t arms;   /* that it names: each has to take part */
};

struct pp_experiment {
    struct pp_plugin plugin; /* first member */
    size_t size;             /* of all of this, in pages of its own */
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
    uint32_t implied_by[PP_MAX_ARMS]; /* arms that speak for this one: a bit for each */
    char sha256[65];
    const char *text;
    size_t used, room;
    char store[]; /* of strings and bytes */
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

/* -1, with what is wrong at N and the way out in the fault. */
int pp_making_fail(struct pp_making *m, uint32_t at, const char *hint, const char *fmt, ...) PP_PRINTF(4, 5);
/* LEN bytes that live as long as the experiment, or NULL: no room, which cannot be as the text has its maximum. */
void *pp_making_keep(struct pp_making *m, const void *bytes, size_t len);

struct pp_word {
    const char *word;
    uint32_t value;
};

/* How a key's value is read into a member of a struct. */
enum pp_as {
    PP_AS_NUMBER, /* MIN to MAX; SIZE bytes wide */
    PP_AS_TRUE,   /* true or false: 1 or 0 */
    PP_AS_TEXT,   /* const char *, MIN to MAX bytes */
    PP_AS_WORD,   /* one of WORDS */
    PP_AS_SET,    /* a list of WORDS, or'ed; or a number up to MAX where that is not 0 */
    PP_AS_BYTES,  /* const uint8_t * at OFFSET, its length, up to MAX, at LEN_OFFSET */
    PP_AS_CALL,   /* by CALL, which gets the struct */
    PP_AS_NOTE,   /* text for people */
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

/* Each member of N by its row in ROWS, which end with a NULL key; WHAT names the object in messages. 0, or -1. */
int pp_making_object(struct pp_making *m, const struct pp_json_node *n, const struct pp_key_row *rows, const char *what,
                     void *target);
/* N is a list of at most MAX; what of it there is more is counted in WHAT: "17 arms". */
int pp_making_list(struct pp_making *m, const struct pp_json_node *n, unsigned max, const char *what);
int pp_making_text(struct pp_making *m, const struct pp_json_node *n, size_t max, const char **out);
int pp_making_number(struct pp_making *m, const struct pp_json_node *n, int64_t min, int64_t max, int64_t *out);
int pp_making_word(struct pp_making *m, const struct pp_json_node *n, const struct pp_word *words, uint32_t *out);
/* Names of an array, NULL-terminated, at most MAX. */
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
