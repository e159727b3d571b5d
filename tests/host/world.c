// SPDX-License-Identifier: GPL-2.0
#include "world.h"

#define RANGES_MAX	1500	/* of a list, so that programs stay fast */

void world_init(struct world *w)
{
	unsigned int i;

	*w = (struct world){ .window = 1ULL << 32 };
	for (i = 0; i < WORLD_LISTS; i++)
		range_list_init(&w->list[i]);
}

void world_check(const struct world *w)
{
	unsigned int i;

	for (i = 0; i < WORLD_LISTS; i++)
		model_check(&w->model[i], &w->list[i]);
}

/* The memory that is alive is what the lists say that they take. */
void world_destroy(struct world *w)
{
	struct range_usage usage;
	long bytes = 0;
	unsigned int i;

	for (i = 0; i < WORLD_LISTS; i++) {
		range_list_preload_end(&w->list[i]);
		range_list_usage(&w->list[i], &usage);
		bytes += usage.bytes - sizeof(w->list[i]);
	}
	CHECK(bytes == shim.bytes);
	for (i = 0; i < WORLD_LISTS; i++) {
		range_list_destroy(&w->list[i]);
		model_destroy(&w->model[i]);
	}
	world_check(w);
	CHECK(!shim.alive);
}

int op_engine(struct world *w, const struct op *op)
{
	struct range_list *list = &w->list[op->to], *src = &w->list[op->from];

	switch (op->type) {
	case OP_APPEND:
		return range_list_append(list, &op->r,
					 shim.atomic ? GFP_NOWAIT : GFP_KERNEL);
	case OP_EXTEND:
		return range_list_extend(list, op->vec, op->n, op->r.owner,
					 op->r.flags, GFP_KERNEL);
	case OP_SPLICE:
		return range_list_splice(list, src, GFP_KERNEL);
	case OP_TRUNCATE:
		return range_list_truncate(list, op->pos, GFP_KERNEL);
	case OP_COPY:
		return range_list_copy(list, src, op->pos, op->len, op->clear,
				       GFP_KERNEL);
	default:
		return range_list_preload(list, op->n, GFP_KERNEL);
	}
}

int op_model(struct world *w, const struct op *op)
{
	struct model *m = &w->model[op->to], *src = &w->model[op->from];

	switch (op->type) {
	case OP_APPEND:
		return model_append(m, &op->r);
	case OP_EXTEND:
		return model_extend(m, op->vec, op->n, op->r.owner,
				    op->r.flags);
	case OP_SPLICE:
		return model_splice(m, src);
	case OP_TRUNCATE:
		return model_truncate(m, op->pos);
	case OP_COPY:
		return model_copy(m, src, op->pos, op->len, op->clear);
	default:
		return 0;
	}
}

static void check_two(const struct world *w, const struct op *op)
{
	model_check(&w->model[op->to], &w->list[op->to]);
	if (op->from != op->to)
		model_check(&w->model[op->from], &w->list[op->from]);
}

/* The list has got some of the ranges; leave the others in @op. */
static void extended(struct world *w, struct op *op)
{
	struct model *m = &w->model[op->to];

	while (m->bytes != w->list[op->to].bytes) {
		CHECK(op->n);
		op->n--;
		CHECK(!model_extend(m, op->vec++, 1, op->r.owner, op->r.flags));
	}
}

int op_run(struct world *w, const struct op *what, bool faults)
{
	struct op copy = *what, *op = &copy;
	int err, expected, n = 0;

	for (;;) {
		shim.failed = false;
		shim.fail_in = faults ? ++n : 0;
		err = op_engine(w, op);
		shim.fail_in = 0;
		if (err != -ENOMEM)
			break;
		CHECK(shim.failed);
		if (op->type == OP_EXTEND)
			extended(w, op);
		check_two(w, op);
	}
	expected = op_model(w, op);
	if (err != expected)
		fprintf(stderr, "# call %d: %d, and the model says %d\n",
			op->type, err, expected);
	CHECK(err == expected);
	if (op->type == OP_APPEND)
		model_check_last(&w->model[op->to], &w->list[op->to]);
	else
		check_two(w, op);
	return err;
}

