import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  commands,
  contextKeys,
  panels,
  settings,
  viewContainer,
  views,
  walkthrough,
} from '../../../extension/manifest.ts';

const root = path.join(import.meta.dirname, '../../..');
const text = readFileSync(path.join(root, 'package.json'), 'utf8');
const manifest = JSON.parse(text);
const nls: Record<string, string> = JSON.parse(readFileSync(path.join(root, 'package.nls.json'), 'utf8'));
const { contributes } = manifest;
const sorted = (values: Iterable<string>) => [...values].sort();

/** Every `when` and `enablement` of the manifest. */
const whens: string[] = [...text.matchAll(/"(?:when|enablement)": "([^"]+)"/g)].map((match) => match[1]!);

describe('package.json and extension/manifest.ts', () => {
  it('have the same commands', () => {
    const declared = contributes.commands.map(({ command }: { command: string }) => command);
    expect(sorted(declared)).toEqual(sorted(Object.values(commands)));
  });

  it('have the same settings, each with a default, a scope and an order', () => {
    const properties = contributes.configuration.flatMap(({ properties: group }: { properties: object }) =>
      Object.entries(group),
    );
    expect(sorted(properties.map(([key]: [string]) => key))).toEqual(
      sorted(Object.values(settings).map((key) => `aos.${key}`)),
    );
    for (const [key, property] of properties) {
      expect(property, key).toHaveProperty('default');
      expect(property.scope, key).toMatch(/^(resource|window|machine-overridable)$/);
      expect(property.order, key).toBeGreaterThan(0);
    }
  });

  it('have the same views, container, panels and walkthrough', () => {
    expect(contributes.viewsContainers.activitybar.map(({ id }: { id: string }) => id)).toEqual([viewContainer]);
    expect(sorted(contributes.views[viewContainer].map(({ id }: { id: string }) => id))).toEqual(
      sorted(Object.values(views)),
    );
    const brought = manifest.activationEvents.filter((event: string) => event.startsWith('onWebviewPanel:'));
    expect(brought).toEqual(Object.values(panels).map((type) => `onWebviewPanel:${type}`));
    expect(contributes.walkthroughs.map(({ id }: { id: string }) => id)).toEqual([walkthrough]);
  });
});

