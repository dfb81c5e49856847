/** Finds the file that a run of install or uninstall is about. */
import { suggest } from '../../base/did-you-mean.js';
import { quote } from '../../base/sanitize.js';
import type { Config } from '../../config/config.js';
import { ConfigError } from '../../errors.js';
import { OPERATIONS } from '../../operations/index.js';
import { type Client, type Location, type Platform, pathsOf } from './client.js';
import { CLIENTS } from './clients.js';

/** A file of a client, and the entry in it that is meant. */
export interface Target {
	readonly client: Client;
	/** The name of the entry. */
	readonly name: string;
	/** The name of the client, or of the edition that the file belongs to. */
	readonly title: string;
	readonly file: string;
	/** What shows that the client is there. */
	readonly trace: string;
	/** Whether a team shares the file. It is there for every client then. */
	readonly isProject: boolean;
	readonly isPresent: boolean;
}

/** The files in question: those of editions that are here, the preferred one first, or else that of the usual edition. */
export type Targets = readonly [Target, ...Target[]];

/** Returns the files that the configuration means. Throws ConfigError where it names none. */
export function findTargets(config: Config, platform: Platform): Targets {
	const { command, entryName: name } = config;
	const client = findClient(command, config.client);
	checkLength(name);
	if (config.edition !== undefined && config.project)
		throw new ConfigError('--project and --edition exclude each other: every edition reads the file of a project');
	const isPresent = ({ file, trace }: Location) => platform.exists(trace) || platform.exists(file);
	if (config.project) return [findInProject(client, name, platform)];
	const targets = chooseEditions(client, config.edition, platform).map((location) => ({
		client,
		name,
		title: location.edition ?? client.title,
		file: location.file,
		trace: location.trace,
		isProject: false,
		isPresent: isPresent(location),
	}));
	const [first, ...others] = targets.filter((one) => one.isPresent);
	if (first) return [first, ...others];
	const usual = targets.find(({ title }) => title === (config.edition ?? client.title)) ?? targets[0];
	if (!usual) throw new Error(`${client.title} has no location`);
	return [usual];
}

/** Returns the locations of all editions, or of the one that is named. Throws ConfigError where there is no such edition. */
function chooseEditions(client: Client, edition: string | undefined, platform: Platform): readonly Location[] {
	const locations = client.locations(platform);
	if (edition === undefined) return locations;
	const titleOf = (location: Location) => location.edition ?? client.title;
	const named = locations.filter((one) => titleOf(one).toLowerCase() === edition.toLowerCase());
	if (named.length > 0) return named;
	const titles = locations.map(titleOf);
	const known = `known editions are ${titles.join(', ')}`;
	throw new ConfigError(
		`--edition: ${quote(edition, 80)} is not an edition of ${client.title}; ${known}.${suggest(edition, titles)}`,
	);
}

function findClient(command: string, name: string | undefined): Client {
	const names = Object.keys(CLIENTS);
	const known = `known clients are ${names.join(', ')}`;
	if (name === undefined) throw new ConfigError(`${command} needs the name of a client; ${known}`);
	if (!Object.hasOwn(CLIENTS, name))
		throw new ConfigError(`${command} does not know the client ${quote(name, 80)}; ${known}.${suggest(name, names)}`);
	return CLIENTS[name as keyof typeof CLIENTS];
}

/**
 * Characters that models accept in the name of a tool. Claude Code, which has the longest prefix, writes `mcp__NAME__TOOL`:
 * anthropics/claude-code#19882.
 */
const MAX_TOOL_NAME = 64;

function checkLength(name: string): void {
	const longest = Math.max(...OPERATIONS.map((operation) => operation.name.length));
	const most = MAX_TOOL_NAME - 'mcp____'.length - longest;
	if (name.length > most)
		throw new ConfigError(
			`--name must have at most ${most} characters, because clients put it before each tool's name`,
		);
}

function findInProject(client: Client, name: string, platform: Platform): Target {
	const { title, project } = client;
	if (!project) throw new ConfigError(`${title} reads no file of a project: leave --project out`);
	const file = pathsOf(platform).join(platform.cwd, ...project.path);
	return { client, name, title, file, trace: file, isProject: true, isPresent: true };
}
