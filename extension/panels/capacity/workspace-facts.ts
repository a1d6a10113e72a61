import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { exportsTelemetry, type Facts } from '../../../runtime/capacity/advisor/facts.ts';
import type { AosConfig } from '../../../runtime/contracts/config.ts';
import { parseConfig } from '../../../runtime/contracts/config-file.ts';
import type { LogChannel } from '../../log-channel.ts';
import { CONFIG_FILE } from '../../manifest.ts';
import type { Studio } from '../../studio.ts';
import { launchVariables } from '../../supervisor/launch-environment.ts';

/**
 * aos.json as it stands in its editor, saved or not, the handlers it names, and whether its runtime would export telemetry.
 * A file with errors is not judged.
 */
export async function readWorkspaceFacts(
  { context, log }: Pick<Studio, 'context' | 'log'>,
  folder: string,
): Promise<Pick<Facts, 'config' | 'sources' | 'exporter'>> {
  const document = await vscode.workspace.openTextDocument(path.join(folder, CONFIG_FILE));
  const parsed = parseConfig(document.getText());
  if (!parsed.ok) return {};
  const variables = await launchVariables(context, folder).catch((error: unknown) => {
    log.error('capacity', 'The variables of the runtime could not be read; the advisor does not judge them.', error);
    return undefined;
  });
  return {
    config: parsed.config,
    sources: await handlersOf(parsed.config, folder, log),
    exporter: variables && exportsTelemetry({ ...process.env, ...variables }),
  };
}

async function handlersOf({ agents }: AosConfig, folder: string, log: LogChannel) {
  const files = [...new Set(agents.flatMap(({ handler }) => handler ?? []))];
  const texts = await Promise.all(
    files.map((file) =>
      readFile(path.join(folder, file), 'utf8').catch((error: unknown) => {
        log.error('capacity', `The handler ${file} could not be read; the advisor does not judge it.`, error);
        return undefined;
      }),
    ),
  );
  return files.flatMap((file, index) => (texts[index] === undefined ? [] : [{ file, text: texts[index] }]));
}
