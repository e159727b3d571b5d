/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A few lists, their models, and a language of bytes that works on both.
 */
#ifndef _WORLD_H
#define _WORLD_H

#include "model.h"

#define WORLD_LISTS	3

struct world {
	struct range_list list[WORLD_LISTS];
	struct model model[WORLD_LISTS];
	/* what the next ranges look like */
	u64 window;
	void *owner;
	u32 flags;
	/* the program */
	const u8 *p;
	size_t left;
};

enum op_type {
	OP_APPEND,
	OP_EXTEND,
	OP_SPLICE,
	OP_TRUNCATE,
	OP_COPY,
	OP_PRELOAD,
	OP_NR
};

/* One call; which of the members it uses is the business of its type. */
struct op {
	enum op_type type;
	unsigned int to, from;
	struct range_item r;		/* a range, or the attributes of all in @vec */
	const struct range_vec *vec;
	size_t n;
	u64 pos, len;
	u32 clear;
};

void world_init(struct world *w);
void world_check(const struct world *w);
void world_destroy(struct world *w);

int op_engine(struct world *w, const struct op *op);
int op_model(struct world *w, const struct op *op);

/*
 * Do @op with both and compare.  With @faults one allocation after the other
 * fails, until it is done in spite of that: a failure must change nothing, but
 * for what extend did before it.
 */
int op_run(struct world *w, const struct op *op, bool faults);

/* Run a program: any bytes are one. */
void world_run(const u8 *program, size_t size);

#endif