describe('package.json by itself', () => {
  it('uses only context keys that are set, in every when clause', () => {
    const used = whens.flatMap((when) => [...when.matchAll(/\baos\.(?:[a-z]\w*)/g)].map(([key]) => key));
    const known = [...Object.values(contextKeys), ...Object.values(views), ...Object.values(panels)] as string[];
    expect(used.filter((key) => !known.includes(key))).toEqual([]);
  });

  it('has every text in package.nls.json, and no text there that nobody uses', () => {
    const used = new Set([...text.matchAll(/"%([^%"]+)%"/g)].map((match) => match[1]!));
    expect(sorted(used)).toEqual(sorted(Object.keys(nls)));
  });

  it('links only to commands that exist', () => {
    const linked = Object.values(nls).flatMap((value) =>
      [...value.matchAll(/\(command:(aos\.[\w.]+)/g)].map((match) => match[1]!),
    );
    const inMenus = Object.values(contributes.menus)
      .flat()
      .map((item) => (item as { command: string }).command);
    const known: string[] = Object.values(commands);
    expect([...linked, ...inMenus].filter((command) => !known.includes(command))).toEqual([]);
    expect(linked.length).toBeGreaterThan(10);
  });

  it('names only files that exist', () => {
    const files = [...text.matchAll(/"(?:\.\/)?((?:media|l10n)[\w./-]*)"/g)].map((match) => match[1]!);
    expect(files.length).toBeGreaterThan(8);
    expect(files.filter((file) => !existsSync(path.join(root, file)))).toEqual([]);
  });

  // A path, arguments, or where requests and their tokens go: a folder that nobody trusts must not choose them.
  it('restricts the settings that name a path, arguments or an address until the folder is trusted', () => {
    const { restrictedConfigurations, supported } = manifest.capabilities.untrustedWorkspaces;
    expect(supported).toBe('limited');
    expect(sorted(restrictedConfigurations)).toEqual(
      sorted(
        [
          settings.dataFolder,
          settings.environmentFile,
          settings.nodeArguments,
          settings.connectionUrl,
          settings.inferenceModelFile,
          settings.loadTestBaseUrl,
          settings.pricesUrl,
        ].map((key) => `aos.${key}`),
      ),
    );
  });

  it('gives every state without agents exactly one welcome text', () => {
    const clauses = contributes.viewsWelcome.map(
      ({ view, when }: { view: string; when: string }) => `${view}: ${when}`,
    );
    const states = ['noFolder', 'untrusted', 'stopped', 'stopping'].map((state) => `aos.agents: aos.state == ${state}`);
    const failures = ['dataLocked', 'portTaken', 'crashed', 'config', 'nodeMissing'];
    expect(sorted(clauses)).toEqual(
      sorted([
        'aos.agents: aos.state == running && aos.failure != unreachable',
        'aos.adapters: aos.state == running && aos.failure != unreachable',
        'aos.agents: aos.failure == unreachable',
        'aos.agents: aos.state == noConfig && !aos.hasPythonAos',
        'aos.agents: aos.state == noConfig && aos.hasPythonAos',
        ...states,
        ...failures.map((failure) => `aos.agents: aos.state == failed && aos.failure == ${failure}`),
      ]),
    );
  });

  it('matches rows of a view by their exact context value, and of no other view', () => {
    const rows = contributes.menus['view/item/context'] as { when: string }[];
    for (const { when } of rows) {
      expect(when).toMatch(/^view == aos\.(agents|adapters|cloud) && viewItem =~ \/\^[\w():|$-]+\/$/);
    }
  });

  it.each([
    ['aos.agents', 'agent:running', ['agent.ask', 'agent.sendEvent', 'agent.stop']],
    ['aos.agents', 'agent:asleep', ['agent.ask', 'agent.sendEvent', 'agent.stop']],
    ['aos.agents', 'agent:failed', ['agent.ask', 'agent.sendEvent', 'agent.stop']],
    ['aos.agents', 'agent:stopped', ['agent.ask', 'agent.sendEvent', 'agent.start']],
    ['aos.adapters', 'adapter:disk', ['adapter.load']],
    ['aos.adapters', 'adapter:loaded', ['adapter.pin', 'adapter.unload']],
    ['aos.adapters', 'adapter:pinned', ['adapter.unpin']],
    ['aos.adapters', 'adapter:busy', []],
    ['aos.cloud', 'breaker:open', ['breaker.reset']],
    ['aos.cloud', 'breaker:half-open', ['breaker.reset']],
    ['aos.cloud', 'breaker:closed', []],
    ['aos.cloud', 'cache', ['cache.clear']],
    ['aos.cloud', 'inference:simulated', ['inference.testEndpoint']],
    ['aos.cloud', 'inference', ['inference.testEndpoint']],
    ['aos.agents', 'runtime:inUse:local:running', ['stop']],
    ['aos.agents', 'runtime:beside:local:stopped', ['start', 'useRuntime']],
    ['aos.agents', 'runtime:inUse:remote:lost', ['connection.tryAgain']],
    ['aos.adapters', 'runtime:beside:remote:connected', ['useRuntime']],
    ['aos.cloud', 'runtime:beside:remote:lost', ['useRuntime', 'connection.tryAgain']],
  ])('offers beside a row of %s that is %s: %j', (view, value, ids) => {
    expect(itemsOf(view, value, /^inline/)).toEqual(ids);
  });

  it('offers to restart an agent in its menu, beside what its state allows', () => {
    const always = ['agent.sendEvent', 'agent.benchmark'];
    expect(itemsOf('aos.agents', 'agent:failed', /^2_/)).toEqual([...always, 'agent.stop', 'agent.restart']);
    expect(itemsOf('aos.agents', 'agent:stopped', /^2_/)).toEqual([...always, 'agent.start', 'agent.restart']);
  });

  it('offers an outage of a closed breaker in its menu only, and the engine where answers are simulated', () => {
    expect(itemsOf('aos.cloud', 'breaker:closed', /^9_danger/)).toEqual(['breaker.open']);
    expect(itemsOf('aos.cloud', 'breaker:open', /^9_danger/)).toEqual([]);
    expect(itemsOf('aos.cloud', 'inference:simulated', /^2_/)).toContain('adapter.installEngine');
    expect(itemsOf('aos.cloud', 'inference:llama', /^2_/)).not.toContain('adapter.installEngine');
  });
});

/** Commands that a row's menu offers in a group, without their prefix. */
function itemsOf(view: string, value: string, group: RegExp): string[] {
  const items = contributes.menus['view/item/context'] as { command: string; when: string; group: string }[];
  return items
    .filter((item) => group.test(item.group))
    .filter(({ when }) => {
      const [, of, pattern] = /^view == (\S+) && viewItem =~ \/(.*)\/$/.exec(when)!;
      return of === view && new RegExp(pattern!).test(value);
    })
    .map(({ command }) => command.replace('aos.', ''));
}
