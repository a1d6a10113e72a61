import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Deploying, type DeployOutcome, startDeploying } from '../../../../extension/deploy/deploy-process.ts';
import { type DeployEnd, DeploySession, type RunHandlers } from '../../../../extension/deploy/deploy-session.ts';
import { DeploymentMemory } from '../../../../extension/deploy/deployment-memory.ts';
import { emptyPriceBook } from '../../../../runtime/capacity/price-book.ts';
import type { DeployFace } from '../../../../runtime/contracts/deploy-panel.ts';
import type { DeployJob, DeploymentResult } from '../../../../runtime/contracts/deploy-process.ts';
import { change, operation, preview, target } from './support.ts';

/** A job whose course the test tells. */
interface Job extends RunHandlers {
  job: DeployJob;
  end(outcome: DeployOutcome): Promise<void>;
  cancelled: boolean;
  left: boolean;
}

const result: DeploymentResult = {
  resource_group: 'aos-rg',
  deployment: 'aos-boardroom',
  api: 'https://boardroom-runtime.example',
  outputs: {},
  changes: 39,
  seconds: 60,
  smoke: [],
};
const deployed: DeployOutcome = { kind: 'result', result: { kind: 'deployed', deployed: result } };
const previewed: DeployOutcome = {
  kind: 'result',
  result: {
    kind: 'preview',
    preview: preview(change('bus'), change('old', { change: 'delete' }), change('same', { change: 'no_change' })),
  },
};
const failed = (code: 'AOS_AZURE' | 'AOS_CANCELLED', ...operations: ReturnType<typeof operation>[]): DeployOutcome => ({
  ...{ kind: 'failed', code, message: 'It did not work.', operations },
});

