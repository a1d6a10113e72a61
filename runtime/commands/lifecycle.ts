import path from 'node:path';
import { AosError } from '../core/errors.ts';
import { silentLogger } from '../core/logger.ts';
import { findInstance, listInstances } from '../launcher/instances.ts';
import { BlobManager, listContainers } from '../storage/blob-manager.ts';
import { storageAccess } from '../storage/connection.ts';
import { archiveOldData, type LifecyclePolicy } from '../storage/lifecycle.ts';
import { type AppliedChange, runLifecycle } from '../storage/run-lifecycle.ts';

export interface LifecycleOptions {
  /** The date that counts as now, e.g. `2026-05-01` (UTC) or a full ISO time. Default: now. */
  at?: string;
  dryRun?: boolean;
  json?: boolean;
  /** Of the running instances the one with this address, or with this data folder. */
  url?: string;
  data?: string;
}

interface Report {
  policy: string[];
  at: string;
  dry_run: boolean;
  /** The account's blob endpoint. */
  storage: string;
  checked: number;
  changes: ReturnType<typeof toView>[];
  /** Containers whose blobs have the policy's prefix in their own names, which Azure does not match. */
  not_matched: string[];
}

/**
 * `aos lifecycle run`: does to the blobs of the local cloud what Azure would, by the guide's policy (R32). The exit status
 * is 1 if a blob could not be changed.
 * @throws AosError AOS_BAD_REQUEST (a date), AOS_NOT_RUNNING (no storage), AOS_STORAGE
 */
export async function runLifecycleCommand(
  options: LifecycleOptions,
  env: Record<string, string | undefined> = process.env,
): Promise<void> {
  const report = await evaluate(options, env);
  process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : `${linesOf(report).join('\n')}\n`);
  if (report.changes.some(({ error }) => error !== undefined)) process.exitCode = 1;
}

async function evaluate(options: LifecycleOptions, env: Record<string, string | undefined>): Promise<Report> {
  const at = timeOf(options.at);
  const connection = await connectionOf(options, env);
  const { url } = storageAccess(connection, 'blob');
  const dryRun = options.dryRun ?? false;
  refuseSimulatedTime(options, url, dryRun);
  const policy: LifecyclePolicy = archiveOldData;
  const report: Report = {
    policy: policy.rules.map((rule) => rule.name),
    at: at.toISOString(),
    dry_run: dryRun,
    storage: url,
    checked: 0,
    changes: [],
    not_matched: [],
  };
  for (const container of await listContainers(connection)) {
    const blobManager = new BlobManager({ connection, container, logger: silentLogger });
    const { checked, changes } = await runLifecycle({ blobManager, policy, at, dryRun });
    report.checked += checked;
    report.changes.push(...changes.map(toView));
    if (checked === 0 && (await hasNameLike(blobManager, policy))) report.not_matched.push(container);
  }
  return report;
}

function timeOf(text: string | undefined): Date {
  const at = text === undefined ? new Date() : new Date(text);
  if (!Number.isNaN(at.getTime())) return at;
  throw new AosError('AOS_BAD_REQUEST', `--at ${text} is no date. Give one like 2026-05-01 or 2026-05-01T12:00:00Z.`);
}

async function connectionOf({ url, data }: LifecycleOptions, env: Record<string, string | undefined>): Promise<string> {
  if (url !== undefined || data !== undefined) {
    const folder = data === undefined ? undefined : path.resolve(data);
    const instance = (await listInstances()).find(
      ({ http, dataDir }) => (url === undefined || http === url) && (folder === undefined || dataDir === folder),
    );
    if (instance) return instance.storage;
    throw new AosError('AOS_NOT_RUNNING', `Nothing on this machine runs at ${url ?? folder}. Start it with: aos up`);
  }
  const connection = (await findInstance(process.cwd()))?.storage ?? env.AZURE_STORAGE_CONNECTION_STRING;
  if (connection) return connection;
  throw new AosError(
    'AOS_NOT_RUNNING',
    'No runtime is running on this machine. Start one with: aos up, or set AZURE_STORAGE_CONNECTION_STRING.',
  );
}

/** To bring an archived blob back takes hours and money: a date that is made up must not reach a real account. */
function refuseSimulatedTime({ at }: LifecycleOptions, url: string, dryRun: boolean): void {
  if (at === undefined || dryRun || new URL(url).protocol === 'http:') return;
  throw new AosError(
    'AOS_BAD_REQUEST',
    `--at would change blobs of ${url} before their time. Add --dry-run to see what would be done.`,
  );
}

async function hasNameLike(blobs: BlobManager, policy: LifecyclePolicy): Promise<boolean> {
  for (const prefix of policy.rules.flatMap(({ definition }) => definition.filters.prefixMatch ?? [])) {
    for await (const _blob of blobs.list({ prefix })) return true;
  }
  return false;
}

const toView = ({ ageDays, ...change }: AppliedChange) => ({ ...change, age_days: ageDays });

function linesOf({ policy, at, dry_run, storage, checked, changes, not_matched }: Report): string[] {
  const done = changes.filter((change) => change.done).length;
  const outcome = dry_run ? `${changes.length} would change` : `${done} of ${changes.length} due changes made`;
  return [
    `${policy.join(', ')} as of ${at} on ${storage}: ${checked} blobs checked, ${outcome}`,
    ...changes.map(
      ({ container, blob, from, to, age_days, error }) =>
        `  ${container}/${blob}  ${from ?? 'no tier'} → ${to ?? 'deleted'} · ${age_days} days old${error ? ` · failed: ${error}` : ''}`,
    ),
    ...not_matched.map(
      (container) =>
        `  Not matched: blobs in ${container}. A prefix of a lifecycle policy starts with the name of the container, in Azure too.`,
    ),
  ];
}
