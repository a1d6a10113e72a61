import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { shippedPrices } from '../capacity/shipped-prices.ts';
import type { Plan, PlanInput } from '../contracts/capacity.ts';
import type { AosConfig } from '../contracts/config.ts';
import type { DeploymentChoice, DeploymentHost } from '../contracts/deployment.ts';
import { AosError, messageOf } from '../core/errors.ts';
import { chooseDeployment, planDeployment } from '../deployment/choice.ts';
import { azdFiles, type Files, templateFiles, workbookFiles } from '../deployment/files.ts';
import { readConfig } from '../server/config-source.ts';
import { readPrices } from './plan.ts';

/** What `aos deploy` and `aos export azd` take; what is not given follows from aos.json and the capacity plan. */
export interface DeployOptions {
  /** Prefix of all names. */
  name?: string;
  resourceGroup?: string;
  location?: string;
  host?: DeploymentHost;
  /** URL of a model endpoint, instead of LoRAX on a GPU. */
  endpoint?: string;
  /** False: the base model needs no token of the Hugging Face hub. */
  hubToken?: boolean;
  /** USD a month. */
  budget?: number;
  alertEmail?: string;
  /** `key=value`. */
  tag?: string[];
  /** JSON file with inputs of the capacity plan. */
  input?: string;
  /** JSON price list, as `aos plan --refresh` keeps it. Default: the one that ships. */
  prices?: string;
  json?: boolean;
}

export interface DeploymentPlan {
  config: AosConfig;
  plan: Plan;
  choice: DeploymentChoice;
}

/**
 * Reads the workspace and makes the plan and the choice of a deployment from what the command line says.
 * @throws AosError AOS_CONFIG_INVALID (aos.json), AOS_BAD_REQUEST (each bad option)
 */
export async function readDeployment(folder: string, options: DeployOptions): Promise<DeploymentPlan> {
  const config = await readConfig(folder);
  const prices = options.prices === undefined ? shippedPrices : await readPrices(options.prices);
  const plan = planDeployment(config, await readInput(options.input), prices);
  const { name, location, host, endpoint, hubToken, budget, alertEmail, resourceGroup } = options;
  const choice = chooseDeployment(config, plan.deployment, {
    ...(name !== undefined && { name }),
    ...(resourceGroup !== undefined && { resource_group: resourceGroup }),
    ...(location !== undefined && { location }),
    ...(host !== undefined && { host }),
    ...(endpoint !== undefined && { model: { kind: 'endpoint', url: endpoint } }),
    ...(endpoint === undefined && hubToken === false && { model: { kind: 'lorax', hub_token: false } }),
    ...(budget !== undefined && { budget: { monthly_usd: budget } }),
    ...(alertEmail !== undefined && { alert_email: alertEmail }),
    tags: tagsOf(options.tag ?? []),
  });
  return { config, plan, choice };
}

/** `aos deploy --template DIR`: the files to deploy with; nothing is asked of Azure. */
export async function deployTemplate(folder: string, out: string, options: DeployOptions): Promise<void> {
  const { config, choice } = await readDeployment(folder, options);
  await write(out, templateFiles(config, choice), options);
}

/** `aos export azd DIR` */
export async function exportAzd(folder: string, out: string, options: DeployOptions): Promise<void> {
  const { config, choice } = await readDeployment(folder, options);
  await write(out, azdFiles(config, choice), options);
}

/** `aos export workbook DIR` */
export async function exportWorkbook(out: string, options: { json?: boolean }): Promise<void> {
  await write(out, workbookFiles(), options);
}

async function write(folder: string, files: Files, { json }: { json?: boolean }): Promise<void> {
  const names = Object.keys(files);
  for (const name of names) {
    const file = path.join(folder, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, files[name]!);
  }
  const lines = names.map((name) => path.join(folder, name));
  process.stdout.write(json ? `${JSON.stringify({ folder, files: names })}\n` : `${lines.join('\n')}\n`);
}

/** The values are checked by the planner, which names every bad field. */
async function readInput(file: string | undefined): Promise<PlanInput> {
  if (file === undefined) return {};
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw new AosError('AOS_BAD_REQUEST', `The inputs ${file} cannot be read: ${messageOf(cause)}.`, { cause });
  }
}

function tagsOf(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const [, key, value] = /^([^=]+)=(.*)$/.exec(pair) ?? [];
      if (key === undefined || value === undefined) {
        throw new AosError('AOS_BAD_REQUEST', `The tag ${pair} is not of the form key=value.`);
      }
      return [key, value];
    }),
  );
}
