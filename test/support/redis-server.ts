/** Runs a real Redis or Valkey server on a free port of this machine. Knows no test framework, because the bench uses it too. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { createClient } from '@redis/client';

/** A server that a test freezes, kills, fills and starts again. */
export class RedisServer {
	readonly port: number;
	readonly url: string;
	private readonly path: string;
	private readonly flags: readonly string[];
	private child: ChildProcess | undefined;

	constructor(path: string, folder: string, flags: readonly string[], port: number) {
		this.path = path;
		this.port = port;
		this.url = `redis://127.0.0.1:${port}`;
		const fixed = { bind: '127.0.0.1', dir: folder, save: '', appendonly: 'yes', 'maxmemory-policy': 'noeviction' };
		this.flags = [...Object.entries(fixed).flatMap(([name, value]) => [`--${name}`, value]), ...flags];
	}

	/** Starts the server, also again after it was killed: on the same port, with the data that it wrote to disk. */
	async start(): Promise<void> {
		const child = spawn(this.path, ['--port', String(this.port), ...this.flags], { stdio: ['ignore', 'pipe', 'pipe'] });
		this.child = child;
		let output = '';
		await new Promise<void>((resolve, reject) => {
			const read = (text: Buffer) => {
				output += text;
				if (output.includes('Ready to accept connections')) resolve();
			};
			child.stdout.on('data', read);
			child.stderr.on('data', read);
			child.once('error', reject);
			child.once('exit', () => reject(new Error(`${this.path} ended:\n${output}`)));
		});
	}

	/** Kills the server as a crash does. */
	async kill(): Promise<void> {
		const { child } = this;
		this.child = undefined;
		if (!child || child.exitCode !== null || child.signalCode !== null) return;
		const ended = once(child, 'exit');
		child.kill('SIGKILL');
		await ended;
	}

	/** Stops the server without ending it: it accepts connections, and answers nothing. */
	freeze(): void {
		this.child?.kill('SIGSTOP');
	}

	thaw(): void {
		this.child?.kill('SIGCONT');
	}

	/** Leaves no memory to write with: each write is refused with OOM. */
	async fill(): Promise<void> {
		await this.command('CONFIG', 'SET', 'maxmemory', '1');
	}

	/** Ends what {@link fill} began. */
	async unfill(): Promise<void> {
		await this.command('CONFIG', 'SET', 'maxmemory', '0');
	}

	/** Sends one command on a connection of its own. */
	async command(...args: string[]): Promise<unknown> {
		const client = createClient({ url: this.url, socket: { reconnectStrategy: false } });
		client.on('error', () => undefined);
		await client.connect();
		try {
			return await client.sendCommand(args);
		} finally {
			client.destroy();
		}
	}
}

/** Where a program is installed; undefined where it is not. */
export function pathOf(name: string): string | undefined {
	return (process.env.PATH ?? '')
		.split(delimiter)
		.map((folder) => join(folder, name))
		.find(isExecutable);
}

function isExecutable(path: string): boolean {
	try {
		accessSync(path, constants.X_OK);
		return true;
	} catch {
		return false;
	}
}
