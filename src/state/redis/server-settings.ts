/** Warns of settings of a Redis server under which it forgets what replicas rely on. */
import type { Log } from '../../base/log.js';

/** What `INFO` must say, and what to say to the operator where it says something else. */
const SETTINGS: readonly { readonly name: string; readonly good: string; readonly warning: string }[] = [
	{
		name: 'maxmemory_policy',
		good: 'noeviction',
		warning:
			'Redis drops keys when its memory is full, so a used code could be used again. Set maxmemory-policy noeviction.',
	},
	{
		name: 'aof_enabled',
		good: '1',
		warning:
			'Redis keeps no log of changes on disk, so its restart forgets used codes and unfinished work. Set appendonly yes.',
	},
	{
		name: 'cluster_enabled',
		good: '0',
		warning: 'Redis runs as a cluster, which is not supported: keys of other nodes are refused. Use a single primary.',
	},
];

/** Logs a warning for each setting of the server that loses data. A setting that it does not tell is no reason to warn. */
export function warnOfSettings(info: string, log: Log): void {
	for (const { name, good, warning } of SETTINGS) {
		const value = new RegExp(`^${name}:(\\S+)`, 'm').exec(info)?.[1];
		if (value !== undefined && value !== good) log('warn', warning, { [name]: value });
	}
}
