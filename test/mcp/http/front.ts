/** Starts the proxies of deploy/ on free ports: their files as they are shipped, with other names of ports and certificates. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { delimiter, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { temporaryFolder } from '../../support/files.js';
import { freePort } from '../../support/free-port.js';
import { CERTIFICATE, KEY } from '../../support/tls.js';

/** Debian keeps programs of servers where users who are not root do not look. */
const PATH = [process.env.PATH, '/usr/sbin'].join(delimiter);

/** A proxy of deploy/. */
export interface Front {
	readonly name: 'nginx' | 'Caddy';
	/** Whether it is installed here. */
	readonly isInstalled: boolean;
	/** Starts it in front of a port. Resolves with its own port on 127.0.0.1, which speaks TLS. It ends with the test. */
	start(upstreamPort: number): Promise<number>;
}

const isInstalled = (program: string) => spawnSync(program, ['-v'], { env: { PATH } }).error === undefined;

export const FRONTS: readonly Front[] = [
	{ name: 'nginx', isInstalled: isInstalled('nginx'), start: startNginx },
	{ name: 'Caddy', isInstalled: isInstalled('caddy'), start: startCaddy },
];

async function startNginx(upstreamPort: number): Promise<number> {
	const [folder, port] = [createFolder(), await freePort()];
	const site = edit('nginx.conf', [
		['127.0.0.1:8080;', `127.0.0.1:${upstreamPort};`],
		['listen 443 ssl', `listen 127.0.0.1:${port} ssl`],
		['/etc/ssl/mcp.example.com.crt', join(folder, 'certificate')],
		['/etc/ssl/mcp.example.com.key', join(folder, 'key')],
	]);
	const places = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((one) => `${one}_temp_path ${folder};`);
	// What Debian's own /etc/nginx/nginx.conf holds around a site.
	const main = [
		// Its workers give up the rights of root, and could not read the folder.
		...(process.getuid?.() === 0 ? ['user root;'] : []),
		`daemon off; pid ${join(folder, 'pid')}; error_log stderr;`,
		`events {} http { access_log off; ${places.join(' ')} include ${join(folder, 'site')}; }`,
	];
	writeFileSync(join(folder, 'site'), site);
	writeFileSync(join(folder, 'main'), main.join('\n'));
	return run('nginx', ['-e', 'stderr', '-p', folder, '-c', join(folder, 'main')], { PATH }, port);
}

async function startCaddy(upstreamPort: number): Promise<number> {
	const [folder, port] = [createFolder(), await freePort()];
	const site = edit('Caddyfile', [
		['127.0.0.1:8080 {', `127.0.0.1:${upstreamPort} {`],
		[
			'\nmcp.example.com {',
			`\nhttps://mcp.example.com:${port} {\n\ttls ${join(folder, 'certificate')} ${join(folder, 'key')}`,
		],
	]);
	const options = `{\n\tadmin off\n\tauto_https disable_redirects\n\tdefault_bind 127.0.0.1\n}\n`;
	writeFileSync(join(folder, 'Caddyfile'), options + site);
	const env = { PATH, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder };
	return run('caddy', ['run', '--config', join(folder, 'Caddyfile'), '--adapter', 'caddyfile'], env, port);
}

/** A file of deploy/ with other texts in place of its own, each of which stands there once. */
function edit(name: string, changes: readonly (readonly [from: string, to: string])[]): string {
	const text = readFileSync(new URL(`../../../deploy/${name}`, import.meta.url), 'utf8');
	return changes.reduce((edited, [from, to]) => {
		const [before = '', after, ...more] = edited.split(from);
		if (after === undefined || more.length > 0) throw new Error(`deploy/${name} must have ${from} once`);
		return before + to + after;
	}, text);
}

function createFolder(): string {
	const folder = join(temporaryFolder(), 'front');
	mkdirSync(folder);
	writeFileSync(join(folder, 'certificate'), CERTIFICATE);
	writeFileSync(join(folder, 'key'), KEY);
	return folder;
}

async function run(program: string, args: readonly string[], env: NodeJS.ProcessEnv, port: number): Promise<number> {
	const child = spawn(program, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
	onTestFinished(() => stop(child));
	let stderr = '';
	child.stderr.setEncoding('utf8').on('data', (text: string) => {
		stderr += text;
	});
	while (!(await accepts(port))) {
		if (child.exitCode !== null) throw new Error(`${program} ended: ${stderr}`);
		await new Promise((resolve) => setTimeout(resolve, 20));
	}
	return port;
}

async function stop(child: ChildProcess): Promise<void> {
	if (child.exitCode !== null || child.signalCode !== null) return;
	const ended = once(child, 'exit');
	child.kill('SIGTERM');
	await ended;
}

function accepts(port: number): Promise<boolean> {
	return new Promise((resolve) => {
		const socket = connect(port, '127.0.0.1');
		socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
		socket.once('connect', () => socket.destroy());
	});
}
