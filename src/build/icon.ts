/** Draws the icon of the bundle: a cache as three stacked layers, of which the uppermost is being cleared. */
import { crc32, deflateSync } from 'node:zlib';

/** Width and height in pixels, as the directory of bundles recommends. */
const SIZE = 512;
/** Samples along each side of a pixel, for smooth edges. */
const SAMPLES = 3;

type Color = readonly [red: number, green: number, blue: number, alpha: number];

const CLEAR: Color = [0, 0, 0, 0];
const GROUND: Color = [24, 49, 83, 255];
const LAYER: Color = [255, 255, 255, 255];
const CLEARED: Color = [246, 150, 60, 255];

/** The layers from the bottom up, by the height of their middle. Coordinates run from 0 to 1, downwards. */
const LAYERS: readonly (readonly [middle: number, color: Color])[] = [
	[0.68, LAYER],
	[0.52, LAYER],
	[0.36, CLEARED],
];
/** Half of a layer's width and height, and the gap around it that shows the ground. */
const [HALF_WIDTH, HALF_HEIGHT, GAP] = [0.3, 0.15, 0.045];

/** Returns the icon as a PNG. */
export function drawIcon(): Buffer {
	// Each row begins with the number of its filter; 0 is none.
	const rows = Array.from({ length: SIZE }, (_, y) => {
		const pixels = Array.from({ length: SIZE }, (__, x) => pixelAt(x, y));
		return Buffer.from([0, ...pixels.flat()]);
	});
	const header = Buffer.alloc(13);
	header.writeUInt32BE(SIZE, 0);
	header.writeUInt32BE(SIZE, 4);
	// Eight bits a channel; red, green, blue and alpha.
	header.set([8, 6], 8);
	return Buffer.concat([
		Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
		chunk('IHDR', header),
		chunk('IDAT', deflateSync(Buffer.concat(rows), { level: 9 })),
		chunk('IEND', Buffer.alloc(0)),
	]);
}

/** Returns the mean color of a pixel's samples. Clear ones count by their alpha only. */
function pixelAt(x: number, y: number): number[] {
	const steps = Array.from({ length: SAMPLES }, (_, step) => (step + 0.5) / SAMPLES);
	const samples = steps.flatMap((dx) => steps.map((dy) => colorAt((x + dx) / SIZE, (y + dy) / SIZE)));
	const alpha = samples.reduce((sum, color) => sum + color[3], 0);
	if (alpha === 0) return [...CLEAR];
	const mean = ([0, 1, 2] as const).map((channel) =>
		Math.round(samples.reduce((sum, color) => sum + color[channel] * color[3], 0) / alpha),
	);
	return [...mean, Math.round(alpha / samples.length)];
}

function colorAt(x: number, y: number): Color {
	if (!isInGround(x, y)) return CLEAR;
	// The uppermost layer hides what is below it, and so does the gap around it.
	for (const [middle, color] of LAYERS.toReversed()) {
		const distance = Math.abs(x - 0.5) / HALF_WIDTH + Math.abs(y - middle) / HALF_HEIGHT;
		if (distance <= 1) return color;
		if (distance <= 1 + GAP / HALF_HEIGHT && y > middle) return GROUND;
	}
	return GROUND;
}

/** Whether a point is in the square with round corners. */
function isInGround(x: number, y: number): boolean {
	const radius = 0.22;
	const [right, down] = [x, y].map((at) => Math.max(Math.abs(at - 0.5) - (0.5 - radius), 0)) as [number, number];
	return Math.hypot(right, down) <= radius;
}

/** Returns a part of a PNG: length, type, content and checksum. */
function chunk(type: string, content: Buffer): Buffer {
	const body = Buffer.concat([Buffer.from(type, 'latin1'), content]);
	const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)];
	length.writeUInt32BE(content.length);
	checksum.writeUInt32BE(crc32(body));
	return Buffer.concat([length, body, checksum]);
}
