import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { silentLogger } from '../../runtime/core/logger.ts';
import { Ingress } from '../../runtime/launcher/ingress.ts';
import { freePort } from '../../runtime/launcher/ports.ts';

const TAKER = fileURLToPath(new URL('./support/connection-taker.ts', import.meta.url));

async function useReplica(name: string): Promise<ChildProcess> {
  const child = fork(TAKER, [name], { execArgv: [] });
  onTestFinished(async () => {
    child.kill('SIGKILL');
  });
  await once(child, 'message');
  return child;
}

async function useIngress() {
  const ingress = new Ingress({ logger: silentLogger });
  const port = await freePort(0);
  await ingress.listen(port);
  onTestFinished(() => ingress.dispose());
  const get = async () => (await fetch(`http://127.0.0.1:${port}/`)).text();
  return { ingress, get };
}

it('hands connections to the replicas in turn', async () => {
  const { ingress, get } = await useIngress();
  ingress.add(await useReplica('one'));
  ingress.add(await useReplica('two'));
  const answers = [await get(), await get(), await get(), await get()];
  expect(answers.sort()).toEqual(['one', 'one', 'two', 'two']);
});

it('hands a connection that a dying replica did not take to another one', async () => {
  const { ingress, get } = await useIngress();
  const dying = await useReplica('dying');
  // It hears nothing any more, and is not dead yet.
  dying.kill('SIGSTOP');
  ingress.add(dying);
  const answers = Promise.all([get(), get(), get()]);
  ingress.add(await useReplica('one'));
  dying.kill('SIGKILL');
  expect(await answers).toEqual(['one', 'one', 'one']);
});

it('keeps clients waiting while there is no replica', async () => {
  const { ingress, get } = await useIngress();
  const answer = get();
  ingress.add(await useReplica('late'));
  expect(await answer).toBe('late');
});

it('gives a replica that drains nothing new', async () => {
  const { ingress, get } = await useIngress();
  const draining = await useReplica('one');
  ingress.add(draining);
  ingress.add(await useReplica('two'));
  ingress.remove(draining);
  expect([await get(), await get()]).toEqual(['two', 'two']);
});
