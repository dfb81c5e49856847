/** The Kubernetes manifest is valid, gives no right that is not needed, and fits the product and its image. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClient } from '@redis/client';
import type { Deployment, StatefulSet } from 'kubernetes-models/apps/v1';
import type { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import type { PodDisruptionBudget } from 'kubernetes-models/policy/v1';
import type { Service } from 'kubernetes-models/v1';
import { describe, expect, onTestFinished, test } from 'vitest';
import { OPTION_LIST } from '../../src/config/options/index.js';
import { NAME, VERSION } from '../../src/version.js';
import { READ, startAsGiven } from '../mcp/http/serving.js';
import { temporaryFile } from '../support/files.js';
import { describeWithRedis } from '../support/redis.js';
import { ROOT } from './folder.js';
import { DOCKERFILE } from './image.js';
import { findFaults, type KubernetesObject, readManifest } from './manifest.js';

const text = readFileSync(join(ROOT, 'deploy/kubernetes.yaml'), 'utf8');
const objects = readManifest();

/** The object of a kind and a name. */
function find<Found extends { kind: string }>(kind: Found['kind'], name: string): Found {
	const found = objects.find((one) => one.kind === kind && one.metadata.name === name);
	if (!found) throw new Error(`no ${kind} ${name}`);
	return found as unknown as Found;
}

const deployment = find<Deployment>('Deployment', 'cf-cache-mcp');
const valkey = find<StatefulSet>('StatefulSet', 'valkey');

const podOf = (workload: Deployment | StatefulSet) => {
	const { metadata, spec } = workload.spec?.template ?? {};
	const [container] = spec?.containers ?? [];
	if (!spec || !container) throw new Error('no container');
	return { labels: metadata?.labels ?? {}, spec, container };
};

describe('deploy/kubernetes.yaml', () => {
	test.for(objects.map((one) => [`${one.kind} ${one.metadata.name}`, one] as const))(
		'has a valid %s, without a field that Kubernetes does not know',
		([, object]) => {
			expect(findFaults(object)).toEqual([]);
		},
	);

	test.for([
		[
			'a field that does not exist',
			(one: Deployment) => Object.assign(one.spec ?? {}, { replica: 3 }),
			'/spec/replica',
		],
		['a type that is wrong', (one: Deployment) => Object.assign(one.spec ?? {}, { replicas: '3' }), '/spec/replicas'],
		[
			'a field that is missing',
			(one: Deployment) => Object.assign(one.spec ?? {}, { selector: undefined }),
			'selector',
		],
	] as const)('with %s would be found', ([, spoil, found]) => {
		const spoilt = structuredClone(deployment);
		spoil(spoilt);
		expect(findFaults(spoilt as unknown as KubernetesObject).join()).toContain(found);
	});

	test('has everything in its own namespace, where pods with more rights are refused', () => {
		const namespaces = objects.filter(({ kind }) => kind !== 'Namespace').map(({ metadata }) => metadata.namespace);
		expect([...new Set(namespaces)]).toEqual([
			find<{ kind: string; metadata: { name: string } }>('Namespace', 'cf-cache-mcp').metadata.name,
		]);
		expect(text).toContain('pod-security.kubernetes.io/enforce: restricted');
	});

	test('selects pods by the labels that they have', () => {
		for (const [workload, service] of [
			[deployment, find<Service>('Service', 'cf-cache-mcp')],
			[valkey, find<Service>('Service', 'valkey')],
		] as const) {
			const { labels } = podOf(workload);
			expect(workload.spec?.selector?.matchLabels).toEqual(labels);
			expect(service.spec?.selector).toEqual(labels);
			const network = find<NetworkPolicy>('NetworkPolicy', service.metadata?.name ?? '');
			expect(network.spec?.podSelector?.matchLabels).toEqual(labels);
		}
		expect(find<PodDisruptionBudget>('PodDisruptionBudget', 'cf-cache-mcp').spec?.selector?.matchLabels).toEqual(
			podOf(deployment).labels,
		);
	});

	test('keeps secrets out, and tells how to make each that a container reads', () => {
		expect(objects.map(({ kind }) => kind)).not.toContain('Secret');
		const made = [...text.matchAll(/--from-(?:literal|file)=([\w.-]+)/g)].map(([, key]) => key);
		const items = podOf(deployment).spec.volumes?.flatMap(({ secret }) => secret?.items ?? []) ?? [];
		const read = [podOf(deployment), podOf(valkey)].flatMap(({ container }) =>
			(container.env ?? []).flatMap(({ valueFrom }) => valueFrom?.secretKeyRef?.key ?? []),
		);
		expect([...new Set([...read, ...items.map(({ key }) => key)])].sort()).toEqual([...made].sort());
	});

	test('tells in its comments what must be edited, and nothing else names an example', () => {
		const examples = text.split('\n').filter((line) => line.includes('example.com'));
		expect(examples).toHaveLength(2);
		expect(examples.filter((line) => !line.includes('# EDIT'))).toEqual([]);
	});
});

