import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import {
  type DeployJob,
  type FromDeploy,
  fromDeploySchema,
  type ToDeploy,
} from '../../../runtime/contracts/deploy-process.ts';
import { type Arm, startArm } from '../../support/arm/start-arm.ts';
import { BOARDROOM, GROUP, HUB_TOKEN, usePerson } from './support.ts';

const MAIN = path.join(import.meta.dirname, '../../../dist/runtime/main.js');

type Said<T extends FromDeploy['type']> = Extract<FromDeploy, { type: T }>;
type Answer = (wanted: Said<'token_wanted'>) => ToDeploy;

const signedIn: Answer = ({ id }) => ({
  type: 'token',
  id,
  token: 'a-test-token',
  expires_at_ms: Date.now() + 3_600_000,
});

/** A job in a process of its own, as the editor has it done. */
function start(arm: Arm, job: object, answer: Answer = signedIn) {
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: arm.certificateFile, HUGGING_FACE_HUB_TOKEN: HUB_TOKEN };
  const child: ChildProcess = fork(MAIN, ['deploy'], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], env });
  onTestFinished(() => void child.kill('SIGKILL'));
  const said: FromDeploy[] = [];
  const ended = once(child, 'exit').then(([code]) => ({ code: code as number | null, last: said.at(-1) }));
  const say = (order: ToDeploy) => child.send(order);
  child.on('message', (message) => {
    const heard = fromDeploySchema.parse(message);
    said.push(heard);
    if (heard.type === 'token_wanted') say(answer(heard));
  });
  const cloud = { name: 'Test', resource_manager: arm.url, portal: null };
  say({ type: 'start', job: { cloud, subscription_id: arm.subscriptionId, ...job } as DeployJob });
  /** Until it has said something like it. */
  const heard = (wanted: (message: FromDeploy) => boolean) =>
    new Promise<void>((resolve) => {
      const look = () => said.some(wanted) && resolve();
      child.on('message', look);
      look();
    });
  return { child, said, ended, say, heard };
}

const isTaken = (message: FromDeploy) =>
  message.type === 'progress' && message.operations.some(({ state }) => state === 'succeeded');

it('asks for tokens, tells its course, gives the result and ends', async () => {
  const { arm, choice } = await usePerson({ api: 'https://boardroom.example' });
  const job = { kind: 'deploy', folder: BOARDROOM, choice, mode: 'incremental', smoke_test: false };
  const { said, ended } = start(arm, job);
  expect(await ended).toMatchObject({
    code: 0,
    last: { type: 'result', result: { kind: 'deployed', deployed: { api: 'https://boardroom.example' } } },
  });
  expect(said[0]).toMatchObject({ type: 'progress', phase: 'template' });
  expect(said.find(({ type }) => type === 'token_wanted')).toMatchObject({
    scopes: [`${arm.url}/.default`],
    tenant_id: null,
  });
  expect(JSON.stringify(said)).not.toContain(HUB_TOKEN);
});

it('is killed in the middle: the deployment goes on in Azure, and another process follows it', async () => {
  const { arm, choice } = await usePerson({ resourcesPerLook: 2 });
  const first = start(arm, {
    ...{ kind: 'deploy', folder: BOARDROOM, mode: 'incremental', smoke_test: false },
    choice: { ...choice, image: 'other.azurecr.io/aos-runtime:1' },
  });
  await first.heard(isTaken);
  first.child.kill('SIGKILL');
  await first.ended;
  expect(arm.state.group(GROUP)?.deployments.get('aos-boardroom')?.state).toBe('Running');
  const job = { kind: 'follow', resource_group: GROUP, deployment: 'aos-boardroom', smoke_test: false };
  expect(await start(arm, job).ended).toMatchObject({ code: 0, last: { type: 'result' } });
  expect(arm.state.group(GROUP)?.deployments.get('aos-boardroom')?.state).toBe('Succeeded');
});

it('cancels in Azure when it is told to', async () => {
  const { arm, choice } = await usePerson({ resourcesPerLook: 1 });
  const job = { kind: 'deploy', folder: BOARDROOM, choice, mode: 'incremental', smoke_test: false };
  const { ended, heard, say } = start(arm, job);
  await heard(isTaken);
  say({ type: 'cancel' });
  const { last } = await ended;
  expect(last).toMatchObject({ type: 'failed', code: 'AOS_CANCELLED' });
  expect((last as Said<'failed'>).operations.some(({ state }) => state === 'succeeded')).toBe(true);
});

it('hands on why there is no token', async () => {
  const arm = await startArm();
  onTestFinished(() => arm.dispose());
  const nobody: Answer = ({ id }) => ({ type: 'no_token', id, message: 'Sign-in to Azure was cancelled.' });
  const { ended } = start(arm, { kind: 'inventory', resource_group: GROUP }, nobody);
  expect((await ended).last).toEqual({
    ...{ type: 'failed', code: 'AOS_UNAUTHORIZED', message: 'Sign-in to Azure was cancelled.', operations: [] },
  });
  expect(arm.state.requests).toEqual([]);
});
