/* SPDX-License-Identifier: BSD-2-Clause */
/* plugins.c: searches the directories of experiments, in order. */
#include "plugins.h"

#include "../base/suggest.h"
#include "../options/options.h"
#include "experiment.h"
#include "plugins_parts.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <sys/auxv.h>
#include <unistd.h>

#ifndef PP_PLUGIN_DIR
#define PP_PLUGIN_DIR "/usr/local/lib/pathprobe/plugins"
#endif

#define MAX_DIRS 2
#define MAX_PLUGINS 256

/* A static build names its experiments by -DPP_STATIC_PLUGINS='X(ecn) X(dscp)'. */
#ifdef PP_STATIC_PLUGINS
#define X(name) extern const struct pp_plugin pp_plugin_##name;
PP_STATIC_PLUGINS
#undef X
#endif

static const struct pp_plugin *const builtin[] = {
#ifdef PP_STATIC_PLUGINS
#define X(name) &pp_plugin_##name,
    PP_STATIC_PLUGINS
#undef X
#endif
    NULL,
};

struct places {
    char dir[MAX_DIRS][PATH_MAX];
    unsigned n;
    bool secure; /* AT_SECURE: more privileges than the calling user */
};

struct found {
    const struct pp_plugin *plugin[MAX_PLUGINS];
    unsigned n;
};

/* ---- directories --------------------------------------------------------------------------------- */

/*
 * True if DIR, or one of three directories above it, is the root of a source tree; an installed program has no plugin.h
 * near it.
 */
static bool in_tree(const char *dir)
{
    static const char *const up[] = {"", "/..", "/../..", "/../../.."};
    char probe[PATH_MAX + 64];

    for (size_t i = 0; i < sizeof up / sizeof up[0]; i++) {
        snprintf(probe, sizeof probe, "%s%s/core/abi/plugin.h", dir, up[i]);
        if (access(probe, R_OK) == 0)
            return true;
    }
    return false;
}

/* Gives the directory `plugins` next to the program, in a build tree. False: not in a build tree. */
static bool tree_dir(char dir[PATH_MAX])
{
    ssize_t n = readlink("/proc/self/exe", dir, PATH_MAX - 1);
    char *slash;

    if (n <= 0)
        return false;
    dir[n] = '\0';
    slash = strrchr(dir, '/');
    if (!slash || slash + sizeof "/plugins" > dir + PATH_MAX)
        return false;
    *slash = '\0';
    if (!in_tree(dir))
        return false;
    memcpy(slash, "/plugins", sizeof "/plugins");
    return true;
}

bool pp_plugin_in_tree(void)
{
    char dir[PATH_MAX];

    return getauxval(AT_SECURE) == 0 && tree_dir(dir);
}

static int places_init(struct places *p, const char *dir)
{
    p->n = 0;
    p->secure = getauxval(AT_SECURE) != 0;
    if (dir && p->secure) {
        pp_error("--plugin-dir is refused while the program has more privileges than its caller");
        return pp_hint("run it as root, without file capabilities, or under 'pathprobe lab --', where it has no extra "
                       "privileges");
    }
    if (dir) {
        if (access(dir, R_OK | X_OK) < 0)
            return pp_error_errno("cannot read plugin directory '%s'", dir);
        if (snprintf(p->dir[p->n++], PATH_MAX, "%s", dir) >= PATH_MAX)
            return pp_error("the name of the plugin directory is too long");
        return 0;
    }
    if (!p->secure && tree_dir(p->dir[p->n]))
        p->n++;
    snprintf(p->dir[p->n++], PATH_MAX, "%s", PP_PLUGIN_DIR);
    return 0;
}

void pp_plugin_hint_none(void)
{
    if (getauxval(AT_SECURE))
        pp_hint("there are no plugins in '%s': install the program with its plugins", PP_PLUGIN_DIR);
    else
        pp_hint("there are no plugins in '%s'; --plugin-dir names another directory", PP_PLUGIN_DIR);
}

/* Converts "ecn.so" to "ecn". */
static bool stem(const char *file, char name[NAME_MAX + 1])
{
    size_t len = strnlen(file, NAME_MAX);

    if (len <= 3 || strcmp(file + len - 3, ".so") != 0)
        return false;
    memcpy(name, file, len - 3);
    name[len - 3] = '\0';
    return true;
}

static const struct pp_plugin *load(const struct places *p, const char *path, char why[PP_WHY])
{
    if (p->secure && !pp_plugin_trusted(path, why))
        return NULL;
    return pp_plugin_load(path, why);
}

/* ---- one ----------------------------------------------------------------------------------------- */

/* Calls what() for each NAME.so, until it returns false. A missing directory counts as empty. */
static void each_file(const struct places *p, bool (*what)(void *arg, const char *dir, const char *name), void *arg)
{
    for (unsigned i = 0; i < p->n; i++) {
        DIR *d = opendir(p->dir[i]);
        const struct dirent *e;
        char name[NAME_MAX + 1];

        while (d && (e = readdir(d)))
            if (stem(e->d_name, name) && !what(arg, p->dir[i], name))
                break;
        if (d)
            closedir(d);
    }
}

