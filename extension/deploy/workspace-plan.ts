import path from 'node:path';
import * as vscode from 'vscode';
import { planCapacity } from '../../runtime/capacity/plan.ts';
import { emptyPriceBook } from '../../runtime/capacity/price-book.ts';
import { shippedPrices } from '../../runtime/capacity/shipped-prices.ts';
import type { AosConfig } from '../../runtime/contracts/config.ts';
import { formatIssue, parseConfig } from '../../runtime/contracts/config-file.ts';
import type { CostBasis, DeployTarget } from '../../runtime/contracts/deploy-panel.ts';
import type { Preview } from '../../runtime/contracts/deploy-process.ts';
import type { DeploymentChoice } from '../../runtime/contracts/deployment.ts';
import { chooseDeployment, planDeployment } from '../../runtime/deployment/choice.ts';
import { estimateCost } from '../../runtime/deployment/cost.ts';
import { t } from '../l10n.ts';
import { CONFIG_FILE } from '../manifest.ts';
import { readChosenPlan } from '../panels/capacity/chosen-plan.ts';
import { type DeployAnswers, draftOf } from './deploy-answers.ts';
import type { Memory } from './deployment-memory.ts';

/** aos.json as it is on disk, which is what the image carries. @throws Error if there is none, or one with errors */
export async function readWorkspaceConfig(folder: string): Promise<AosConfig> {
  const bytes = await vscode.workspace.fs.readFile(vscode.Uri.file(path.join(folder, CONFIG_FILE)));
  const parsed = parseConfig(new TextDecoder().decode(bytes));
  if (!parsed.ok) throw new Error(t('{0} Correct it before you deploy.', formatIssue(parsed.issues[0]!)));
  return parsed.config;
}

/** The choice that the answers make. @throws AosError that names every bad field */
export function choiceOf(config: AosConfig, answers: DeployAnswers, memory: Memory): DeploymentChoice {
  const chosen = answers.plan === 'chosen' ? readChosenPlan(memory) : undefined;
  const capacity = chosen?.capacity ?? planOf(config).deployment;
  return chooseDeployment(config, capacity, draftOf(answers));
}

/** How each resource of a preview is paid, by its id. */
export function basesOf({ choice }: DeployTarget, { changes }: Preview): Record<string, CostBasis> {
  const { resources } = estimateCost(changes, choice, planCapacity({}, { prices: emptyPriceBook(choice.location) }));
  return Object.fromEntries(changes.map(({ resource_id }, index) => [resource_id, resources[index]!.basis]));
}

/** How the resource group's name and the others' prefix are proposed. */
export function proposedName(config: AosConfig): string {
  return chooseDeployment(config, planOf(config).deployment).name;
}

function planOf(config: AosConfig) {
  return planDeployment(config, {}, shippedPrices);
}
