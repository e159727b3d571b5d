/* SPDX-License-Identifier: GPL-2.0 */
#ifndef GIVEN_SCSI_FIRST_H
#define GIVEN_SCSI_FIRST_H

#include <scsi/scsi_cmnd.h>

struct x_cmd;

struct x_priv {
	struct x_cmd *cmd;
};

static inline struct x_priv *x_priv(struct scsi_cmnd *sc)
{
	return scsi_cmd_priv(sc);
}

struct x_cmd {
	struct scsi_cmnd *sc;
	struct device *dev;
};

#endif
