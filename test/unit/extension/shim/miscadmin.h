/*
 * miscadmin.h
 *		A program has neither interrupts nor a limit of its own on the stack.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef PORTARIUM_SHIM_MISCADMIN_H
#define PORTARIUM_SHIM_MISCADMIN_H

#define CHECK_FOR_INTERRUPTS() ((void) 0)
#define check_stack_depth() ((void) 0)

#endif							/* PORTARIUM_SHIM_MISCADMIN_H */
