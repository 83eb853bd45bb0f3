/*
 * The SDKs of the npm registry read what was sent: {"secret", "requests": [[headers, body in base64]], "asyncapi"} on stdin,
 * an event's type a line out. The folder of node_modules is the argument.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

const load = createRequire(process.argv[2] + '/');
const { HTTP } = load('cloudevents');
const { Webhook } = load('standardwebhooks');
const { Parser } = load('@asyncapi/parser');

const given = JSON.parse(readFileSync(0, 'utf8'));
for (const [headers, base64] of given.requests) {
    const body = Buffer.from(base64, 'base64').toString('utf8');
    new Webhook(given.secret).verify(body, headers);
    for (const event of [HTTP.toEvent({ headers, body })].flat()) {
        if (!event.validate() || !event.tenantid || !event.correlationid || !/^[0-9]{20}$/.test(event.sequence))
            throw new Error(`not an event of ours: ${event}`);
        console.log(event.type);
    }
}
const { document, diagnostics } = await new Parser().parse(given.asyncapi);
const errors = diagnostics.filter((diagnostic) => diagnostic.severity === 0);
if (!document || errors.length > 0)
    throw new Error(`the AsyncAPI document: ${JSON.stringify(errors.slice(0, 5))}`);
