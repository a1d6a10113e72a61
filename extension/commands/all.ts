import { commands } from '../manifest.ts';
import type { AskTarget } from '../panels/ask/ask-panel.ts';
import type { Studio } from '../studio.ts';
import { registerCommand } from './register.ts';

const TRUSTED = { trusted: true };
const DEPLOYABLE = { trusted: true, configured: true };
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
  registerCommand(studio, commands.importPython, {}, async () =>
    (await import('./import-python.ts')).importPython(studio),
  );
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
  const turns = { start: commands.agentStart, stop: commands.agentStop, restart: commands.agentRestart } as const;
  for (const action of ['start', 'stop', 'restart'] as const) {
    registerCommand(studio, turns[action], RUNNING, async (target) =>
      (await agents()).turnAgent(studio, action, target),
    );
  }
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

  const adapterActions = () => import('./adapter-actions.ts');
  const changes = {
    load: commands.adapterLoad,
    unload: commands.adapterUnload,
    pin: commands.adapterPin,
    unpin: commands.adapterUnpin,
  } as const;
  for (const action of ['load', 'unload', 'pin', 'unpin'] as const) {
    registerCommand(studio, changes[action], RUNNING, async (target) =>
      (await adapterActions()).changeAdapter(studio, action, target),
    );
  }
  registerCommand(studio, commands.adapterTry, RUNNING, async (target) =>
    (await adapterActions()).tryAdapter(studio, target),
  );
  registerCommand(studio, commands.adapterCompare, RUNNING, async (target) =>
    (await adapterActions()).compareAdapters(studio, target),
  );
  registerCommand(studio, commands.adapterInstallEngine, TRUSTED, async () =>
    (await import('./install-engine.ts')).installEngine(studio),
  );

  const breakers = () => import('./breakers.ts');
  registerCommand(studio, commands.breakerReset, RUNNING, async (target) =>
    (await breakers()).resetBreaker(studio, target),
  );
  registerCommand(studio, commands.breakerOpen, RUNNING, async (target) =>
    (await breakers()).openBreaker(studio, target),
  );
  registerCommand(studio, commands.cacheClear, RUNNING, async (target) =>
    (await import('./cache.ts')).clearCache(studio, target),
  );
  registerCommand(studio, commands.tracesOpen, RUNNING, async (traceId) =>
    (await import('./traces.ts')).openTrace(studio, traceId),
  );
  registerCommand(studio, commands.testEndpoint, RUNNING, async (target) =>
    (await import('./endpoint.ts')).testEndpoint(studio, target),
  );
  registerCommand(studio, commands.secretsSet, TRUSTED, async (name, value) =>
    (await import('./secrets.ts')).setSecret(studio, name, value),
  );

  const ask = async (target?: AskTarget) => (await import('../panels/ask/ask-panel.ts')).openAsk(studio, target);
  registerCommand(studio, commands.openAsk, RUNNING, () => ask());
  registerCommand(studio, commands.agentAsk, RUNNING, async (target) => {
    const { id } = studio.runtimeOf(target);
    const agentId = await (await agents()).agentIdOf(studio, target);
    // The panel asks the runtime in use: from a row, that is the row's.
    studio.use(id);
    await ask({ agentId });
  });

  const benchmark = () => import('./benchmark.ts');
  const benchmarkPanel = () => import('../panels/benchmark/benchmark-panel.ts');
  const loadTest = () => import('./load-test.ts');
  registerCommand(studio, commands.openBenchmark, {}, async () => (await benchmarkPanel()).openBenchmark(studio));
  registerCommand(studio, commands.benchmarkHistory, {}, async () =>
    (await benchmarkPanel()).openBenchmark(studio, { tab: 'history' }),
  );
  registerCommand(studio, commands.benchmarkRun, RUNNING, async () => (await benchmark()).runBenchmark(studio));
  registerCommand(studio, commands.benchmarkStop, {}, async () => (await benchmark()).stopBenchmark(studio));
  registerCommand(studio, commands.benchmarkCompare, {}, async () => (await benchmark()).compareRuns(studio));
  registerCommand(studio, commands.benchmarkExport, {}, async () => (await benchmark()).exportBenchmark(studio));
  registerCommand(studio, commands.agentBenchmark, RUNNING, async (target) =>
    (await benchmark()).benchmarkAgent(studio, target),
  );
  registerCommand(studio, commands.loadTestRun, RUNNING, async (plan) => (await loadTest()).runLoadTest(studio, plan));
  registerCommand(studio, commands.loadTestExport, {}, async (plan) => (await loadTest()).exportLoadTest(studio, plan));

  const capacity = () => import('./capacity.ts');
  registerCommand(studio, commands.openCapacity, {}, async () => (await capacity()).showCapacity(studio));
  registerCommand(studio, commands.capacityUseBenchmark, {}, async () => (await capacity()).useBenchmark(studio));
  registerCommand(studio, commands.capacityExport, {}, async () => (await capacity()).exportPlan(studio));
  registerCommand(studio, commands.pricesRefresh, {}, async () => (await import('./prices.ts')).refreshPrices(studio));

  const deployment = () => import('./deploy.ts');
  registerCommand(studio, commands.deploy, DEPLOYABLE, async () => (await deployment()).deploy(studio));
  registerCommand(studio, commands.deployWhatIf, DEPLOYABLE, async () => (await deployment()).preview(studio));
  registerCommand(studio, commands.deployShow, {}, async () => (await deployment()).showDeployment(studio));
  registerCommand(studio, commands.deployExportTemplate, DEPLOYABLE, async () =>
    (await deployment()).exportTemplate(studio),
  );
  registerCommand(studio, commands.deploySmokeTest, TRUSTED, async () => (await deployment()).runSmokeTest(studio));
  registerCommand(studio, commands.deployOpenPortal, {}, async () => (await deployment()).openPortal(studio));
  registerCommand(studio, commands.deployConnect, TRUSTED, async () => (await deployment()).connect(studio));
  registerCommand(studio, commands.deployDelete, TRUSTED, async () => (await deployment()).deleteDeployment(studio));
  registerCommand(studio, commands.signIn, {}, async () => (await deployment()).signIn());

  const connection = () => import('./connection.ts');
  registerCommand(studio, commands.connect, TRUSTED, async (url, token) =>
    (await connection()).connectRuntime(studio, url, token),
  );
  registerCommand(studio, commands.disconnect, {}, async () => (await connection()).disconnect(studio));
  registerCommand(studio, commands.connectionTryAgain, TRUSTED, async () => (await connection()).tryAgain(studio));
  registerCommand(studio, commands.useRuntime, {}, async (target) => (await connection()).useRuntime(studio, target));
  registerCommand(studio, commands.useLocal, {}, () => studio.use('local'));

  const help = () => import('./help.ts');
  registerCommand(studio, commands.copyDiagnostics, {}, async () => (await help()).copyDiagnostics(studio));
  registerCommand(studio, commands.reportIssue, {}, async () => (await help()).reportIssue(studio));
  registerCommand(studio, commands.openWalkthrough, {}, async () => (await help()).openWalkthrough(studio));
}