struct names {
    char text[MAX_PLUGINS][32];
    const char *v[MAX_PLUGINS + 1];
    unsigned n;
};

static bool add_name(void *arg, const char *dir, const char *name)
{
    struct names *names = arg;

    (void)dir;
    if (names->n == MAX_PLUGINS)
        return false;
    snprintf(names->text[names->n], sizeof names->text[0], "%.31s", name);
    names->v[names->n] = names->text[names->n];
    names->v[++names->n] = NULL;
    return true;
}

static void unknown(const struct places *p, const char *name)
{
    struct names *names = calloc(1, sizeof *names);
    const char *near = NULL;

    pp_error("unknown experiment '%s'", name);
    if (names) {
        for (unsigned i = 0; builtin[i]; i++)
            add_name(names, NULL, builtin[i]->name);
        each_file(p, add_name, names);
        near = pp_did_you_mean(name, names->v);
    }
    if (near)
        pp_hint("did you mean %s?", near);
    else if (!names || names->n == 0)
        pp_plugin_hint_none();
    else
        pp_hint("'pathprobe plugins' lists them");
    free(names);
}

static const struct pp_plugin *find_builtin(const char *name)
{
    for (unsigned i = 0; builtin[i]; i++)
        if (strcmp(builtin[i]->name, name) == 0)
            return builtin[i];
    return NULL;
}

const struct pp_plugin *pp_plugin_find(const char *name, const char *dir)
{
    const struct pp_plugin *p = NULL;
    struct places *places = malloc(sizeof *places);
    char path[PATH_MAX + 80], why[PP_WHY];

    if (!places) {
        pp_error("out of memory");
        return NULL;
    }
    if (pp_experiment_is_file(name)) { /* data, not code: may be in any directory */
        p = pp_experiment_load(name);
        goto out;
    }
    if (places_init(places, dir) < 0)
        goto out;
    /* A name with a slash would be a path. */
    if (!pp_plugin_is_name(name)) {
        unknown(places, name);
        goto out;
    }
    p = find_builtin(name);
    if (p) {
        p = pp_plugin_ready(p, why);
        if (!p)
            pp_error("bad plugin '%s': %s", name, why);
        goto out;
    }
    for (unsigned i = 0; i < places->n; i++) {
        snprintf(path, sizeof path, "%s/%s.so", places->dir[i], name);
        if (access(path, F_OK) < 0)
            continue;
        p = load(places, path, why);
        if (!p)
            pp_error("bad plugin '%s': %s", path, why);
        goto out;
    }
    unknown(places, name);
out:
    free(places);
    return p;
}

/* ---- all ----------------------------------------------------------------------------------------- */

struct listing {
    const struct places *places;
    struct found *found;
};

static bool is_found(const struct found *f, const char *name)
{
    for (unsigned i = 0; i < f->n; i++)
        if (strcmp(f->plugin[i]->name, name) == 0)
            return true;
    return false;
}

static bool add_file(void *arg, const char *dir, const char *name)
{
    struct listing *l = arg;
    char path[PATH_MAX + NAME_MAX + 8], why[PP_WHY];
    const struct pp_plugin *p;

    snprintf(path, sizeof path, "%s/%s.so", dir, name);
    if (is_found(l->found, name)) {
        pp_verbose("'%s' is hidden by another '%s' that comes before it", path, name);
        return true;
    }
    if (l->found->n == MAX_PLUGINS) {
        pp_warn("more than %d plugins: '%s' and others are left out", MAX_PLUGINS, path);
        return false;
    }
    p = load(l->places, path, why);
    if (p)
        l->found->plugin[l->found->n++] = p;
    else
        pp_warn("bad plugin '%s' is left out: %s", path, why);
    return true;
}

static int by_name(const void *a, const void *b)
{
    return strcmp((*(const struct pp_plugin *const *)a)->name, (*(const struct pp_plugin *const *)b)->name);
}

const struct pp_plugin **pp_plugin_list(const char *dir)
{
    struct places *places = malloc(sizeof *places);
    struct found *found = calloc(1, sizeof *found);
    const struct pp_plugin **list = NULL;
    char why[PP_WHY];

    if (!places || !found) {
        pp_error("out of memory");
        goto out;
    }
    if (places_init(places, dir) < 0)
        goto out;
    for (unsigned i = 0; builtin[i] && found->n < MAX_PLUGINS; i++)
        if (!(found->plugin[found->n] = pp_plugin_ready(builtin[i], why)))
            pp_warn("bad plugin '%s' is left out: %s", builtin[i]->name, why);
        else
            found->n++;
    each_file(places, add_file, &(struct listing){places, found});
    list = calloc(found->n + 1, sizeof *list);
    if (!list) {
        pp_error("out of memory");
        goto out;
    }
    memcpy(list, found->plugin, found->n * sizeof *list);
    qsort(list, found->n, sizeof *list, by_name);
out:
    free(found);
    free(places);
    return list;
}
