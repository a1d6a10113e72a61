import { commands } from '../manifest.ts';
import type { Studio } from '../studio.ts';
import { registerCommand } from './register.ts';

const TRUSTED = { trusted: true };
const RUNNING = { trusted: true, running: true };

/** Every command of the extension. The code behind one is loaded when it first runs. */
export function registerCommands(studio: Studio): void {
  const runtime = () => import('./runtime.ts');
  registerCommand(studio, commands.start, TRUSTED, async () => (await runtime()).startRuntime(studio));
  registerCommand(studio, commands.startMemoryOnly, TRUSTED, async () =>
    (await runtime()).startRuntime(studio, { memoryOnly: true }),
  );
  registerCommand(studio, commands.stop, {}, async () => (await runtime()).stopRuntime(studio));
  registerCommand(studio, commands.restart, TRUSTED, async () => (await runtime()).restartRuntime(studio));
  registerCommand(studio, commands.showLog, {}, () => studio.log.show());
  registerCommand(studio, commands.showRuntimeInfo, {}, async () =>
    (await import('./runtime-info.ts')).showRuntimeInfo(studio),
  );
  registerCommand(studio, commands.copyConnection, RUNNING, async () =>
    (await import('./runtime-info.ts')).copyConnection(studio),
  );
  registerCommand(studio, commands.resetData, TRUSTED, async () => (await import('./reset-data.ts')).resetData(studio));

  const config = () => import('./config.ts');
  registerCommand(studio, commands.createConfig, {}, async () => (await config()).createConfig(studio));
  registerCommand(studio, commands.openConfig, {}, async () => (await config()).openConfig(studio));
  registerCommand(studio, commands.openExample, {}, async (name) =>
    (await import('./examples.ts')).openExample(studio, name),
  );

  const agents = () => import('./agents.ts');
  registerCommand(studio, commands.agentRegister, RUNNING, async (preset) =>
    (await agents()).registerAgent(studio, preset),
  );
  registerCommand(studio, commands.agentSendEvent, RUNNING, async (target, preset) =>
    (await agents()).sendEvent(studio, target, preset),
  );
  registerCommand(studio, commands.agentRemove, RUNNING, async (target) =>
    (await agents()).removeAgent(studio, target),
  );
  registerCommand(studio, commands.agentCopyId, {}, async (target) => (await agents()).copyAgentId(studio, target));
  registerCommand(studio, commands.agentGoToDefinition, {}, async (target) =>
    (await config()).goToDefinition(studio, target),
  );
  registerCommand(studio, commands.agentGoToHandler, {}, async (target) =>
    (await config()).goToHandler(studio, target),
  );
  registerCommand(studio, commands.agentsGroupBy, {}, async () => (await agents()).chooseGroups());
  registerCommand(studio, commands.adapterRegister, RUNNING, async (preset) =>
    (await import('./adapters.ts')).registerAdapter(studio, preset),
  );

  const ask = async (target?: unknown) => (await import('../panels/ask/ask-panel.ts')).openAsk(studio, target);
  registerCommand(studio, commands.openAsk, RUNNING, () => ask());
  registerCommand(studio, commands.agentAsk, RUNNING, async (target) =>
    ask(await (await agents()).agentIdOf(studio, target)),
  );

  const help = () => import('./help.ts');
  registerCommand(studio, commands.copyDiagnostics, {}, async () => (await help()).copyDiagnostics(studio));
  registerCommand(studio, commands.reportIssue, {}, async () => (await help()).reportIssue(studio));
  registerCommand(studio, commands.openWalkthrough, {}, async () => (await help()).openWalkthrough(studio));
}
