/** Declares what features need that not every zone has. Sources: Cloudflare's documents on each feature of 2026. */

/** What a feature needs. */
export interface Requirement {
	/** Feature and verb, such as `Image variants need`. */
	readonly subject: string;
	/** What it needs, such as `Enterprise`. */
	readonly needs: string;
	/** Zone plans that include it; none where it is bought on its own. */
	readonly plans: readonly string[];
}

export const RESERVE_SUBSCRIPTION: Requirement = {
	subject: 'Cache Reserve needs',
	needs: 'a paid subscription of its own, on any plan',
	plans: [],
};

export const REGIONAL_PLANS: Requirement = {
	subject: 'Regional Tiered Cache needs',
	needs: 'Enterprise',
	plans: ['enterprise'],
};

export const VARIANTS_PLANS: Requirement = {
	subject: 'Image variants need',
	needs: 'Pro, Business or Enterprise',
	plans: ['pro', 'business', 'enterprise'],
};

export const ENVIRONMENTS_PLANS: Requirement = {
	subject: 'Environments need',
	needs: 'Enterprise with Version Management',
	plans: ['enterprise'],
};
