/** Lists the operations: the path, the permissions and the handler of each. */
import { listAuditLog } from './audit-log.js';
import type { Route } from './call.js';
import { listCustomHostnames } from './custom-hostnames.js';
import { listEnvironments } from './environments.js';
import { queryAnalytics } from './graphql/analytics.js';
import { purgeEnvironmentHandler, purgeHandler } from './purge.js';
import { deleteMapping, listMappings, listRegions, putMapping, showMapping } from './regions.js';
import { deleteMappings, putMappings } from './regions-batch.js';
import { traceRequest } from './request-tracer.js';
import { showClear, startClear, switchReserve } from './reserve.js';
import { createPageRule, listPageRules, replaceEntrypoint, showEntrypoint } from './rulesets.js';
import { deleteHandler, readHandler, switchHandler } from './settings.js';
import { changeVariants } from './variants.js';
import { verifyToken } from './verification.js';
import { listZones, showZone } from './zone-list.js';
import { changeZoneSetting, showZoneSetting } from './zone-settings.js';

const READ = ['Zone Settings Read', 'Zone Settings Write', 'Zone Read', 'Zone Write'];
const WRITE = ['Zone Settings Write', 'Zone Write'];
const PURGE = ['Cache Purge'];
const VERSIONS = ['Zone Versioning Read', 'Zone Versioning Write'];
const CERTIFICATES = ['SSL and Certificates Read', 'SSL and Certificates Write'];
const SETTINGS_READ = ['Zone Settings Read', 'Zone Settings Write'];
const SETTINGS_WRITE = ['Zone Settings Write'];

const CACHE_RULES_READ = ['Cache Settings Read', 'Cache Settings Write'];
const CACHE_RULES_WRITE = ['Cache Settings Write'];
const PAGE_RULES_READ = ['Page Rules Read', 'Page Rules Write'];
const PAGE_RULES_WRITE = ['Page Rules Write'];
const TRACER = ['Allow Request Tracer Read'];

const ACCOUNT_READ = ['Account Settings Read', 'Account Settings Write'];

const ZONE = '/zones/{zone_id}';
const ENVIRONMENT = `${ZONE}/environments/{environment_id}`;
const ENTRYPOINT = `${ZONE}/rulesets/phases/{phase}/entrypoint`;
const REGIONS = `${ZONE}/origin/cloud_regions`;
const SMART = 'tiered_cache_smart_topology_enable';

/** Keyed by method and path. */
export const ROUTES: Record<string, Route> = {
	[`POST ${ZONE}/purge_cache`]: { permissions: PURGE, handleZone: purgeHandler('purge') },
	[`POST ${ZONE}/invalidate_cache`]: { permissions: PURGE, handleZone: purgeHandler('invalidate') },
	[`POST ${ENVIRONMENT}/purge_cache`]: { permissions: PURGE, handleZone: purgeEnvironmentHandler('purge') },
	[`POST ${ENVIRONMENT}/invalidate_cache`]: { permissions: PURGE, handleZone: purgeEnvironmentHandler('invalidate') },

	[`GET ${ZONE}/cache/cache_reserve`]: { permissions: READ, handleZone: readHandler('cache_reserve') },
	[`PATCH ${ZONE}/cache/cache_reserve`]: { permissions: WRITE, handleZone: switchReserve },
	[`GET ${ZONE}/cache/cache_reserve_clear`]: { permissions: READ, handleZone: showClear },
	[`POST ${ZONE}/cache/cache_reserve_clear`]: { permissions: WRITE, handleZone: startClear },

	[`GET ${ZONE}/cache/${SMART}`]: { permissions: READ, handleZone: readHandler(SMART) },
	[`POST ${ZONE}/cache/${SMART}`]: { permissions: WRITE, handleZone: switchHandler(SMART) },
	[`PATCH ${ZONE}/cache/${SMART}`]: { permissions: WRITE, handleZone: switchHandler(SMART) },
	[`DELETE ${ZONE}/cache/${SMART}`]: { permissions: WRITE, handleZone: deleteHandler(SMART) },

	[`GET ${ZONE}/cache/variants`]: { permissions: READ, handleZone: readHandler('variants') },
	[`PATCH ${ZONE}/cache/variants`]: { permissions: WRITE, handleZone: changeVariants },
	[`DELETE ${ZONE}/cache/variants`]: { permissions: WRITE, handleZone: deleteHandler('variants') },

	[`GET ${ZONE}/cache/regional_tiered_cache`]: { permissions: READ, handleZone: readHandler('tc_regional') },
	[`PATCH ${ZONE}/cache/regional_tiered_cache`]: { permissions: WRITE, handleZone: switchHandler('tc_regional') },

	[`GET ${REGIONS}`]: { permissions: SETTINGS_READ, handleZone: listMappings },
	[`GET ${REGIONS}/supported_regions`]: { permissions: SETTINGS_READ, handleZone: listRegions },
	[`PUT ${REGIONS}/batch`]: { permissions: SETTINGS_WRITE, handleZone: putMappings },
	[`DELETE ${REGIONS}/batch`]: { permissions: SETTINGS_WRITE, handleZone: deleteMappings },
	[`GET ${REGIONS}/{origin_ip}`]: { permissions: SETTINGS_READ, handleZone: showMapping },
	[`PUT ${REGIONS}/{origin_ip}`]: { permissions: SETTINGS_WRITE, handleZone: putMapping },
	[`DELETE ${REGIONS}/{origin_ip}`]: { permissions: SETTINGS_WRITE, handleZone: deleteMapping },

	'GET /zones': { permissions: ['Zone Read'], handle: listZones },
	[`GET ${ZONE}`]: { permissions: [...READ, ...PURGE, ...VERSIONS], handleZone: showZone },
	[`GET ${ZONE}/environments`]: { permissions: VERSIONS, handleZone: listEnvironments },
	[`GET ${ZONE}/custom_hostnames`]: { permissions: CERTIFICATES, handleZone: listCustomHostnames },
	[`GET ${ZONE}/argo/tiered_caching`]: { permissions: SETTINGS_READ, handleZone: readHandler('tiered_caching') },
	[`PATCH ${ZONE}/argo/tiered_caching`]: { permissions: SETTINGS_WRITE, handleZone: switchHandler('tiered_caching') },
	[`GET ${ZONE}/settings/{setting_id}`]: { permissions: SETTINGS_READ, handleZone: showZoneSetting },
	[`PATCH ${ZONE}/settings/{setting_id}`]: { permissions: SETTINGS_WRITE, handleZone: changeZoneSetting },
	[`GET ${ENTRYPOINT}`]: { permissions: CACHE_RULES_READ, handleZone: showEntrypoint },
	[`PUT ${ENTRYPOINT}`]: { permissions: CACHE_RULES_WRITE, handleZone: replaceEntrypoint },
	[`GET ${ZONE}/pagerules`]: { permissions: PAGE_RULES_READ, handleZone: listPageRules },
	[`POST ${ZONE}/pagerules`]: { permissions: PAGE_RULES_WRITE, handleZone: createPageRule },
	'POST /accounts/{account_id}/request-tracer/trace': { permissions: TRACER, handle: traceRequest },
	'GET /accounts/{account_id}/logs/audit': { permissions: ACCOUNT_READ, handle: listAuditLog },
	'POST /graphql': { handle: queryAnalytics },
	'GET /user/tokens/verify': { handle: verifyToken },
};
