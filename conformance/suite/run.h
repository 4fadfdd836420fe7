/* Chooses, starts and judges assertions. Called by main.c; what it finds goes to report.h. */
#ifndef AISLE_SUITE_RUN_H
#define AISLE_SUITE_RUN_H

#include "conformance/suite/suite.h"

int run_all(const struct options *options);                   /* exit status */
int run_one(const struct options *options, const char *name); /* this process is the test: "COM-034@ckpt" */
int run_list(const struct options *options);
bool service_is_known(const char *service);                   /* the catalogue has assertions of it */

#endif
