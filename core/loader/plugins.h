/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * plugins.h: finds and loads experiments. Built-in ones (static builds) first, then the shared objects of the
 * plugin directories: the experiment NAME is the file NAME.so. A bad plugin (wrong ABI, no symbol, tables that
 * contradict themselves, a file that holds another name than its own, so that two could be of one name) is named
 * with its cause and left out; it never crashes us. Loaded plugins are never closed. Main thread.
 */
#ifndef PP_PLUGINS_H
#define PP_PLUGINS_H

#include "../options/options.h"

/*
 * The plugin called NAME, from DIR if not NULL (--plugin-dir), else: the directory `plugins` beside the running
 * program when that is a build tree, then the compiled-in PP_PLUGIN_DIR; the first that has it wins. Under
 * AT_SECURE only the compiled-in one, and only files and parents that are root's, writable by nobody else and no
 * symbolic links. NULL printed: unknown (did you mean), or why it cannot be loaded.
 */
const struct pp_plugin *pp_plugin_find(const char *name, const char *dir);
/* Whether the program runs where it was built, and so finds its plugins there. Never under AT_SECURE. */
bool pp_plugin_in_tree(void);
/*
 * All that can be loaded, sorted by name, NULL-terminated, to be freed. Bad ones are warned about. NULL printed:
 * DIR cannot be read.
 */
const struct pp_plugin **pp_plugin_list(const char *dir);
/* The hint for where none were found: what to do depends on whether --plugin-dir is obeyed. */
void pp_plugin_hint_none(void);

/* The options of an experiment's own as rows of a table, and their values. */
struct pp_own {
    struct pp_option row[PP_MAX_OPTIONS + 1]; /* offsets are from the beginning of this struct */
    struct pp_numbers value[PP_MAX_OPTIONS];
};
/* The rows; values are all zero. */
void pp_own_init(struct pp_own *own, const struct pp_plugin *p);
/* For pp_command.more: the experiment NAME of DIR (NULL: where they are), and its options in OWN. 0, or -1 printed. */
int pp_own_find(const struct pp_plugin **experiment, struct pp_own *own, const char *name, const char *dir,
                struct pp_more *more);
/*
 * P with the arms and conditions that follow from OWN's values; P itself if it has no options. What pp_plugin_find
 * gives has those of the defaults. NULL printed.
 */
const struct pp_plugin *pp_plugin_configure(const struct pp_plugin *p, const struct pp_own *own);

/*
 * Checks tables and limits. Whether the fields and chains exist is the engine's to say. 0, or -1 printed, WHERE
 * being the file.
 */
int pp_plugin_check(const struct pp_plugin *p, const char *where);

/* OUTER has all steps of INNER, which has any: what it does to packets is that, and more. */
bool pp_arm_contains(const struct pp_arm *outer, const struct pp_arm *inner);
/* One row of a treatment in words: "SYN: +ECE +CWR". */
void pp_step_words(const struct pp_step *s, struct pp_buf *out);
/* "tcp http": the names of a set of connect modes, in the order of enum pp_mode. */
void pp_mode_words(uint32_t modes, struct pp_buf *out);

#endif
