/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * plugins.h: finds and loads experiments: built-in ones (static builds) first, then the shared objects of the plugin
 * directories: the experiment NAME is the file NAME.so. A bad plugin (wrong ABI, no symbol, inconsistent tables, a file
 * named differently from its experiment, which could give two plugins one name) is reported with its cause and skipped.
 * Loaded plugins are never closed, so pointers to them stay valid. Main thread; the structs are read-only, any thread.
 */
#ifndef PP_PLUGINS_H
#define PP_PLUGINS_H

#include "../options/options.h"

/*
 * Returns the plugin called NAME, from DIR if not NULL (--plugin-dir), else from the first of these directories that
 * has it: `plugins` next to the running program if that is in a build tree, then the compiled-in PP_PLUGIN_DIR. A NAME
 * of an experiment's JSON file (experiment.h) is read from that file. Under AT_SECURE DIR is refused and only the
 * compiled-in directory is searched, and the file and its parents must belong to root, be writable by root alone, and
 * be no symbolic links. NULL printed: unknown (did you mean), or it cannot be loaded.
 */
const struct pp_plugin *pp_plugin_find(const char *name, const char *dir);
/* True if the program runs in its build tree, whose plugins it uses. Never under AT_SECURE. */
bool pp_plugin_in_tree(void);
/*
 * Returns all plugins that can be loaded, sorted by name, NULL-terminated; the caller frees the array. Bad plugins are
 * skipped with a warning. NULL printed: DIR cannot be read, or no memory.
 */
const struct pp_plugin **pp_plugin_list(const char *dir);
/* Prints the hint for a search without any plugin; it depends on whether --plugin-dir is permitted. */
void pp_plugin_hint_none(void);

/* The options of an experiment as rows of an option table, and their values. */
struct pp_own {
    struct pp_option row[PP_MAX_OPTIONS + 1]; /* offsets are relative to this struct */
    struct pp_numbers value[PP_MAX_OPTIONS];
};
/* Fills in the rows; all values are zero. P is borrowed. */
void pp_own_init(struct pp_own *own, const struct pp_plugin *p);
/*
 * For pp_command.more: finds experiment NAME (DIR as for pp_plugin_find), and fills in OWN and MORE. 0, or -1 printed.
 */
int pp_own_find(const struct pp_plugin **experiment, struct pp_own *own, const char *name, const char *dir,
                struct pp_more *more);
/*
 * Returns a copy of P with the arms and conditions for OWN's values, which lives as long as the program; P itself if it
 * has no options. pp_plugin_find applies the defaults. NULL printed.
 */
const struct pp_plugin *pp_plugin_configure(const struct pp_plugin *p, const struct pp_own *own);

/*
 * Checks tables and limits; the engine checks whether the fields and chains exist. 0, or -1 printed; WHERE: the file.
 */
int pp_plugin_check(const struct pp_plugin *p, const char *where);

/* True if OUTER has all steps of INNER, at least one: OUTER changes packets as INNER does, and perhaps further. */
bool pp_arm_contains(const struct pp_arm *outer, const struct pp_arm *inner);
/* Writes one step as words: "SYN: +ECE +CWR". */
void pp_step_words(const struct pp_step *s, struct pp_buf *out);
/* Writes the names of a set of connect modes, in the order of enum pp_mode: "tcp http". */
void pp_mode_words(uint32_t modes, struct pp_buf *out);

#endif