describe.each([
	['the server', deployment, 10_001],
	['Valkey', valkey, 999],
] as const)('a pod of %s', (_, workload, user) => {
	const { spec, container } = podOf(workload);

	test('runs without root, privileges, capabilities and a token of the cluster, on a root that is read-only', () => {
		expect(spec).toMatchObject({ automountServiceAccountToken: false });
		expect(spec.securityContext).toMatchObject({
			runAsNonRoot: true,
			runAsUser: user,
			seccompProfile: { type: 'RuntimeDefault' },
		});
		expect(container.securityContext).toEqual({
			allowPrivilegeEscalation: false,
			readOnlyRootFilesystem: true,
			capabilities: { drop: ['ALL'] },
		});
	});

	test('has a limit of memory, and asks for some of memory and CPU', () => {
		expect(container.resources).toMatchObject({
			requests: { cpu: expect.any(String), memory: expect.any(String) },
			limits: { memory: expect.any(String) },
		});
	});
});

describe('the pods of the server', () => {
	const { spec, container } = podOf(deployment);
	const portOf = (name: string) => container.ports?.find((port) => port.name === name)?.containerPort;

	test('are three, of which two stay while nodes are emptied, and none is missing while a version is rolled out', () => {
		expect(deployment.spec).toMatchObject({ replicas: 3, strategy: { rollingUpdate: { maxUnavailable: 0 } } });
		expect(find<PodDisruptionBudget>('PodDisruptionBudget', 'cf-cache-mcp').spec?.minAvailable).toBe(2);
	});

	test('run the image of this version as the user that it has', () => {
		expect(container.image).toMatch(new RegExp(`/${NAME}:${VERSION}$`));
		const [user] = DOCKERFILE.getInstructions().filter((one) => one.getKeyword() === 'USER');
		expect(user?.getArgumentsContent()).toBe(`${spec.securityContext?.runAsUser}:${spec.securityContext?.runAsGroup}`);
	});

	test('get ten seconds more than the 30 s in which the server stops', () => {
		expect(spec.terminationGracePeriodSeconds).toBe(40);
	});

	test('are probed at the port for operators, and leave the Service within 4 s of a drain', () => {
		expect(container.args?.join(' ')).toBe(`--http 0.0.0.0:${portOf('http')} --ops 0.0.0.0:${portOf('ops')}`);
		for (const [probe, path] of [
			[container.startupProbe, '/healthz'],
			[container.livenessProbe, '/healthz'],
			[container.readinessProbe, '/readyz'],
		] as const)
			expect(probe?.httpGet).toEqual({ path, port: 'ops' });
		const { periodSeconds = 10, timeoutSeconds = 1, failureThreshold = 3 } = container.readinessProbe ?? {};
		expect(periodSeconds * failureThreshold + timeoutSeconds).toBeLessThanOrEqual(4);
	});

	test('offer only the port of MCP in the Service, and that of metrics to Prometheus', () => {
		expect(find<Service>('Service', 'cf-cache-mcp').spec?.ports?.map(({ targetPort }) => targetPort)).toEqual(['http']);
		expect(deployment.spec?.template?.metadata?.annotations?.['prometheus.io/port']).toBe(String(portOf('ops')));
	});

	test('are given only variables that the server knows, and the ones that its other values are made of', () => {
		const known = OPTION_LIST.flatMap(([, { env }]) => env ?? []);
		const names = (container.env ?? []).map(({ name }) => name);
		const parts = (container.env ?? []).flatMap(({ value }) =>
			[...(value ?? '').matchAll(/\$\((\w+)\)/g)].map(([, name]) => name),
		);
		expect(names.filter((name) => !known.includes(name) && !parts.includes(name))).toEqual([]);
	});
});

