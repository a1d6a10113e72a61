/**
 * `npm run bench [-- part …]`: measures, and prints every figure beside its peer of the same run, as the median of
 * interleaved rounds. Parts: activation, start, deploy, inference, cache-quality, capacity, generator, panel, agents, ask, messages, storage, memory.
 * The answers are simulated: the figures are those of AOS Studio around the model, never of a model.
 */
import os from 'node:os';
import path from 'node:path';
import { benchActivation } from './activation.ts';
import { benchAdapters } from './adapters.ts';
import { benchAgents } from './agents.ts';
import { benchAsk } from './ask.ts';
import { benchCacheQuality } from './cache-quality.ts';
import { benchCapacity } from './capacity.ts';
import { benchDeploy } from './deploy.ts';
import { benchWhatIf } from './deploy-what-if.ts';
import { benchGenerator } from './generator.ts';
import { benchInferenceCache } from './inference-cache.ts';
import { benchLlama } from './llama.ts';
import { benchMessages } from './messages.ts';
import { benchPanel } from './panel.ts';
import { benchProtection } from './protection.ts';
import { benchMemory, benchStart } from './start.ts';
import { benchStorage } from './storage.ts';
import { report } from './support/figures.ts';
import { ROOT, up } from './support/processes.ts';
import { benchWorkflow } from './workflow.ts';

const wanted = process.argv.slice(2);
const runs = (part: string) => wanted.length === 0 || wanted.includes(part);
const boardroom = path.join(ROOT, 'examples/boardroom');

console.log(
  `${os.cpus()[0]?.model ?? 'unknown processor'}, ${os.availableParallelism()} cores, load ${os.loadavg()[0]?.toFixed(2)}, Node ${process.version}, ${os.platform()} ${os.arch()}, ${new Date().toISOString()}`,
);
console.log('Engine: simulated. No figure below says anything about a model or a GPU.');

if (runs('activation')) report('Activation', await benchActivation());
if (runs('inference')) {
  report('Protection, per call', await benchProtection());
  report('Response cache, in process', await benchInferenceCache());
  report('Adapters', [...(await benchAdapters()), ...(await benchLlama())]);
}
if (runs('cache-quality')) report('Quality of the response cache', await benchCacheQuality());
if (runs('capacity')) report('Capacity planner', await benchCapacity());
if (runs('generator')) report('Load generator', await benchGenerator());
if (runs('panel')) report('Benchmark panel with ten minutes of live data', await benchPanel());
if (runs('start')) report('Start', await benchStart(boardroom));
if (runs('deploy')) report('Deploy', [...(await benchDeploy(boardroom)), ...(await benchWhatIf(boardroom))]);
if (runs('agents')) report('Agents', await benchAgents());
const needsSystem = ['agents', 'ask', 'messages', 'storage', 'memory'].some(runs);
if (!needsSystem) process.exit();
const system = await up(boardroom, ['--replicas', '2']);
try {
  if (runs('ask')) report('Ask', await benchAsk(system, system.ready.loraxKey));
  if (runs('messages')) report('Messages', await benchMessages(system));
  if (runs('agents')) report('Workflows', await benchWorkflow(system));
  if (runs('storage')) report('Storage', await benchStorage(system));
  if (runs('memory')) report('Memory after the above', benchMemory(system));
} finally {
  await system.stop();
}
