/* SPDX-License-Identifier: GPL-2.0 */
#ifndef GIVEN_REQUEST_H
#define GIVEN_REQUEST_H

#include <linux/types.h>

struct x_request {
	int nr_src;
	int nr_dst;
};

#endif
