/* The services' main functions under names of their own: each services/NAME/main.c is compiled for
 * the model with -Dmain=NAME_main and with this header before it. SPDX-License-Identifier: MIT */
#ifndef BRIGADE_MODEL_MAINS_H
#define BRIGADE_MODEL_MAINS_H

int order_main(int argc, char **argv);
int consumer_main(int argc, char **argv);
int kitchen_main(int argc, char **argv);
int accounting_main(int argc, char **argv);
int notifier_main(int argc, char **argv);

#endif
