/** Lists all operations in listing order. */
import { analyticsOperations } from './analytics/analytics.js';
import { developmentModeOperations } from './development-mode.js';
import { inspectOperations } from './inspect/inspect.js';
import type { Operation } from './operation.js';
import { overviewOperations } from './overview/overview.js';
import { purgeOperations } from './purge.js';
import { regionsOperations } from './regions.js';
import { reserveOperations } from './reserve.js';
import { snapshotOperations } from './snapshot/snapshot.js';
import { tieredOperations } from './tiered.js';
import { variantsOperations } from './variants.js';
import { zoneOperations } from './zone.js';

export const OPERATIONS: readonly Operation[] = [
	...purgeOperations,
	...reserveOperations,
	...tieredOperations,
	...variantsOperations,
	...regionsOperations,
	...overviewOperations,
	...analyticsOperations,
	...inspectOperations,
	...zoneOperations,
	...developmentModeOperations,
	...snapshotOperations,
];