const TOKEN = 'token-of-a-caller-0123456789-0123456789';
const POLICY = { principals: [{ name: 'ada', sha256: [createHash('sha256').update(TOKEN).digest('hex')] }] };

describeWithRedis('the command line of Valkey in the manifest', (startRedis) => {
	const { args = [] } = podOf(valkey).container;
	const flags = args.slice(args.indexOf('/data') + 1).map((word) => word.replace('$(VALKEY_PASSWORD)', 'secret-0123'));

	const connect = async (url: string) => {
		const client = createClient({ url, socket: { reconnectStrategy: false } });
		client.on('error', () => undefined);
		onTestFinished(() => client.destroy());
		return client.connect();
	};

	test('gives that user the rights that the README names, and no others', () => {
		const [, rights = ''] = /`(~cfc:\* &cfc:\*[^`]*)`/.exec(readFileSync(join(ROOT, 'README.md'), 'utf8')) ?? [];
		expect(flags.join(' ')).toContain(`--user cfc on >secret-0123 ${rights} --user default off`);
	});

	test('starts a server in which the user of the product runs scripts on its own keys and channels only', async () => {
		const { port } = await startRedis({ flags });
		const client = await connect(`redis://cfc:secret-0123@127.0.0.1:${port}`);
		const run = (...words: string[]) => client.sendCommand(words);
		expect(await run('EVAL', "return redis.call('SET', KEYS[1], 'x', 'PX', 1000)", '1', 'cfc:1:x')).toBe('OK');
		expect(await run('PUBLISH', 'cfc:1:cancel', 'x')).toBe(0);
		expect(await run('INFO', 'memory')).toContain('maxmemory_policy:noeviction');
		await expect(run('SET', 'other', 'x')).rejects.toThrow('NOPERM');
		await expect(run('PUBLISH', 'other', 'x')).rejects.toThrow('NOPERM');
		for (const words of [['FLUSHALL'], ['CONFIG', 'GET', '*'], ['KEYS', '*'], ['ACL', 'LIST']])
			await expect(run(...words)).rejects.toThrow('NOPERM');
	});

	test('is what the container of the server reaches with its own flags and variables', async () => {
		const { port } = await startRedis({ flags });
		const { container } = podOf(deployment);
		const policy = temporaryFile('policy.json', JSON.stringify(POLICY));
		const values: Record<string, string> = {
			CF_CACHE_POLICY: policy,
			CLOUDFLARE_API_TOKEN: 'test-token-0123456789',
			CF_CACHE_CONFIRM_SECRET: 'secret-of-replicas-0123456789-0123456789',
			CF_CACHE_REDIS: `redis://cfc:secret-0123@127.0.0.1:${port}`,
		};
		const env = Object.fromEntries((container.env ?? []).map(({ name, value = '' }) => [name, values[name] ?? value]));
		const words = (container.args ?? []).map((word) => word.replace(/:\d+$/, ':0'));
		const { server, ops, post } = await startAsGiven(words, {
			...env,
			CF_CACHE_SANDBOX: 'true',
			CF_CACHE_LOG_FORMAT: 'json',
		});
		expect(await (await fetch(`${ops}/readyz`)).json()).toEqual({ status: 'ready', store: 'up' });
		const purge = { ...READ, params: { name: 'purge_cache', arguments: { zone: 'example.com', tags: ['blog'] } } };
		expect(await (await post(purge, { Authorization: `Bearer ${TOKEN}` })).text()).toContain('"status":"done"');
		await server.saw('stdout', '"principal":"ada"');
		expect(server.stderr()).not.toContain('"level":"warn"');
	});

	test('lets in neither a caller without a name nor one with a wrong password', async () => {
		const { port } = await startRedis({ flags });
		await expect(connect(`redis://127.0.0.1:${port}`)).rejects.toThrow('NOAUTH');
		await expect(connect(`redis://cfc:wrong@127.0.0.1:${port}`)).rejects.toThrow('WRONGPASS');
	});
});
