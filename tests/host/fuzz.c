// SPDX-License-Identifier: GPL-2.0
#include "world.h"

int LLVMFuzzerTestOneInput(const u8 *program, size_t size);

int LLVMFuzzerTestOneInput(const u8 *program, size_t size)
{
	world_run(program, size);
	return 0;
}
