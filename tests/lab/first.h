/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * first.h: the method that verdicts once followed, kept as a reference: a likelihood ratio with one failure rate per
 * target, and one set of controls in random order with the first arms, also for arms that go last. Behind a box that
 * counts flows it has to miss the bar that the present method passes, or the bar proves nothing.
 */
#ifndef PP_TEST_FIRST_H
#define PP_TEST_FIRST_H

#include <stdint.h>

/*
 * Asks HOSTS hosts of the lab, behind a box that admits 3 new flows a minute from each source to each destination, as
 * that method asked with the arms of `tfo`. How often it called the arm broken that goes last and makes no difference.
 * -1: no lab, printed.
 */
int64_t first_method(uint64_t hosts, uint64_t seed, double alpha);

#endif
