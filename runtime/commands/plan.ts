import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { advise } from '../capacity/advisor/advise.ts';
import type { SourcePlace } from '../capacity/advisor/facts.ts';
import { planCapacity } from '../capacity/plan.ts';
import { planReport } from '../capacity/report.ts';
import { shippedPrices } from '../capacity/shipped-prices.ts';
import type { PlanInput } from '../contracts/capacity.ts';
import type { AosConfig } from '../contracts/config.ts';
import { environmentNames } from '../contracts/environment-names.ts';
import { AosError, messageOf } from '../core/errors.ts';
import { CONFIG_FILE, readConfig } from '../server/config-source.ts';
import { findHotspotPlaces } from '../storage/hotspot-source.ts';

export interface PlanCommandOptions {
  /** JSON file with what differs from the guide's example. Default: nothing does. */
  input?: string;
  json?: boolean;
}

/**
 * `aos plan`: capacity, cost and advice. The workspace of the folder, if there is one, is judged with the plan.
 * @param folder default: the current one
 * @throws AosError AOS_BAD_REQUEST (the input file, each bad field), AOS_CONFIG_INVALID (aos.json)
 */
export async function planCommand(options: PlanCommandOptions, folder = process.cwd()): Promise<void> {
  const input = options.input === undefined ? {} : await readInput(options.input);
  const plan = planCapacity(input, { prices: shippedPrices });
  const config = existsSync(path.join(folder, CONFIG_FILE)) ? await readConfig(folder) : undefined;
  const sources = config && (await handlersOf(config, folder));
  const checks = advise({
    ...{ plan, prices: shippedPrices, config, sources, now: new Date().toISOString() },
    hotspots: sources?.flatMap(hotspotsIn),
    exporter: [...environmentNames.otlpEndpoint, ...environmentNames.applicationInsights].some(
      (name) => process.env[name],
    ),
  });
  process.stdout.write(
    options.json ? `${JSON.stringify({ ...plan, checks })}\n` : `${planReport(plan, checks).join('\n')}\n`,
  );
}

/** The values are checked by `planCapacity`, which names every bad field. */
async function readInput(file: string): Promise<PlanInput> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw new AosError('AOS_BAD_REQUEST', `${file} cannot be read as JSON: ${messageOf(cause)}`, { cause });
  }
}

async function handlersOf({ agents }: AosConfig, folder: string): Promise<{ file: string; text: string }[]> {
  const files = new Set(
    agents.flatMap(({ handler }) => handler ?? []).filter((file) => existsSync(path.join(folder, file))),
  );
  return Promise.all([...files].map(async (file) => ({ file, text: await readFile(path.join(folder, file), 'utf8') })));
}

const hotspotsIn = ({ file, text }: { file: string; text: string }): SourcePlace[] =>
  findHotspotPlaces(text).map((place) => ({
    ...{ file, text: place.text },
    line: text.slice(0, place.offset).split('\n').length,
  }));
