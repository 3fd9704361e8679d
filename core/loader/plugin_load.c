/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * plugin_load.c: loads one shared object, and validates its struct. The symbol's size in the ELF file bounds all reads,
 * so that a wrong `size` cannot lead past the object. Note that dlopen runs the object's constructors before any check:
 * --plugin-dir must only name trusted directories.
 */
#include "plugins_parts.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <link.h>
#include <sys/mman.h>
#include <sys/stat.h>

/* The smallest struct of ABI 1: it ends with conclude. */
#define SIZE_FIRST (offsetof(struct pp_plugin, conclude) + sizeof(((struct pp_plugin *)0)->conclude))

static bool one_trusted(const char *path, bool last, char why[PP_WHY])
{
    struct stat st;

    if (lstat(path, &st) < 0) {
        char text[128];
        return pp_plugin_why(why, "'%s': %s", path, strerror_r(errno, text, sizeof text));
    }
    if (last ? !S_ISREG(st.st_mode) : !S_ISDIR(st.st_mode))
        return pp_plugin_why(why, "'%s' is not a %s", path, last ? "regular file" : "directory");
    if (st.st_uid != 0 || (st.st_mode & (S_IWGRP | S_IWOTH)))
        return pp_plugin_why(why, "'%s' must be owned by root and writable by root alone: the program runs with "
                                  "privileges", path);
    return true;
}

bool pp_plugin_trusted(const char *path, char why[PP_WHY])
{
    char part[PATH_MAX];
    size_t len = strlen(path);

    if (path[0] != '/' || len >= sizeof part)
        return pp_plugin_why(why, "'%s' is not an absolute path", path);
    if (!one_trusted("/", false, why))
        return false;
    for (size_t i = 1; i <= len; i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        memcpy(part, path, i);
        part[i] = '\0';
        if (!one_trusted(part, i == len, why))
            return false;
    }
    return true;
}

/* Returns the symbol's size by the ELF file; 0: unknown, or the symbol is no data object. */
static size_t symbol_size(const void *symbol)
{
    Dl_info info;
    void *extra = NULL;
    const ElfW(Sym) *sym;

    if (!dladdr1(symbol, &info, &extra, RTLD_DL_SYMENT) || !extra || info.dli_saddr != symbol)
        return 0;
    sym = extra;
    return ELF64_ST_TYPE(sym->st_info) == STT_OBJECT ? sym->st_size : 0;
}

/*
 * Copies an older, smaller struct into a zeroed one of the current size. The copy has pages of its own, read-only, and
 * lives as long as the program, as the object does.
 */
static const struct pp_plugin *widen(const struct pp_plugin *p, char why[PP_WHY])
{
    void *page = mmap(NULL, sizeof *p, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (page == MAP_FAILED) {
        pp_plugin_why(why, "out of memory");
        return NULL;
    }
    memcpy(page, p, p->size);
    mprotect(page, sizeof *p, PROT_READ);
    return page;
}

static bool all_zero(const uint8_t *p, size_t n)
{
    while (n && !*p)
        p++, n--;
    return n == 0;
}

/* Validates the ABI number, then the size. Returns the struct, extended if it is older; NULL: WHY has the cause. */
static const struct pp_plugin *adopt(const void *symbol, char why[PP_WHY])
{
    const struct pp_plugin *p = symbol;
    size_t room = symbol_size(symbol);

    if (room < offsetof(struct pp_plugin, name))
        pp_plugin_why(why, "%s is not a struct pp_plugin", PP_PLUGIN_SYMBOL);
    else if (p->abi != PP_PLUGIN_ABI)
        pp_plugin_why(why, "it was built for plugin ABI %u, this program has ABI %d: build it again", p->abi,
                      PP_PLUGIN_ABI);
    else if (p->size < SIZE_FIRST || p->size > room)
        pp_plugin_why(why, "its member size says %u bytes, which is not a possible size", p->size);
    else if (p->size > sizeof *p && !all_zero((const uint8_t *)p + sizeof *p, p->size - sizeof *p))
        pp_plugin_why(why, "it uses members that only a newer pathprobe knows");
    else
        return p->size < sizeof *p ? widen(p, why) : p;
    return NULL;
}

/*
 * Checks that ecn.so contains `ecn`: so two files of a directory cannot contain the same experiment, and an experiment
 * is found without opening other files.
 */
static bool named_as_file(const struct pp_plugin *p, const char *path, char why[PP_WHY])
{
    const char *slash = strrchr(path, '/'), *file = slash ? slash + 1 : path;
    size_t len = strlen(p->name);

    if (strncmp(file, p->name, len) == 0 && strcmp(file + len, ".so") == 0)
        return true;
    return pp_plugin_why(why, "it contains the experiment '%s', so its file name has to be %s.so", p->name, p->name);
}

const struct pp_plugin *pp_plugin_load(const char *path, char why[PP_WHY])
{
    const struct pp_plugin *p;
    struct stat st;
    void *object, *symbol;

    /* Opening a FIFO would block, and dlopen searches the library path for a name without a slash. */
    if (!strchr(path, '/') || stat(path, &st) < 0 || !S_ISREG(st.st_mode)) {
        pp_plugin_why(why, "no such file");
        return NULL;
    }
    object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!object) {
        pp_plugin_why(why, "%s", dlerror());
        return NULL;
    }
    symbol = dlsym(object, PP_PLUGIN_SYMBOL);
    if (!symbol) {
        pp_plugin_why(why, "it does not export %s", PP_PLUGIN_SYMBOL);
        return NULL;
    }
    p = adopt(symbol, why);
    if (p)
        p = pp_plugin_ready(p, why);
    return p && named_as_file(p, path, why) ? p : NULL;
}
