/*
 * postgres.h
 *		The server's postgres.h, for a program: palloc is malloc with an exit.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef PORTARIUM_SHIM_POSTGRES_H
#define PORTARIUM_SHIM_POSTGRES_H

#include "postgres_fe.h"

#endif							/* PORTARIUM_SHIM_POSTGRES_H */
