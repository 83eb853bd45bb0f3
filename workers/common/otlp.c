/*
 * otlp.c: the forms of OTLP by their names.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "common/otlp.h"

#include <string.h>

const OtlpForm *
otlp_form(const char *protocol)
{
	static const OtlpForm *const forms[] = {&otlp_protobuf, &otlp_json};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
	{
		if (strcmp(forms[i]->protocol, protocol) == 0)
			return forms[i];
	}
	return NULL;
}
