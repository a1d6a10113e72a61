import * as vscode from 'vscode';
import type { DeploymentMode } from '../runtime/contracts/deploy-process.ts';
import type { EngineChoice } from '../runtime/contracts/launcher.ts';
import { type SettingKey, settings } from './manifest.ts';
import type { GroupBy } from './views/agent-groups.ts';

/** The type of every setting; the defaults are in package.json. */
interface SettingTypes {
  [settings.autoStart]: 'ask' | 'always' | 'never';
  [settings.replicas]: number;
  [settings.port]: number;
  [settings.dataFolder]: string;
  [settings.memoryOnly]: boolean;
  [settings.restart]: 'onCrash' | 'never';
  [settings.environmentFile]: string;
  [settings.nodeArguments]: string[];
  [settings.connectionUrl]: string;
  [settings.inferenceEngine]: EngineChoice;
  [settings.inferenceModelFile]: string;
  [settings.inferenceThreads]: number;
  [settings.askDeadlineSeconds]: number;
  [settings.askMaxTokens]: number;
  [settings.askTemperature]: number;
  [settings.askUseCache]: boolean;
  [settings.askRetriesWhenBusy]: number;
  [settings.askHistoryLimit]: number;
  [settings.capacityHeadroom]: number;
  [settings.pricesMaxAgeDays]: number;
  [settings.pricesUrl]: string;
  [settings.benchmarkRequests]: number;
  [settings.benchmarkWarmupSeconds]: number;
  [settings.benchmarkLoad]: 'open' | 'serial';
  [settings.benchmarkRate]: number;
  [settings.benchmarkHistoryLimit]: number;
  [settings.loadTestBaseUrl]: string;
  [settings.deployResourceGroup]: string;
  [settings.deployLocation]: string;
  [settings.deployMode]: DeploymentMode;
  [settings.deployConfirmAboveUsd]: number;
  [settings.deploySmokeTest]: boolean;
  [settings.agentsGroupBy]: GroupBy;
  [settings.statusBarEnabled]: boolean;
  [settings.codeLensEnabled]: boolean;
  [settings.logLevel]: 'info' | 'debug' | 'trace';
}

/** Settings that only a new start of the runtime applies. */
export const RESTART_SETTINGS: readonly SettingKey[] = [
  settings.replicas,
  settings.port,
  settings.dataFolder,
  settings.memoryOnly,
  settings.restart,
  settings.environmentFile,
  settings.nodeArguments,
  settings.inferenceEngine,
  settings.inferenceModelFile,
  settings.inferenceThreads,
  settings.logLevel,
];

/** @param folder path of the workspace folder, for settings that may differ by folder */
export function setting<K extends SettingKey>(key: K, folder?: string): SettingTypes[K] {
  const scope = folder === undefined ? undefined : vscode.Uri.file(folder);
  const value = vscode.workspace.getConfiguration('aos', scope).get<SettingTypes[K]>(key);
  if (value === undefined) throw new Error(`The setting aos.${key} has no default in package.json.`);
  return value;
}

/** Calls `listener` when one of the settings changes. */
export function onSettingChange(keys: readonly SettingKey[], listener: () => void): vscode.Disposable {
  return vscode.workspace.onDidChangeConfiguration((event) => {
    if (keys.some((key) => event.affectsConfiguration(`aos.${key}`))) listener();
  });
}
