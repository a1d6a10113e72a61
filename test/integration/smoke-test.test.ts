import { expect, it, onTestFinished } from 'vitest';
import { deployJob } from '../../runtime/commands/deploy-job.ts';
import type { SmokeCheck } from '../../runtime/contracts/deploy-process.ts';
import { trustLoopback } from '../certificate/loopback.ts';
import { startArm } from '../support/arm/start-arm.ts';
import { BOARDROOM, useSystem } from './support/system.ts';

trustLoopback();

const GROUP = 'boardroom-rg';
const AUDIENCE = 'api://boardroom';

interface Deployed {
  api?: string;
  audience?: string;
  /** What the API is called with. */
  token?: string;
}

/** The smoke test of a deployment whose outputs lead to `api`. */
async function smokeTest({ api, audience, token = 'none' }: Deployed): Promise<SmokeCheck[]> {
  const arm = await startArm();
  onTestFinished(() => arm.dispose());
  arm.state.putGroup(GROUP, 'westus2').deployments.set('aos-boardroom', {
    ...{ name: 'aos-boardroom', state: 'Succeeded', mode: 'Incremental', operations: [] },
    parameters: audience === undefined ? {} : { authAudience: { value: audience } },
    outputs: { apiUrl: api ?? '' },
  });
  const cloud = { name: 'Test', resource_manager: arm.url, portal: null };
  const place = { cloud, subscription_id: arm.subscriptionId, resource_group: GROUP, deployment: 'aos-boardroom' };
  const result = await deployJob(
    { kind: 'smoke_test', ...place },
    {
      credential: {
        getToken: async (scopes) => ({
          token: [scopes].flat().includes(`${AUDIENCE}/.default`) ? token : 'for Azure',
          expiresOnTimestamp: Date.now() + 3_600_000,
        }),
      },
      ...{ runtime: BOARDROOM, env: {}, say: () => undefined, signal: new AbortController().signal },
    },
  );
  return result.kind === 'smoke_test' ? result.smoke : [];
}

it('checks a runtime that answers, and leaves nothing of the test in it', async () => {
  const { ready, api } = await useSystem(BOARDROOM, ['--memory', '--engine', 'simulated', '--replicas', '1']);
  const checks = await smokeTest({ api: ready.http, audience: AUDIENCE, token: ready.token });
  expect(checks.map(({ id, state }) => [id, state])).toEqual(
    ['health', 'sign_in', 'register', 'first_answer', 'cached_answer', 'event'].map((id) => [id, 'passed']),
  );
  expect(checks.map(({ target }) => target)).toEqual([null, '< 200 ms', '< 2 s', '1–3 s', '< 50 ms', '< 200 ms']);
  expect(checks.every(({ measured_ms }) => measured_ms !== null)).toBe(true);
  const agents = (await api('GET', '/api/agents')).body as { agent_id: string }[];
  expect(agents.map(({ agent_id }) => agent_id)).not.toContain('aos-smoke-test');

  const refused = await smokeTest({ api: ready.http, audience: AUDIENCE, token: 'another' });
  expect(refused.map(({ state }) => state)).toEqual(['passed', 'failed', ...Array(4).fill('skipped')]);
  expect(refused[1]?.message).toContain('not the one of this run');

  const closed = await smokeTest({ api: ready.http });
  expect(closed.map(({ state }) => state)).toEqual(['passed', ...Array(5).fill('skipped')]);
  expect(closed[1]?.message).toContain('has no app registration yet');
});

it('tests nothing where the runtime is not deployed yet', async () => {
  const checks = await smokeTest({});
  expect(new Set(checks.map(({ state, message }) => `${state}: ${message}`))).toEqual(
    new Set(['skipped: the runtime itself is not deployed yet']),
  );
});
