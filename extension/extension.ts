import * as vscode from 'vscode';
import { registerCommands } from './commands/all.ts';
import { ConfigCodeLens } from './editor/config-code-lens.ts';
import { configCheck, hotspotCheck } from './editor/document-checks.ts';
import { DocumentDiagnostics } from './editor/document-diagnostics.ts';
import { TestPlanCodeLens } from './editor/test-plan-code-lens.ts';
import { setTranslate } from './l10n.ts';
import { createLogChannel } from './log-channel.ts';
import { views } from './manifest.ts';
import { Notifications } from './notifications.ts';
import { registerAskSerializer } from './panels/ask/ask-serializer.ts';
import { registerBenchmarkSerializer } from './panels/benchmark/benchmark-serializer.ts';
import { registerCapacitySerializer } from './panels/capacity/capacity-serializer.ts';
import { registerDeploySerializer } from './panels/deploy/deploy-serializer.ts';
import { followPythonAos } from './python-aos.ts';
import { followConnection } from './runtimes/connection.ts';
import { Studio } from './studio.ts';
import { offerAutoStart } from './supervisor/auto-start.ts';
import { reportRuntime } from './supervisor/reports.ts';
import { offerRestart } from './supervisor/restart-offer.ts';
import { WorkspaceFolder } from './supervisor/workspace-folder.ts';
import { type AdaptersNode, AdaptersTree } from './views/adapters-tree.ts';
import { type AgentsNode, AgentsTree } from './views/agents-tree.ts';
import { type CloudNode, CloudTree } from './views/cloud/cloud-tree.ts';
import { HelpTree } from './views/help-tree.ts';
import { RuntimesTree } from './views/runtimes-tree.ts';
import { StatusBar } from './views/status-bar.ts';

/** What `activate` gives to other extensions and to the tests that run inside VS Code. */
export interface AosStudio {
  readonly studio: Studio;
  readonly agents: RuntimesTree<AgentsNode>;
  readonly adapters: RuntimesTree<AdaptersNode>;
  readonly cloud: RuntimesTree<CloudNode>;
  readonly statusBar: StatusBar;
}

let studio: Studio | undefined;

/** Builds the parts in order. Nothing here starts a process, opens a socket or loads a schema: that waits until it is needed. */
export function activate(context: vscode.ExtensionContext): AosStudio {
  setTranslate(vscode.l10n.t);
  const log = createLogChannel();
  const folder = new WorkspaceFolder();
  studio = new Studio({ context, log, folder, notifications: new Notifications(context.globalState) });
  const agents = new RuntimesTree(studio, views.agents, (runtime, rows) => new AgentsTree(runtime, rows));
  const adapters = new RuntimesTree(studio, views.adapters, (runtime) => new AdaptersTree(runtime));
  const cloud = new RuntimesTree(studio, views.cloud, (runtime) => new CloudTree(runtime));
  const statusBar = new StatusBar(studio);
  context.subscriptions.push(
    log.channel,
    folder,
    agents,
    adapters,
    cloud,
    statusBar,
    new HelpTree(context.extensionPath),
    new ConfigCodeLens(studio),
    new DocumentDiagnostics([configCheck, hotspotCheck(folder)]),
    new TestPlanCodeLens(studio),
    followPythonAos(folder),
    registerAskSerializer(studio),
    registerBenchmarkSerializer(studio),
    registerCapacitySerializer(studio),
    registerDeploySerializer(studio),
  );
  registerCommands(studio);
  context.subscriptions.push(
    followConnection(studio),
    reportRuntime(studio),
    offerAutoStart(studio),
    offerRestart(studio),
  );
  return { studio, agents, adapters, cloud, statusBar };
}

/** VS Code waits for this a few seconds: every process is asked to leave. What it does not wait for, the launcher does itself. */
export async function deactivate(): Promise<void> {
  await studio?.dispose();
}
