import path from 'node:path';
import * as vscode from 'vscode';
import { formatDay } from '../../runtime/contracts/figures.ts';
import { t } from '../l10n.ts';
import { commands, settings } from '../manifest.ts';
import { openDesk } from '../panels/capacity/capacity-desk.ts';
import { type ExportedPlan, toCsv, toJson, toMarkdown } from '../panels/capacity/capacity-export.ts';
import { openCapacity } from '../panels/capacity/capacity-panel.ts';
import { setting } from '../settings.ts';
import type { Studio } from '../studio.ts';
import { answered } from './register.ts';

/** Shows the planner; says once in a while that its prices are old. */
export async function showCapacity(studio: Studio): Promise<void> {
  const { prices, session } = await openDesk(studio);
  const { as_of } = prices.bookOf(session.region);
  const days = setting(settings.pricesMaxAgeDays);
  if (as_of !== null && (prices.ageInDays(session.region) ?? 0) > days) {
    studio.notifications.warn({
      cause: 'prices.old',
      message: t('Prices are from {0}, more than {1} days old.', formatDay(as_of), days),
      actions: {
        [t('Refresh')]: () => vscode.commands.executeCommand(commands.pricesRefresh),
        [t('Keep')]: () => undefined,
      },
    });
  }
  await openCapacity(studio);
}

export async function useBenchmark(studio: Studio): Promise<void> {
  await openCapacity(studio);
  await (await openDesk(studio)).useBenchmark();
}

const FORMATS: { label: string; extension: string; write(plan: ExportedPlan): string }[] = [
  { label: 'JSON', extension: 'json', write: toJson },
  { label: 'CSV', extension: 'csv', write: toCsv },
  { label: 'Markdown', extension: 'md', write: toMarkdown },
];

/** Asks for a format and a file, writes the plan that is shown, and opens it. */
export async function exportPlan(studio: Studio): Promise<void> {
  const { session, folder } = await openDesk(studio);
  const details = [t('The whole plan, for programs'), t('Inputs and needs, a row each'), t('A document for people')];
  const items = FORMATS.map((format, index) => ({ ...format, description: details[index]! }));
  const { extension, write, label } = answered(
    await vscode.window.showQuickPick(items, { title: t('Export the Plan as') }),
  );
  const target = answered(
    await vscode.window.showSaveDialog({
      title: t('Export the Plan'),
      filters: { [label]: [extension] },
      ...(folder ? { defaultUri: vscode.Uri.file(path.join(folder, `capacity-plan.${extension}`)) } : {}),
    }),
  );
  const text = write(session.whole(session.plans.edited.id));
  await vscode.workspace.fs.writeFile(target, new TextEncoder().encode(text));
  await vscode.window.showTextDocument(target);
}
