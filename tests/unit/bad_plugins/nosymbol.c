/* SPDX-License-Identifier: BSD-2-Clause */
/* nosymbol.c: a shared object that is no plugin. */
extern int pp_plugin_other;
__attribute__((visibility("default"))) int pp_plugin_other = 1;
