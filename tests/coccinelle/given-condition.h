/* SPDX-License-Identifier: GPL-2.0 */
struct x_request {
	int nr_src;
};
