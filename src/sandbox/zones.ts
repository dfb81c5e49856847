/** Builds the zones of a fresh sandbox. */
import type { PageRule, Rule } from './edge/rule.js';
import { CacheStore } from './edge/store.js';
import { type Environment, startEnvironments } from './environments.js';

/** Plan names as in `plan.legacy_id`. */
type PlanName = 'free' | 'pro' | 'business' | 'enterprise';

/** A stored zone setting. */
export interface Setting {
	value: unknown;
	modifiedOn: string | null;
}

/** An origin address and its cloud region. */
export interface Mapping {
	modified_on: string;
	origin_ip: string;
	region: string;
	vendor: string;
}

/** A zone with everything that the sandbox stores about it. */
export interface Zone {
	/** The answer to GET /zones/{zone_id}. */
	facts: ReturnType<typeof describeZone>;
	plan: PlanName;
	reserveSubscribed: boolean;
	settings: Map<string, Setting>;
	/** When development mode ends or ended, in milliseconds since 1970; absent when it was never on, or was turned off. */
	developmentModeEndsAt?: number;
	/** The last Cache Reserve clear; times in milliseconds since 1970. */
	reserveClear?: { startedAt: number; endsAt: number };
	/** By canonical address, in order of creation. */
	mappings: Map<string, Mapping>;
	environments: Environment[];
	/** Hosts of customers, in lower case (Cloudflare for SaaS). */
	customHostnames: readonly string[];
	/** By phase. A phase that was never used has none. */
	rulesets: Map<string, Rule[]>;
	/** The first that matches counts. */
	pageRules: PageRule[];
	/** Purges that were accepted, the newest first: when (milliseconds since 1970), and the body of the request. */
	purges: { at: number; request: unknown }[];
	/** What the edge stores. */
	cache: CacheStore;
}

const CREATED = '2014-01-01T05:20:00.12345Z';
const EXAMPLE_ACCOUNT = { id: '01a7362d577a6c3019a474fd6f485823', name: 'Example Account Name' };
const OTHER_ACCOUNT = { id: 'f2b7a3c14d5e60718293a4b5c6d7e8f9', name: 'Other Account Name' };

const PLANS: Record<PlanName, { id: string; name: string; price: number }> = {
	free: { id: '0feeeeeeeeeeeeeeeeeeeeeeeeeeeeee', name: 'Free Website', price: 0 },
	pro: { id: '1feeeeeeeeeeeeeeeeeeeeeeeeeeeeee', name: 'Pro Website', price: 20 },
	business: { id: '2feeeeeeeeeeeeeeeeeeeeeeeeeeeeee', name: 'Business Website', price: 200 },
	enterprise: { id: '3feeeeeeeeeeeeeeeeeeeeeeeeeeeeee', name: 'Enterprise Website', price: 0 },
};

/** Returns six new zones, so that no two sandboxes share state. */
export function startZones(): Zone[] {
	const flagship = startZone('023e105f4ecef8ad9ca31a8372d0c353', 'example.com', 'enterprise', EXAMPLE_ACCOUNT);
	flagship.reserveSubscribed = true;
	flagship.settings.set('tiered_caching', { value: 'on', modifiedOn: CREATED });
	flagship.environments = startEnvironments();
	flagship.customHostnames = ['shop.customer.example'];
	return [
		flagship,
		startZone('1b5e0d3c2f4a69788796a5b4c3d2e1f0', 'example.net', 'pro', EXAMPLE_ACCOUNT),
		startZone('2c6f1e4d305b7a8998a7b6c5d4e3f201', 'example.org', 'free', OTHER_ACCOUNT),
		startZone('3d702f5e416c8b9aa9b8c7d6e5f40312', 'twice.example', 'pro', EXAMPLE_ACCOUNT),
		startZone('4e81306f527d9cabbac9d8e7f6051423', 'twice.example', 'free', OTHER_ACCOUNT, 'pending'),
		startZone('5f924170638eadbcbdcae9f807162534', 'example.biz', 'business', EXAMPLE_ACCOUNT),
	];
}

function startZone(
	id: string,
	name: string,
	plan: PlanName,
	account: { id: string; name: string },
	status: 'active' | 'pending' = 'active',
): Zone {
	const facts = describeZone(id, name, plan, account, status);
	return {
		facts,
		plan,
		reserveSubscribed: false,
		settings: new Map(),
		mappings: new Map(),
		purges: [],
		environments: [],
		customHostnames: [],
		rulesets: new Map(),
		pageRules: [],
		cache: new CacheStore(),
	};
}

function describeZone(
	id: string,
	name: string,
	plan: PlanName,
	account: { id: string; name: string },
	status: 'active' | 'pending',
) {
	return {
		id,
		name,
		status,
		paused: false,
		type: 'full',
		development_mode: 0,
		name_servers: ['bob.ns.cloudflare.com', 'lola.ns.cloudflare.com'],
		original_name_servers: null,
		original_registrar: null,
		original_dnshost: null,
		created_on: CREATED,
		modified_on: CREATED,
		activated_on: status === 'active' ? '2014-01-02T00:01:00.12345Z' : null,
		owner: { id: account.id, type: 'organization', name: 'Example Org' },
		account,
		meta: { step: 2, custom_certificate_quota: 0, page_rule_quota: 3, phishing_detected: false },
		plan: {
			...PLANS[plan],
			currency: 'USD',
			frequency: plan === 'free' ? '' : 'monthly',
			is_subscribed: plan !== 'free',
			can_subscribe: false,
			legacy_id: plan,
			legacy_discount: false,
			externally_managed: plan === 'enterprise',
		},
	};
}