describe('a deployment', () => {
  let kept: Map<string, unknown>;
  let jobs: Job[];
  let ends: DeployEnd[];
  let session: DeploySession;

  const open = () =>
    new DeploySession({
      memory: new DeploymentMemory(
        { get: (key) => kept.get(key), update: async (key, value) => void kept.set(key, structuredClone(value)) },
        () => undefined,
      ),
      run: async (job, handlers) => {
        const { promise: ended, resolve } = Promise.withResolvers<DeployOutcome>();
        const end = async (outcome: DeployOutcome) => {
          resolve(outcome);
          await new Promise(setImmediate);
        };
        const one: Job = { ...handlers, job, end, cancelled: false, left: false };
        jobs.push(one);
        return { ended, cancel: () => (one.cancelled = true), leave: () => (one.left = true) } as unknown as Deploying;
      },
      prices: async (region) => emptyPriceBook(region),
      bases: () => ({}),
      links: () => [],
      connected: () => false,
      smokeTest: () => true,
      now: () => 1000,
      onChange: () => undefined,
      onEnd: (end) => ends.push(end),
    });

  beforeEach(() => {
    kept = new Map();
    jobs = [];
    ends = [];
    session = open();
  });

  const last = () => jobs.at(-1)!;
  const begun = () => new Promise(setImmediate);
  const face = <K extends DeployFace['kind']>(kind: K) => {
    expect(session.state.face.kind).toBe(kind);
    return session.state.face as Extract<DeployFace, { kind: K }>;
  };
  const progress = (deployment: string | null, phase: 'validate' | 'deploy' | 'image' = 'deploy') =>
    last().onProgress({
      ...{ type: 'progress', phase, message: '', deployment, smoke: [] },
      operations: deployment === null ? [] : [operation('runtime', { state: 'running' })],
    });

  async function check(): Promise<void> {
    void session.check(target);
    await begun();
    await last().end(previewed);
  }

  async function deploy(): Promise<void> {
    await check();
    void session.deploy([change('old').resource_id]);
    await begun();
  }

  it('shows what Azure would change, and keeps nothing of it', async () => {
    await check();
    expect(last().job).toMatchObject({ kind: 'preview', mode: 'incremental', prices: { region: 'westus3' } });
    expect(face('preview').preview.changes).toHaveLength(3);
    expect(session.record).toBeNull();
  });

  it('deletes nothing that was not confirmed', async () => {
    await check();
    await expect(session.deploy([])).rejects.toThrow('old would be deleted');
    expect(jobs).toHaveLength(1);
  });

  it('is kept from the moment Azure has taken it, and followed after a reload', async () => {
    await deploy();
    progress(null, 'validate');
    expect(session.record).toBeNull();
    progress('aos-boardroom');
    session = open();
    void session.follow({ interactive: false });
    await begun();
    expect(last()).toMatchObject({ interactive: false, job: { kind: 'follow', deployment: 'aos-boardroom' } });
    await last().end(deployed);
    expect(face('result')).toMatchObject({ result: { changes: 2 }, unchanged: 1 });
    session = open();
    face('result');
    await session.follow({ interactive: false });
    expect(jobs).toHaveLength(3);
  });

  it('that fails before Azure has taken it leaves what was kept before', async () => {
    await deploy();
    progress('aos-boardroom');
    await last().end(deployed);
    const before = session.record;
    await deploy();
    await last().end(failed('AOS_AZURE'));
    expect(face('failed')).toMatchObject({ during: 'deploy', cost: null });
    expect(session.record).toEqual(before);
  });

  it('that fails keeps its cause over a reload, and is told', async () => {
    await deploy();
    progress('aos-boardroom');
    const error = { code: 'QuotaExceeded', message: '0 left', advice: null };
    await last().end(failed('AOS_AZURE', operation('lorax', { state: 'failed', error })));
    session = open();
    expect(face('failed').operations[0]?.error?.code).toBe('QuotaExceeded');
    expect(ends).toEqual([{ kind: 'failed', message: 'It did not work.' }]);
  });

  it('that is out of sight goes on in Azure, and can be taken up again', async () => {
    await deploy();
    progress('aos-boardroom');
    await last().end(failed('AOS_AZURE', operation('runtime', { state: 'running' })));
    expect(face('progress')).toMatchObject({ followed: false, message: 'It did not work.' });
    expect(ends).toEqual([{ kind: 'failed', message: 'It did not work.' }]);
    session = open();
    expect(face('progress').followed).toBe(false);
    void session.follow({ interactive: true });
    await begun();
    expect(last().job.kind).toBe('follow');
  });

  it('is left to Azure, or cancelled there, as the person says', async () => {
    await deploy();
    progress('aos-boardroom');
    session.stopWaiting();
    expect(last()).toMatchObject({ left: true, cancelled: false });
    expect(face('progress').followed).toBe(false);
    await last().end(deployed);
    expect(face('progress').followed).toBe(false);

    await deploy();
    progress('aos-boardroom');
    session.cancel();
    expect(last().cancelled).toBe(true);
    expect(face('progress').cancelling).toBe(true);
  });

  it('runs one at a time', async () => {
    await deploy();
    await expect(session.check(target)).rejects.toThrow('running already');
  });

  it('is forgotten when it is deleted', async () => {
    await deploy();
    progress('aos-boardroom');
    await last().end(deployed);
    void session.delete();
    await begun();
    await last().end({ kind: 'result', result: { kind: 'deleted', deleted: 39 } });
    face('none');
    expect(session.record).toBeNull();
    expect(ends.at(-1)).toEqual({ kind: 'deleted', count: 39, resourceGroup: 'aos-rg' });
  });

  it('takes a process that cannot be started for a failure', async () => {
    const broken = new DeploySession({
      ...{ memory: new DeploymentMemory({ get: () => undefined, update: async () => undefined }, () => undefined) },
      prices: async (region) => emptyPriceBook(region),
      ...{ bases: () => ({}), links: () => [], connected: () => false, smokeTest: () => true, now: () => 1 },
      ...{ onChange: () => undefined, onEnd: () => undefined },
      run: async () => {
        throw new Error('aos.json has an error.');
      },
    });
    await broken.check(target);
    expect(broken.state.face).toMatchObject({ kind: 'failed', failure: { message: 'aos.json has an error.' } });
  });
});

it('asks for tokens where people sign in, and hands secrets to the process alone', async () => {
  const asked: unknown[] = [];
  const { ended } = startDeploying({
    ...{ main: path.join(import.meta.dirname, 'deploy-child.ts'), cwd: import.meta.dirname, logLevel: 'info' },
    environment: { AOS_SECRET_KEY: 'a secret' },
    job: { kind: 'subscriptions', cloud: target.cloud },
    token: async (request) => {
      asked.push(request);
      if (asked.length === 1) return { token: 'a token', expiresAtMs: 5 };
      throw new Error('Nobody is signed in.');
    },
    onProgress: () => undefined,
    onLog: () => undefined,
  });
  expect(await ended).toMatchObject({
    ...{ kind: 'failed', code: 'AOS_UNAUTHORIZED' },
    message: 'a token until 5 for subscriptions with a secret; Nobody is signed in.',
  });
  expect(asked).toEqual([
    { scopes: ['https://management.core.windows.net/.default'], tenantId: null },
    { scopes: ['api://aos/.default'], tenantId: 't' },
  ]);
});
