/* SPDX-License-Identifier: GPL-2.0 */
#include <linux/types.h>

struct x_request {
	u32 addr[8];
	u32 len[8];
};
