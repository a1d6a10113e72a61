/**
 * Every id that package.json and the code share. `npm run check` compares the two; nothing else spells an id out.
 */

export const commands = {
  start: 'aos.start',
  stop: 'aos.stop',
  restart: 'aos.restart',
  startMemoryOnly: 'aos.startMemoryOnly',
  showLog: 'aos.showLog',
  showRuntimeInfo: 'aos.showRuntimeInfo',
  copyConnection: 'aos.copyConnection',
  resetData: 'aos.resetData',
  createConfig: 'aos.createConfig',
  importPython: 'aos.importPython',
  openConfig: 'aos.openConfig',
  openExample: 'aos.openExample',
  openAsk: 'aos.openAsk',
  agentRegister: 'aos.agent.register',
  agentAsk: 'aos.agent.ask',
  agentSendEvent: 'aos.agent.sendEvent',
  agentStart: 'aos.agent.start',
  agentStop: 'aos.agent.stop',
  agentRestart: 'aos.agent.restart',
  agentGoToDefinition: 'aos.agent.goToDefinition',
  agentGoToHandler: 'aos.agent.goToHandler',
  agentCopyId: 'aos.agent.copyId',
  agentRemove: 'aos.agent.remove',
  agentsGroupBy: 'aos.agents.groupBy',
  adapterRegister: 'aos.adapter.register',
  adapterLoad: 'aos.adapter.load',
  adapterUnload: 'aos.adapter.unload',
  adapterPin: 'aos.adapter.pin',
  adapterUnpin: 'aos.adapter.unpin',
  adapterTry: 'aos.adapter.try',
  adapterCompare: 'aos.adapter.compare',
  adapterInstallEngine: 'aos.adapter.installEngine',
  breakerReset: 'aos.breaker.reset',
  breakerOpen: 'aos.breaker.open',
  tracesOpen: 'aos.traces.open',
  cacheClear: 'aos.cache.clear',
  testEndpoint: 'aos.inference.testEndpoint',
  secretsSet: 'aos.secrets.set',
  openBenchmark: 'aos.openBenchmark',
  benchmarkRun: 'aos.benchmark.run',
  benchmarkStop: 'aos.benchmark.stop',
  benchmarkCompare: 'aos.benchmark.compare',
  benchmarkExport: 'aos.benchmark.export',
  benchmarkHistory: 'aos.benchmark.history',
  agentBenchmark: 'aos.agent.benchmark',
  loadTestRun: 'aos.loadTest.run',
  loadTestExport: 'aos.loadTest.export',
  openCapacity: 'aos.openCapacity',
  capacityUseBenchmark: 'aos.capacity.useBenchmark',
  capacityExport: 'aos.capacity.export',
  pricesRefresh: 'aos.prices.refresh',
  deploy: 'aos.deploy',
  deployWhatIf: 'aos.deploy.whatIf',
  deployShow: 'aos.deploy.show',
  deployExportTemplate: 'aos.deploy.exportTemplate',
  deploySmokeTest: 'aos.deploy.smokeTest',
  deployOpenPortal: 'aos.deploy.openPortal',
  deployConnect: 'aos.deploy.connect',
  deployDelete: 'aos.deploy.delete',
  connect: 'aos.connect',
  disconnect: 'aos.disconnect',
  connectionTryAgain: 'aos.connection.tryAgain',
  useRuntime: 'aos.useRuntime',
  useLocal: 'aos.useLocal',
  signIn: 'aos.signIn',
  copyDiagnostics: 'aos.copyDiagnostics',
  reportIssue: 'aos.reportIssue',
  openWalkthrough: 'aos.openWalkthrough',
} as const;
export type CommandId = (typeof commands)[keyof typeof commands];

export const viewContainer = 'aos';

export const views = {
  agents: 'aos.agents',
  adapters: 'aos.adapters',
  cloud: 'aos.cloud',
  help: 'aos.help',
} as const;

/** Types of webview panels; `onWebviewPanel:<type>` brings them back after a reload. */
export const panels = {
  ask: 'aos.ask',
  benchmark: 'aos.benchmark',
  capacity: 'aos.capacity',
  deploy: 'aos.deployment',
} as const;

export const walkthrough = 'aos.getStarted';

/** Keys below `aos.`; read through settings.ts. */
export const settings = {
  autoStart: 'runtime.autoStart',
  replicas: 'runtime.replicas',
  port: 'runtime.port',
  dataFolder: 'runtime.dataFolder',
  memoryOnly: 'runtime.memoryOnly',
  restart: 'runtime.restart',
  environmentFile: 'runtime.environmentFile',
  nodeArguments: 'runtime.nodeArguments',
  connectionUrl: 'connection.url',
  inferenceEngine: 'inference.engine',
  inferenceModelFile: 'inference.modelFile',
  inferenceThreads: 'inference.threads',
  askDeadlineSeconds: 'ask.deadlineSeconds',
  askMaxTokens: 'ask.maxTokens',
  askTemperature: 'ask.temperature',
  askUseCache: 'ask.useCache',
  askRetriesWhenBusy: 'ask.retriesWhenBusy',
  askHistoryLimit: 'ask.historyLimit',
  benchmarkRequests: 'benchmark.requests',
  benchmarkWarmupSeconds: 'benchmark.warmupSeconds',
  benchmarkLoad: 'benchmark.load',
  benchmarkRate: 'benchmark.rate',
  benchmarkHistoryLimit: 'benchmark.historyLimit',
  loadTestBaseUrl: 'loadTest.baseUrl',
  capacityHeadroom: 'capacity.headroom',
  pricesMaxAgeDays: 'capacity.pricesMaxAgeDays',
  pricesUrl: 'capacity.pricesUrl',
  deployResourceGroup: 'deploy.resourceGroup',
  deployLocation: 'deploy.location',
  deployMode: 'deploy.mode',
  deployConfirmAboveUsd: 'deploy.confirmAboveUsd',
  deploySmokeTest: 'deploy.smokeTest',
  agentsGroupBy: 'agents.groupBy',
  statusBarEnabled: 'statusBar.enabled',
  codeLensEnabled: 'codeLens.enabled',
  logLevel: 'log.level',
} as const;
export type SettingKey = (typeof settings)[keyof typeof settings];

/** Set in context-keys.ts only. */
export const contextKeys = {
  state: 'aos.state',
  failure: 'aos.failure',
  hasConfig: 'aos.hasConfig',
  hasPythonAos: 'aos.hasPythonAos',
  hasBenchmark: 'aos.hasBenchmark',
  benchmarkRunning: 'aos.benchmarkRunning',
  loadTestRunning: 'aos.loadTestRunning',
  target: 'aos.target',
  hasRemote: 'aos.hasRemote',
  hasDeployment: 'aos.hasDeployment',
  deploying: 'aos.deploying',
} as const;

/** The one workspace file. */
export const CONFIG_FILE = 'aos.json';
