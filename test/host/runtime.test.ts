import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import type { AgentsNode } from '../../extension/views/agents-tree.ts';
import type { RuntimesNode } from '../../extension/views/runtimes-tree.ts';
import type { RegisterAgentResponse, SendEventResponse } from '../../runtime/contracts/http.ts';
import {
  agentNamed,
  allPids,
  aos,
  isAlive,
  type RunningState,
  startRuntime,
  stopRuntime,
  until,
  untilAsync,
} from './aos.ts';

/** The rows of the Agents view as a person reads them, indented by their depth. */
async function rows(node?: RuntimesNode<AgentsNode>, depth = 0): Promise<string[]> {
  const { agents } = await aos();
  const lines: string[] = [];
  for (const child of agents.getChildren(node)) {
    const item = agents.getTreeItem(child);
    lines.push(`${'  '.repeat(depth)}${item.label} ${item.description}`.trimEnd());
    if (child.kind === 'group') lines.push(...(await rows(child, depth + 1)));
  }
  return lines;
}

describe('the runtime of examples/boardroom', () => {
  let started: RunningState;

  before(async () => {
    started = await startRuntime();
  });
  after(stopRuntime);

  it('runs two replicas, and the view shows them with all agents', async () => {
    const { studio } = await aos();
    await until('every replica holds shards', () =>
      studio.live.status?.replicas.every(({ shards }) => shards.length > 0),
    );
    const lines = await rows();
    assert.equal(started.ready.pids.replicas.length, 2);
    assert.match(lines[0] ?? '', /^replica-1 running · shards? .* agents?$/);
    assert.equal(lines.filter((line) => line.startsWith('replica-')).length, 2);
    const names = lines.filter((line) => line.startsWith('  ')).map((line) => line.trim().split(' ')[0]);
    assert.deepEqual(names.sort(), ['ceo', 'cfo', 'cmo', 'coo', 'cto']);
    assert(lines.includes('  ceo asleep · critical'), lines.join('\n'));
  });

  it('shows the facts of an agent below it', async () => {
    const { agents } = await aos();
    const ceo = await until('the row of ceo', () =>
      findAgent(agents.getChildren(), 'ceo', (node) => agents.getChildren(node)),
    );
    const look = () => agents.getChildren(ceo).map((node) => agents.getTreeItem(node));
    // While its shard moves to a replica that has just started, nobody can say how full its lane is.
    await until('the lane of ceo', () => /^critical · \d+ of 10 in use$/.test(String(look()[0]?.description)));
    const facts = look();
    assert.deepEqual(
      facts.map(({ label }) => label),
      ['Lane', 'Shard', 'Adapter', 'Wakes'],
    );
    assert.match(String(facts[2]?.description), /^ceo @[0-9a-f]{6}$/);
    assert.equal(agents.getTreeItem(ceo).contextValue, 'agent:asleep');
    assert.deepEqual(agents.getParent(ceo)?.kind, 'group');
  });

  it('shows the adapters with the agents that use them', async () => {
    const { adapters } = await aos();
    const groups = adapters.getChildren().flatMap((group) => adapters.getChildren(group));
    const described = groups
      .map((node) => adapters.getTreeItem(node))
      .map(({ label, description }) => `${label}: ${description}`);
    assert.equal(described.length, 5);
    assert(
      described.every((text) => text.includes('1 agent')),
      described.join('\n'),
    );
  });

  it('says in the status bar how many agents there are and that answers are simulated', async () => {
    const { statusBar } = await aos();
    assert.match(statusBar.text, /^\$\(pulse\) AOS 5 agents( · p95 [\d.]+ m?s)? · simulated$/);
  });

  it('registers an agent, and the view follows; the same again changes nothing, another purpose is refused', async () => {
    const { studio } = await aos();
    const agent = { agent_id: 'analyst', purpose: 'Watch our competitors.', priority: 'normal' };
    const register = (part: object = {}) =>
      vscode.commands.executeCommand<RegisterAgentResponse | undefined>('aos.agent.register', { ...agent, ...part });
    const registered = await register();
    assert.equal(registered?.agent_id, 'analyst');
    await until('the view follows', () => studio.live.agents.has('analyst'));
    assert((await rows()).some((line) => line.trim() === 'analyst asleep'));
    assert.equal((await register())?.shard, registered?.shard);
    assert.equal(await register({ purpose: 'Something else.' }), undefined);
  });

  it('sends an event, which wakes the agent', async () => {
    const { studio } = await aos();
    const before = (await agentNamed('cmo'))?.wake_count ?? 0;
    const sent = await vscode.commands.executeCommand<SendEventResponse>('aos.agent.sendEvent', 'cmo', {
      type: 'CampaignEnded',
    });
    assert.equal(sent.agent_id, 'cmo');
    const cmo = await until('cmo has handled it', () => {
      const view = studio.live.agents.get('cmo');
      return view?.last_event?.event_id === sent.event_id && view.last_event.outcome === 'handled' && view;
    });
    assert(cmo.wake_count > before);
  });

  it('stops an agent, whose events wait, and starts it again', async () => {
    const { studio } = await aos();
    const wakes = () => studio.live.agents.get('cto')?.wake_count ?? 0;
    const before = wakes();
    await vscode.commands.executeCommand('aos.agent.stop', 'cto');
    await until('the view shows it stopped', () => studio.live.agents.get('cto')?.state === 'stopped');
    assert((await rows()).some((line) => line.trim() === 'cto stopped'));
    await vscode.commands.executeCommand('aos.agent.sendEvent', 'cto', { type: 'Wait' });
    await until('the event waits', () => studio.live.shards.some(({ waiting }) => waiting === 1));
    assert.equal(wakes(), before);
    await vscode.commands.executeCommand('aos.agent.start', 'cto');
    await until('it handles what waited', () => wakes() > before);
  });

  it('opens the trace of what it did as a text: every hop with its time', async () => {
    const { studio } = await aos();
    const client = await studio.client();
    const span = await untilAsync('the trace of the event is kept', async () =>
      (await client.spans({ limit: 100 })).find(({ name }) => name === 'handle_event cmo'),
    );
    await vscode.commands.executeCommand('aos.traces.open', span.trace_id);
    const document = vscode.window.activeTextEditor?.document;
    assert.equal(document?.uri.scheme, 'aos-text');
    assert.match(document?.getText() ?? '', /handle_event cmo +\+[\d.]+ +[\d.]+/);
    await vscode.commands.executeCommand('workbench.action.closeActiveEditor');
  });

  it('opens Ask with the agent in its title', async () => {
    await vscode.commands.executeCommand('aos.agent.ask', 'ceo');
    const tab = await until('the tab', () => vscode.window.tabGroups.activeTabGroup.activeTab);
    assert.equal(tab.label, 'Ask ceo');
    assert(tab.input instanceof vscode.TabInputWebview && tab.input.viewType.endsWith('aos.ask'));
    await vscode.commands.executeCommand('workbench.action.closeActiveEditor');
  });

  it('brings a crashed replica back, and its agents with it', async () => {
    const { studio, statusBar } = await aos();
    const victim = (studio.supervisor.state as RunningState).ready.pids.replicas[0]!;
    process.kill(victim, 'SIGKILL');
    const down = await until('the replica is seen to be down', () => {
      const { state } = studio.supervisor;
      return (
        state.kind === 'running' && state.processes.find((one) => one.state === 'restarting' || one.state === 'exited')
      );
    });
    assert.match(down.exit ?? '', /SIGKILL/);
    assert.equal(statusBar.text, `$(warning) AOS ${down.name.replace('-', ' ')} down`);
    await until('it is ready again', () => {
      const { state } = studio.supervisor;
      if (state.kind !== 'running' || state.ready.pids.replicas.includes(victim)) return false;
      return state.ready.pids.replicas.length === 2 && state.processes.every((one) => one.state === 'ready');
    });
    await until('all agents have a place', () =>
      [...studio.live.agents.values()].every(({ replica }) => replica !== null),
    );
  });

  it('starts anew when the launcher crashes, with the same data', async () => {
    const { studio } = await aos();
    const before = studio.supervisor.state as RunningState;
    process.kill(before.ready.pids.launcher, 'SIGKILL');
    const now = await until('it runs again', () => {
      const { state } = studio.supervisor;
      return state.kind === 'running' && state.ready.pids.launcher !== before.ready.pids.launcher && state;
    });
    await until('the processes of before are gone', () => !allPids(before).some(isAlive));
    assert(allPids(now).every(isAlive));
    await until('the registered agent is there again', () => studio.live.agents.has('analyst'));
  });

  it('leaves no process behind when it stops', async () => {
    const { studio, agents } = await aos();
    const pids = allPids(studio.supervisor.state as RunningState);
    assert(pids.every(isAlive));
    await stopRuntime();
    assert.deepEqual(pids.filter(isAlive), []);
    assert.equal(studio.state.kind, 'stopped');
    assert.deepEqual(agents.getChildren(), []);
  });
});

describe('disposing', () => {
  it('of a window whose runtime starts ends every process', async () => {
    const { studio } = await aos();
    const starting = vscode.commands.executeCommand('aos.start');
    const pids = await until('its processes', () => {
      const { state } = studio;
      if (state.kind !== 'starting') return undefined;
      const found = state.processes.flatMap(({ pid }) => pid ?? []);
      return found.length > 0 && found;
    });
    await studio.supervisor.dispose();
    await starting;
    assert.deepEqual(pids.filter(isAlive), []);
    assert.equal(studio.state.kind, 'stopped');
  });
});

function findAgent(
  nodes: RuntimesNode<AgentsNode>[],
  id: string,
  children: (node: AgentsNode) => RuntimesNode<AgentsNode>[],
): AgentsNode | undefined {
  for (const node of nodes) {
    if (node.kind === 'agent' && node.agentId === id) return node;
    const found = node.kind === 'group' ? findAgent(children(node), id, children) : undefined;
    if (found) return found;
  }
  return undefined;
}
