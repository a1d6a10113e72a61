/**
 * Two replicas at half of what they can do, for ten minutes (`--minutes N`): no event may be lost or overtaken, what waits
 * must not grow, and neither may memory. Prints a line every ten seconds, then the figures; ends with 1 if something is wrong.
 */
import { parseArgs } from 'node:util';
import { soak } from './soak.ts';

/** Memory may grow by this much: the collector's own ups and downs. */
const MAX_GROWTH = 0.15;

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' } } });
const minutes = Number(values.minutes);
if (!(minutes > 0)) throw new Error(`--minutes must be a number above 0, and is ${values.minutes}.`);

const result = await soak({ minutes, say: (line) => console.log(line) });
console.log(`sent       ${result.sent} events, ${result.perSecond.toFixed(0)}/s`);
console.log(`wrong      ${result.wrongs.length}`);
console.log(`drained in ${result.drainedMs.toFixed(0)} ms`);
console.log(
  `memory     ${Math.round(result.memoryBytes / 2 ** 20)} MiB, grown by ${(result.growth * 100).toFixed(1)} %`,
);
for (const wrong of result.wrongs.slice(0, 20)) console.log(`  ${wrong}`);
if (result.wrongs.length > 0) console.log(result.log);
process.exitCode = result.wrongs.length === 0 && result.growth <= MAX_GROWTH ? 0 : 1;