/* The next @n bytes of the program, and zeros behind its end. */
static u64 take(struct world *w, unsigned int n)
{
	u64 v = 0;

	for (; n; n--) {
		v <<= 8;
		if (w->left) {
			v |= *w->p++;
			w->left--;
		}
	}
	return v;
}

/* A number of any magnitude. */
static u64 take_any(struct world *w)
{
	u64 v = take(w, 8);

	return v >> (take(w, 1) & 63);
}

/* A position in @m, or one behind its end. */
static u64 take_pos(struct world *w, const struct model *m)
{
	unsigned int how = take(w, 1);
	u64 pos = 0;
	size_t i, n;

	if (how >= 250)
		return m->bytes + (how - 250);
	if (!m->nr)
		return 0;
	/* Near the border of a range, or somewhere in it. */
	n = take(w, 2) % m->nr;
	for (i = 0; i < n; i++)
		pos += m->r[i].len;
	if (how < 80)
		return pos;
	if (how < 120)
		return pos + 1;
	if (how < 140 && pos)
		return pos - 1;
	return pos + take_any(w) % m->r[n].len;
}

/* Lengths and distances in units that are a power of two. */
static struct range_item take_range(struct world *w, const struct model *m,
				    unsigned int shape)
{
	struct range_item r = { .owner = w->owner, .flags = w->flags };
	const struct range_item *last = m->nr ? &m->r[m->nr - 1] : &r;
	u64 v;

	switch (shape % 10) {
	case 0:		/* pages */
		r.addr = w->window + (take(w, 2) << 12);
		r.len = PAGE_SIZE;
		break;
	case 1:		/* folios */
		v = take(w, 1) % 10;
		r.addr = w->window + (take(w, 2) << (12 + v));
		r.len = PAGE_SIZE << v;
		break;
	case 2:		/* bytes */
		r.addr = w->window + take(w, 3);
		r.len = 1 + take(w, 2);
		break;
	case 3:		/* adjacent pages */
		r.addr = last->addr + last->len;
		r.len = PAGE_SIZE * (1 + take(w, 1) % 4);
		break;
	case 4:		/* adjacent, of any unit */
		v = take(w, 1);
		r.addr = last->addr + last->len;
		r.len = (1 + v % 8) << v / 8;
		break;
	case 5:		/* upward, with gaps */
		v = take(w, 2);
		r.addr = last->addr + last->len + ((v & 0xff) << 9);
		r.len = ((v >> 8) + 1) << 9;
		break;
	case 6:		/* downward */
		v = take(w, 2);
		r.len = ((v >> 8) + 1) << 12;
		r.addr = last->addr - r.len - ((v & 0xff) << 12);
		break;
	case 7:		/* huge */
		r.addr = take(w, 1) << 32;
		r.len = take(w, 2) << (take(w, 1) % 48);
		break;
	case 8:		/* at the end of the address space */
		v = take(w, 1) % 20;
		r.addr = -(take(w, 1) << v);
		r.len = (take(w, 1) % 8) << v;
		break;
	default:
		r.addr = take_any(w);
		r.len = take_any(w);
		break;
	}
	return r;
}

static void append_run(struct world *w, unsigned int to, unsigned int n,
		       bool faults)
{
	unsigned int shape = take(w, 1);
	struct op op = { .type = OP_APPEND, .to = to, .from = to };

	while (n-- && w->left && w->model[to].nr < RANGES_MAX) {
		op.r = take_range(w, &w->model[to], shape);
		op_run(w, &op, faults);
	}
	model_check(&w->model[to], &w->list[to]);
}

static void extend(struct world *w, unsigned int to, unsigned int n,
		   bool faults)
{
	unsigned int shape = take(w, 1);
	struct range_vec vec[64];
	struct op op = {
		.type = OP_EXTEND,
		.to = to,
		.from = to,
		.r = { .owner = w->owner, .flags = w->flags },
		.vec = vec,
	};
	struct model m = {};

	for (n %= 64; op.n < n && w->left; op.n++) {
		struct range_item r = take_range(w, &m, shape);

		vec[op.n] = (struct range_vec){ r.addr, r.len };
		model_append(&m, &r);
	}
	model_destroy(&m);
	if (w->model[to].nr < RANGES_MAX)
		op_run(w, &op, faults);
}

