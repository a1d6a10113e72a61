import path from 'node:path';
import * as vscode from 'vscode';
import type { BenchmarkResult } from '../../../runtime/contracts/benchmark.ts';
import { answered } from '../../commands/register.ts';
import { t } from '../../l10n.ts';
import type { Studio } from '../../studio.ts';
import { benchmarkMarkdown, histogramCsv } from './result-document.ts';
import { testPlanOf } from './test-plan-text.ts';

interface ExportItem extends vscode.QuickPickItem {
  /** Ending of the file; undefined: the text goes to the clipboard. */
  file: string | undefined;
  text: string;
}

/** Asks what to export of a result, and where to. @throws Cancelled */
export async function exportResult(studio: Studio, result: BenchmarkResult, name: string): Promise<void> {
  const chosen = answered(
    await vscode.window.showQuickPick(itemsOf(studio, result), {
      title: t('Export {0}', name),
      placeHolder: t('Choose what to export'),
      matchOnDetail: true,
    }),
  );
  if (chosen.file === undefined) {
    await vscode.env.clipboard.writeText(chosen.text);
    return;
  }
  const folder = studio.folder.workspace.folder;
  const target = answered(
    await vscode.window.showSaveDialog({
      title: chosen.label,
      ...(folder ? { defaultUri: vscode.Uri.file(path.join(folder, chosen.file)) } : {}),
    }),
  );
  await vscode.workspace.fs.writeFile(target, new TextEncoder().encode(chosen.text));
  await vscode.window.showTextDocument(target);
}

function itemsOf(studio: Studio, result: BenchmarkResult): ExportItem[] {
  const name = `benchmark-${result.started_at.slice(0, 10)}`;
  const agentId = studio.live.agents.keys().next().value ?? 'ceo';
  const plan = testPlanOf(result, agentId);
  const report = result.measurements.find(({ guide_report }) => guide_report !== null)?.guide_report;
  return [
    {
      label: `$(json) ${t('Result as JSON')}`,
      detail: t('Figures, conditions, percentiles and histogram'),
      file: `${name}.json`,
      text: `${JSON.stringify(result, undefined, 2)}\n`,
    },
    {
      label: `$(table) ${t('Histogram as CSV')}`,
      detail: t('How many requests took how long; single requests are not kept'),
      file: `${name}.csv`,
      text: histogramCsv(result),
    },
    {
      label: `$(markdown) ${t('Report as Markdown')}`,
      detail: t('Verdicts, figures, conditions'),
      file: `${name}.md`,
      text: benchmarkMarkdown(result),
    },
    ...(report
      ? [
          {
            label: `$(copy) ${t("Copy the guide's text block")}`,
            detail: report.split('\n')[0],
            file: undefined,
            text: report,
          },
        ]
      : []),
    ...(plan
      ? [
          {
            label: '$(beaker) test-plan.yaml',
            detail: t('A like load for aos load or Azure Load Testing'),
            file: 'test-plan.yaml',
            text: plan,
          },
        ]
      : []),
  ];
}
