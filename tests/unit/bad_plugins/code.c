/* SPDX-License-Identifier: BSD-2-Clause */
/* code.c: a plugin whose symbol is a function. */
extern void pp_plugin_export(void);
__attribute__((visibility("default"))) void pp_plugin_export(void)
{
}
