/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a range list is, as simple as it can be said: an array of ranges.
 */
#ifndef _MODEL_H
#define _MODEL_H

#include "shim.h"
#include <linux/range_list.h>

struct model {
	struct range_item *r;
	size_t nr;
	size_t max;
	u64 bytes;
};

/* The same calls as of a range list, and the same results but -ENOMEM. */
int model_append(struct model *m, const struct range_item *r);
int model_extend(struct model *m, const struct range_vec *vec, size_t n,
		 void *owner, u32 flags);
int model_splice(struct model *m, struct model *src);
int model_truncate(struct model *m, u64 pos);
int model_copy(struct model *m, const struct model *src, u64 pos, u64 len,
	       u32 clear);
void model_destroy(struct model *m);

/* The ranges of a slice, which lies within @m. */
struct model model_slice(const struct model *m, u64 pos, u64 len);

/* Everything that can be asked of @list must have the answer of @m. */
void model_check(const struct model *m, const struct range_list *list);
/* A slice read by a cursor; @max of range_next_vec(), 0: one by one. */
void model_check_slice(const struct model *m, const struct range_list *list,
		       u64 pos, u64 len, unsigned int max);
void model_check_pieces(const struct model *m, const struct range_list *list,
			u64 max_len, u64 boundary);
/* Only what an append changes. */
void model_check_last(const struct model *m, const struct range_list *list);

/* Bytes that the best division of the ranges into chunks takes. */
size_t density_ideal(const struct model *m);

void __attribute__((noreturn)) check_failed(const char *what, const char *file,
					    int line);

#define CHECK(x)	((x) ? (void)0 : check_failed(#x, __FILE__, __LINE__))

#endif
