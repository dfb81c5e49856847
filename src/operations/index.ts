/** All operations in listing order. */
import type { Operation } from './operation.js';
import { cacheOverview } from './overview.js';
import * as purge from './purge.js';
import * as regions from './regions.js';
import * as reserve from './reserve.js';
import * as tiered from './tiered.js';
import * as variants from './variants.js';
import { environmentsList, zonesList } from './zone.js';

export const OPERATIONS: readonly Operation[] = [
	purge.purgeCache,
	purge.purgeEverything,
	purge.purgeEnvironment,
	purge.purgeEnvironmentEverything,
	purge.invalidateCache,
	purge.invalidateEverything,
	reserve.cacheReserveGet,
	reserve.cacheReserveEdit,
	reserve.cacheReserveClearStatus,
	reserve.cacheReserveClear,
	tiered.smartTieredCacheGet,
	tiered.smartTieredCacheCreate,
	tiered.smartTieredCacheEdit,
	tiered.smartTieredCacheDelete,
	tiered.regionalTieredCacheGet,
	tiered.regionalTieredCacheEdit,
	tiered.tieredCacheGet,
	tiered.tieredCacheEdit,
	variants.variantsGet,
	variants.variantsEdit,
	variants.variantsDelete,
	regions.originCloudRegionsList,
	regions.originCloudRegionsGet,
	regions.originCloudRegionsUpdate,
	regions.originCloudRegionsDelete,
	regions.originCloudRegionsBulkUpdate,
	regions.originCloudRegionsBulkDelete,
	regions.originCloudRegionsSupported,
	cacheOverview,
	zonesList,
	environmentsList,
];
