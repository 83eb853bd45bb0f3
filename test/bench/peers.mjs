/*
 * Peers from the npm registry: one phase of one of them, as its own client does it.
 *
 *   node peers.mjs FOLDER PEER PHASE COUNT      FOLDER: of node_modules; PHASE: prepare | start | work; PEER: a name of "peers" below
 *
 * The server is the one that PGHOST, PGPORT, PGUSER and PGDATABASE name. Jobs carry their number and do nothing. "start" makes COUNT of
 * them by as many concurrent calls as the benchmark has clients; "work" ends when all are done, each claimed and acknowledged as by default.
 * Says the seconds that the phase took, without connecting.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
import { createRequire } from 'node:module';

const [folder, peer, phase, number] = process.argv.slice(2);
const count = Number(number);
const require = createRequire(`${folder}/package.json`);
const { PGHOST: host, PGPORT: port, PGUSER: user, PGDATABASE: database } = process.env;
const CLIENTS = 8;
const WORKERS = 24;

/* "each" for every number below count, by so many at once. */
async function atOnce(workers, each) {
	let next = 0;
	const worker = async () => {
		while (next < count)
			await each(next++);
	};
	await Promise.all(Array.from({ length: workers }, worker));
}

async function timed(work) {
	const began = process.hrtime.bigint();
	await work();
	return Number(process.hrtime.bigint() - began) / 1e9;
}

async function graphile() {
	const { makeWorkerUtils, run } = require('graphile-worker');
	const { Pool } = require('pg');
	const pgPool = new Pool({ host, port, user, database, max: WORKERS });
	const logger = { error() {}, warn() {}, info() {}, debug() {}, scope() { return logger; } };
	const utils = await makeWorkerUtils({ pgPool, logger });
	let done = 0;
	const phases = {
		prepare: () => utils.migrate(),
		start: () => atOnce(CLIENTS, (id) => utils.addJob('noop', { id })),
		work: () => new Promise((resolve, reject) => {
			const noop = async () => {
				if (++done === count)
					resolve();
			};
			run({ pgPool, logger, concurrency: WORKERS, noHandleSignals: true, taskList: { noop } })
				.then((runner) => { stop = () => runner.stop(); }, reject);
		}),
	};
	let stop = async () => {};
	const seconds = await timed(phases[phase]);
	await stop();
	await utils.release();
	await pgPool.end();
	return seconds;
}

async function pgboss() {
	const { PgBoss } = require('pg-boss');
	const boss = new PgBoss({ host, port, user, database });
	boss.on('error', (error) => { throw error; });
	await boss.start();
	const phases = {
		prepare: () => boss.createQueue('bench'),
		start: () => atOnce(CLIENTS, (id) => boss.send('bench', { id })),
		work: () => atOnce(CLIENTS, async () => {
			const [job] = await boss.fetch('bench');
			await boss.complete('bench', job.id);
		}),
	};
	const seconds = await timed(phases[phase]);
	await boss.stop({ graceful: false });
	return seconds;
}

/* A workflow of one step; starting and running it is one phase, since whoever starts it runs it. */
async function dbos() {
	const { DBOS } = require('@dbos-inc/dbos-sdk');
	const { Pool } = require('pg');
	const systemDatabasePool = new Pool({ host, port, user, database, max: WORKERS });
	DBOS.setConfig({ name: 'bench', systemDatabasePool, systemDatabaseUrl: `postgresql://${user}@localhost/${database}`,
		logLevel: 'error', runAdminServer: false });
	const workflow = DBOS.registerWorkflow((id) => DBOS.runStep(async () => id, { name: 'step' }), { name: 'bench' });
	await DBOS.launch();
	const phases = {
		prepare: async () => {},
		start: async () => {},
		work: () => atOnce(WORKERS, async (id) => (await DBOS.startWorkflow(workflow)(id)).getResult()),
	};
	const seconds = await timed(phases[phase]);
	await DBOS.shutdown();
	return seconds;
}

const peers = { 'graphile-worker': graphile, 'pg-boss': pgboss, dbos };

console.log(await peers[peer]());
process.exit(0);
