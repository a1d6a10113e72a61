import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { advise } from '../capacity/advisor/advise.ts';
import { exportsTelemetry } from '../capacity/advisor/facts.ts';
import type { SourceFile } from '../capacity/advisor/handler-source.ts';
import { measuredFromBenchmark } from '../capacity/from-benchmark.ts';
import { planCapacity } from '../capacity/plan.ts';
import { bookFor } from '../capacity/price-book.ts';
import { refreshPrices } from '../capacity/refresh-prices.ts';
import { planReport } from '../capacity/report.ts';
import { shippedPrices } from '../capacity/shipped-prices.ts';
import { parsePlanInput } from '../capacity/values.ts';
import { benchmarkResultSchema } from '../contracts/benchmark.ts';
import type { Measured, PlanInput } from '../contracts/capacity.ts';
import type { AosConfig } from '../contracts/config.ts';
import { type PriceBook, priceBookSchema } from '../contracts/prices.ts';
import { AosError, messageOf } from '../core/errors.ts';
import { CONFIG_FILE, readConfig } from '../server/config-source.ts';

export interface PlanCommandOptions {
  /** JSON file with what differs from the guide's example. Default: nothing does. */
  input?: string;
  /** JSON file with a price list. Default: the one the product ships with. */
  prices?: string;
  /** Asks Azure for today's prices; `prices` is where they are kept then, and it need not be there yet. */
  refresh?: boolean;
  /** JSON file with the result of a benchmark on a real engine: its figures go before the defaults. */
  benchmark?: string;
  json?: boolean;
}

export interface PlanCommandParts {
  /** Default: the current folder. */
  folder?: string;
  /** Address of the price list. Default: Azure's own. */
  pricesUrl?: string;
  now?: Date;
}

/**
 * `aos plan`: capacity, cost and advice. The workspace of the folder, if there is one, is judged with the plan.
 * @throws AosError AOS_BAD_REQUEST (a file, each bad field, a simulated benchmark), AOS_PRICES (the list cannot be read),
 *   AOS_CONFIG_INVALID (aos.json)
 */
export async function planCommand(options: PlanCommandOptions, parts: PlanCommandParts = {}): Promise<void> {
  const { folder = process.cwd(), now = new Date() } = parts;
  const input = parsePlanInput(options.input === undefined ? {} : await readJson(options.input));
  const measured = options.benchmark === undefined ? undefined : await readMeasured(options.benchmark);
  const prices = await pricesFor(options, input, { ...parts, now });
  const plan = planCapacity(input, { prices, measured });
  const config = existsSync(path.join(folder, CONFIG_FILE)) ? await readConfig(folder) : undefined;
  const sources = config && (await handlersOf(config, folder));
  const checks = advise({
    ...{ plan, prices, config, sources, now: now.toISOString() },
    exporter: exportsTelemetry(process.env),
  });
  process.stdout.write(
    options.json ? `${JSON.stringify({ ...plan, checks })}\n` : `${planReport(plan, checks).join('\n')}\n`,
  );
}

/** What changed is said on stderr: stdout is the plan's. */
async function pricesFor(
  { prices: file, refresh = false }: PlanCommandOptions,
  { region }: PlanInput,
  { pricesUrl: url, now }: PlanCommandParts & { now: Date },
): Promise<PriceBook> {
  const kept = file !== undefined && (!refresh || existsSync(file)) ? await readPrices(file) : shippedPrices;
  if (!refresh) return kept;
  const { book, changed } = await refreshPrices({
    ...{ fetch, now, book: bookFor(region ?? kept.region, kept) },
    ...(url === undefined ? {} : { url }),
  });
  if (file !== undefined) await writeFile(file, `${JSON.stringify(book, undefined, 2)}\n`);
  process.stderr.write(
    `Prices of ${book.as_of}, ${book.region}: ${changed.length} of ${Object.keys(book.items).length} changed.\n`,
  );
  return book;
}

/** A price list as `aos plan --refresh` keeps it. @throws AosError AOS_BAD_REQUEST */
export async function readPrices(file: string): Promise<PriceBook> {
  const parsed = priceBookSchema.safeParse(await readJson(file));
  if (parsed.success) return parsed.data;
  throw new AosError('AOS_BAD_REQUEST', `${file} is no price list: ${z.prettifyError(parsed.error)}`);
}

async function readMeasured(file: string): Promise<Measured> {
  const parsed = benchmarkResultSchema.safeParse(await readJson(file));
  if (parsed.success) return measuredFromBenchmark(parsed.data);
  throw new AosError('AOS_BAD_REQUEST', `${file} is no benchmark result: ${z.prettifyError(parsed.error)}`);
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw new AosError('AOS_BAD_REQUEST', `${file} cannot be read as JSON: ${messageOf(cause)}`, { cause });
  }
}

async function handlersOf({ agents }: AosConfig, folder: string): Promise<SourceFile[]> {
  const files = new Set(
    agents.flatMap(({ handler }) => handler ?? []).filter((file) => existsSync(path.join(folder, file))),
  );
  return Promise.all([...files].map(async (file) => ({ file, text: await readFile(path.join(folder, file), 'utf8') })));
}
