/** The 30 operations: where each is, who may run it, what it does. */
import type { Route } from './call.js';
import { listEnvironments } from './environments.js';
import { purgeEnvironment, purgeZone } from './purge.js';
import { deleteMapping, listMappings, listRegions, putMapping, showMapping } from './regions.js';
import { deleteMappings, putMappings } from './regions-batch.js';
import { showClear, startClear, switchReserve } from './reserve.js';
import { deletionOf, readingOf, switchingOf } from './settings.js';
import { changeVariants } from './variants.js';
import { verifyToken } from './verification.js';
import { listZones, showZone } from './zone-list.js';

const READ = ['Zone Settings Read', 'Zone Settings Write', 'Zone Read', 'Zone Write'];
const WRITE = ['Zone Settings Write', 'Zone Write'];
const PURGE = ['Cache Purge'];
const VERSIONS = ['Zone Versioning Read', 'Zone Versioning Write'];
const SETTINGS_READ = ['Zone Settings Read', 'Zone Settings Write'];
const SETTINGS_WRITE = ['Zone Settings Write'];

const ZONE = '/zones/{zone_id}';
const REGIONS = `${ZONE}/origin/cloud_regions`;
const SMART = 'tiered_cache_smart_topology_enable';

/** Keyed by method and path. */
export const ROUTES: Record<string, Route> = {
	[`POST ${ZONE}/purge_cache`]: { permissions: PURGE, actOn: purgeZone },
	[`POST ${ZONE}/invalidate_cache`]: { permissions: PURGE, actOn: purgeZone },
	[`POST ${ZONE}/environments/{environment_id}/purge_cache`]: { permissions: PURGE, actOn: purgeEnvironment },
	[`POST ${ZONE}/environments/{environment_id}/invalidate_cache`]: { permissions: PURGE, actOn: purgeEnvironment },

	[`GET ${ZONE}/cache/cache_reserve`]: { permissions: READ, actOn: readingOf('cache_reserve') },
	[`PATCH ${ZONE}/cache/cache_reserve`]: { permissions: WRITE, actOn: switchReserve },
	[`GET ${ZONE}/cache/cache_reserve_clear`]: { permissions: READ, actOn: showClear },
	[`POST ${ZONE}/cache/cache_reserve_clear`]: { permissions: WRITE, actOn: startClear },

	[`GET ${ZONE}/cache/${SMART}`]: { permissions: READ, actOn: readingOf(SMART) },
	[`POST ${ZONE}/cache/${SMART}`]: { permissions: WRITE, actOn: switchingOf(SMART) },
	[`PATCH ${ZONE}/cache/${SMART}`]: { permissions: WRITE, actOn: switchingOf(SMART) },
	[`DELETE ${ZONE}/cache/${SMART}`]: { permissions: WRITE, actOn: deletionOf(SMART) },

	[`GET ${ZONE}/cache/variants`]: { permissions: READ, actOn: readingOf('variants') },
	[`PATCH ${ZONE}/cache/variants`]: { permissions: WRITE, actOn: changeVariants },
	[`DELETE ${ZONE}/cache/variants`]: { permissions: WRITE, actOn: deletionOf('variants') },

	[`GET ${ZONE}/cache/regional_tiered_cache`]: { permissions: READ, actOn: readingOf('tc_regional') },
	[`PATCH ${ZONE}/cache/regional_tiered_cache`]: { permissions: WRITE, actOn: switchingOf('tc_regional') },

	[`GET ${REGIONS}`]: { permissions: SETTINGS_READ, actOn: listMappings },
	[`GET ${REGIONS}/supported_regions`]: { permissions: SETTINGS_READ, actOn: listRegions },
	[`PUT ${REGIONS}/batch`]: { permissions: SETTINGS_WRITE, actOn: putMappings },
	[`DELETE ${REGIONS}/batch`]: { permissions: SETTINGS_WRITE, actOn: deleteMappings },
	[`GET ${REGIONS}/{origin_ip}`]: { permissions: SETTINGS_READ, actOn: showMapping },
	[`PUT ${REGIONS}/{origin_ip}`]: { permissions: SETTINGS_WRITE, actOn: putMapping },
	[`DELETE ${REGIONS}/{origin_ip}`]: { permissions: SETTINGS_WRITE, actOn: deleteMapping },

	'GET /zones': { permissions: ['Zone Read'], act: listZones },
	[`GET ${ZONE}`]: { permissions: [...READ, ...PURGE, ...VERSIONS], actOn: showZone },
	[`GET ${ZONE}/environments`]: { permissions: VERSIONS, actOn: listEnvironments },
	[`GET ${ZONE}/argo/tiered_caching`]: { permissions: SETTINGS_READ, actOn: readingOf('tiered_caching') },
	[`PATCH ${ZONE}/argo/tiered_caching`]: { permissions: SETTINGS_WRITE, actOn: switchingOf('tiered_caching') },
	'GET /user/tokens/verify': { act: verifyToken },
};
