/** Who may import whom, as the architecture says (docs/architecture.md): arrows point one way. */

const BASE = ['contracts', 'core'];
const MIDDLE = [...BASE, 'reliability', 'sharding', 'telemetry'];
const SERVICES = [...MIDDLE, 'messaging', 'storage', 'inference'];
const AGENTS = [...SERVICES, 'agents'];
const WORKFLOW = [...AGENTS, 'workflow'];

/** What each folder of runtime/ may import besides itself: folders of runtime/, or single files of it. */
const RUNTIME: Record<string, string[]> = {
  contracts: [],
  core: ['contracts'],
  reliability: BASE,
  sharding: BASE,
  telemetry: BASE,
  messaging: MIDDLE,
  storage: MIDDLE,
  inference: MIDDLE,
  agents: SERVICES,
  workflow: AGENTS,
  // Compares results that it keeps; measuring is nothing a server does.
  server: [...WORKFLOW, 'benchmark/compare.ts'],
  // The replica as a Functions app; its entry composes it.
  functions: [...AGENTS, 'server'],
  launcher: [...BASE, 'messaging/entities.ts'],
  // Drives a runtime from outside: through the public API, or over HTTP.
  benchmark: [...BASE, 'index.ts'],
  capacity: BASE,
  // The entities and the lifecycle policy of the local cloud go into the template as they are.
  deployment: [...BASE, 'capacity', 'messaging/entities.ts', 'storage/lifecycle.ts'],
  // Brings a deployment to Azure, through its SDKs.
  deployer: [...BASE, 'capacity', 'deployment'],
  cloud: BASE,
  // Reads a workspace of the Python AOS.
  import: BASE,
  'index.ts': [...WORKFLOW, 'server', 'benchmark', 'capacity', 'deployment'],
};

/** The entry points of processes and of the `aos` command: they may import all of runtime/, and nothing imports them. */
const isEntry = (file: string) => /^runtime\/((main|cli|process-[\w-]+)\.ts$|commands\/)/.test(file);

/** Packages that belong to one place. */
const PACKAGES: Record<string, string[]> = {
  vscode: ['extension/', 'test/host/', 'test/e2e/support/sign-in/'],
  '@vscode/webview-ui-toolkit': ['webview/ui/'],
  uplot: ['webview/charts/'],
};

/**
 * @param from path of the importing file, from the root, with slashes
 * @param to path of the imported file, or the name of a package
 * @returns why the import is against the rules, or undefined
 */
export function wrongArrow(from: string, to: string): string | undefined {
  const home = PACKAGES[packageOf(to)];
  if (home && !home.some((folder) => from.startsWith(folder))) return `'${to}' is for ${home.join(' and ')} only`;
  const zone = from.split('/')[0];
  if (zone === 'runtime') return wrongInRuntime(from, to);
  if (zone === 'extension') return allow(to, ['extension/', ...under('contracts', 'capacity', 'deployment')]);
  if (zone === 'webview') {
    if (to.startsWith('node:')) return 'a webview runs in a browser';
    return allow(to, ['webview/', ...under('contracts')]);
  }
  if (zone === 'examples') return allow(to, ['examples/', 'runtime/index.ts']);
  return undefined;
}

function wrongInRuntime(from: string, to: string): string | undefined {
  if (!isOurs(to)) return undefined;
  if (!to.startsWith('runtime/')) return 'runtime/ stands alone';
  if (to.startsWith('runtime/cloud/') && !from.startsWith('runtime/cloud/')) {
    return ['runtime/main.ts', 'runtime/cli.ts'].includes(from) ? undefined : 'only main.ts and cli.ts import cloud/';
  }
  if (isEntry(from)) return undefined;
  if (isEntry(to)) return 'an entry point is imported by entry points only';
  const folder = from.split('/')[1] ?? '';
  const allowed = RUNTIME[folder];
  if (!allowed) return `runtime/${folder} has no place in the order of layers (scripts/checks/layers.ts)`;
  return allow(to, under(folder, ...allowed));
}

const under = (...places: string[]) => places.map((place) => `runtime/${place}${place.endsWith('.ts') ? '' : '/'}`);

function allow(to: string, places: string[]): string | undefined {
  if (!isOurs(to) || places.some((place) => to === place || (place.endsWith('/') && to.startsWith(place))))
    return undefined;
  return `may import ${places.join(', ')}`;
}

const isOurs = (to: string) => /^(runtime|extension|webview|test|examples|scripts)\//.test(to);
const packageOf = (name: string) =>
  name.startsWith('@') ? name.split('/').slice(0, 2).join('/') : (name.split('/')[0] ?? '');