/* What is preloaded is enough for any ranges, in any context. */
static void preloaded_appends(struct world *w, unsigned int to, unsigned int n,
			      bool faults)
{
	struct op op = { .type = OP_PRELOAD, .to = to, .from = to, .n = n };
	unsigned int shape = take(w, 1), odd = take(w, 1);

	op_run(w, &op, faults);
	op.type = OP_APPEND;
	shim.atomic = true;
	while (n && w->left && w->model[to].nr < RANGES_MAX) {
		op.r = take_range(w, &w->model[to],
				  n % 16 == odd % 16 ? odd / 16 : shape);
		if (n % 32 == odd % 32)
			op.r.flags ^= 0x100;
		/* What is refused for its value was not appended. */
		if (op_run(w, &op, false) == 0)
			n--;
	}
	shim.atomic = false;
	model_check(&w->model[to], &w->list[to]);
	if (odd & 1)
		range_list_preload_end(&w->list[to]);
}

static void new_look(struct world *w)
{
	static const u32 flags[] = {
		0, RANGE_NO_MERGE, RANGE_MERGE_PAGES, 0x10, 0x20,
		RANGE_NO_MERGE | 0x10, RANGE_MERGE_PAGES | 0x20,
		RANGE_NO_MERGE | RANGE_MERGE_PAGES,
	};
	u64 v = take(w, 2);

	w->flags = flags[v & 7];
	w->owner = (char *)NULL + (v >> 3 & 3) * 64;
	if (v & 0x20)
		w->window = take_any(w);
}

static void step(struct world *w)
{
	unsigned int what = take(w, 1), which = take(w, 1), n;
	bool faults = what & 0x10;
	struct op op = {
		.to = which % WORLD_LISTS,
		.from = which / 4 % WORLD_LISTS,
	};
	struct model *m = &w->model[op.to], *src = &w->model[op.from];
	u64 v;

	/* Mostly short runs. */
	n = 1 + which / 16;
	if (n > 12)
		n = take(w, 1) + 1;
	shim.fail_optional = what & 0x20;

	switch (what & 0xf) {
	case 0 ... 3:
		append_run(w, op.to, n, faults);
		break;
	case 4:
		extend(w, op.to, n, faults);
		break;
	case 5:
		op.type = OP_SPLICE;
		if (m->nr + src->nr < RANGES_MAX || op.from == op.to)
			op_run(w, &op, faults);
		break;
	case 6:
		op.type = OP_TRUNCATE;
		op.pos = take_pos(w, m);
		op_run(w, &op, faults);
		break;
	case 7:
		op.type = OP_COPY;
		op.pos = take_pos(w, src);
		v = take_pos(w, src);
		op.len = v > op.pos ? v - op.pos : op.pos - v;
		/* All of a list is copied in another way. */
		if (what & 0x40) {
			op.pos = 0;
			op.len = src->bytes;
		}
		op.clear = n % 2 ? 0 : RANGE_NO_MERGE;
		if (m->nr + src->nr < RANGES_MAX || op.from == op.to)
			op_run(w, &op, faults);
		break;
	case 8:
		preloaded_appends(w, op.to, n, faults);
		break;
	case 9:
		op.pos = take_pos(w, m);
		v = take_pos(w, m);
		if (op.pos > v)
			swap(op.pos, v);
		if (v <= m->bytes)
			model_check_slice(m, &w->list[op.to], op.pos,
					  v - op.pos, faults ? n : 0);
		break;
	case 10:
		op.len = m->bytes / 500 + 1;	/* not millions of them */
		v = take_any(w) | op.len;
		model_check_pieces(m, &w->list[op.to],
				   max(take_any(w), op.len),
				   U64_MAX >> __builtin_clzll(v));
		break;
	case 11 ... 13:
		new_look(w);
		break;
	case 14:
		if (n % 2)
			range_list_preload_end(&w->list[op.to]);
		else
			range_list_shrink(&w->list[op.to]);
		break;
	default:
		if (n < 4) {
			range_list_destroy(&w->list[op.to]);
			model_destroy(m);
		}
		break;
	}
	shim.fail_optional = false;
}

void world_run(const u8 *program, size_t size)
{
	struct world w;

	world_init(&w);
	w.p = program;
	w.left = size;
	while (w.left)
		step(&w);
	world_check(&w);
	world_destroy(&w);
}
