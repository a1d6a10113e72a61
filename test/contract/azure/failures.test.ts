import { describe, expect, it } from 'vitest';
import type { FailureKind } from '../../support/arm/start-arm.ts';
import { counted, GROUP, usePerson } from './support.ts';

interface Expected {
  kind: FailureKind;
  code: string;
  message: RegExp;
  /** What is left: nothing at all, a deployment that has ended, or one that goes on without us. */
  leaves: 'nothing' | 'group' | 'ended' | 'running';
}

const expected: Expected[] = [
  {
    kind: 'quota',
    code: 'AOS_AZURE',
    message: /environment boardroom-environment.* quota .*portal.*QuotaExceeded/,
    leaves: 'ended',
  },
  { kind: 'name_taken', code: 'AOS_AZURE', message: /taken by somebody else.*another name/, leaves: 'ended' },
  { kind: 'policy', code: 'AOS_FORBIDDEN', message: /policy.*administrator.*No public ingress/, leaves: 'nothing' },
  { kind: 'throttled', code: 'AOS_AZURE', message: /no more requests.*wait/, leaves: 'nothing' },
  {
    kind: 'expired_token',
    code: 'AOS_UNAUTHORIZED',
    message: /sign in again.*follow aos-boardroom-base/,
    leaves: 'running',
  },
  { kind: 'conflict', code: 'AOS_STATE_CONFLICT', message: /another deployment is at work/, leaves: 'group' },
  { kind: 'partial', code: 'AOS_AZURE', message: /Namespace boardroom-servicebus.*deploy again/, leaves: 'ended' },
  { kind: 'cancelled', code: 'AOS_CANCELLED', message: /was cancelled.*deploy again/, leaves: 'ended' },
  { kind: 'network', code: 'AOS_AZURE', message: /cannot be reached.*follow aos-boardroom-base/, leaves: 'running' },
  { kind: 'forbidden', code: 'AOS_FORBIDDEN', message: /no right.*Contributor/, leaves: 'nothing' },
  { kind: 'region', code: 'AOS_AZURE', message: /choose another region/, leaves: 'nothing' },
  { kind: 'provider', code: 'AOS_AZURE', message: /az provider register.*Microsoft\.App/, leaves: 'nothing' },
];

describe.each(expected)('$kind', ({ kind, code, message, leaves }) => {
  it('ends with what to do, leaves nothing half done, and is healed by deploying again', async () => {
    const person = await usePerson();
    const { state } = person.arm;
    person.arm.fail(kind);
    await expect(person.job('deploy')).rejects.toMatchObject({ code, message: expect.stringMatching(message) });

    const deployments = [...(state.group(GROUP)?.deployments.values() ?? [])];
    expect(state.groups.size).toBe(leaves === 'nothing' ? 0 : 1);
    expect(deployments.map((one) => (one.state === 'Running' ? 'running' : 'ended'))).toEqual(
      leaves === 'nothing' || leaves === 'group' ? [] : [leaves],
    );

    person.arm.heal();
    const { deployed } = await person.job('deploy');
    expect(deployed.deployment).toBe('aos-boardroom');
    const { preview } = await person.job('preview');
    expect(counted(preview.changes)).toEqual({ no_change: deployed.changes });
  });
});

it('names the cause and the advice at the resource that failed, and what was created all the same', async () => {
  const person = await usePerson();
  person.arm.fail('quota');
  await expect(person.job('deploy')).rejects.toThrow();
  const failed = person.operations().filter(({ state }) => state === 'failed');
  expect(failed).toMatchObject([
    {
      name: 'boardroom-environment',
      error: { code: 'QuotaExceeded', advice: expect.stringMatching(/^A quota .*\.$/) },
    },
  ]);
  expect(person.operations().some(({ state }) => state === 'succeeded')).toBe(true);
});

it('goes on by itself when Azure asks to wait', async () => {
  const person = await usePerson();
  person.arm.fail('throttled', 3);
  expect((await person.job('deploy')).deployed.deployment).toBe('aos-boardroom');
});

it('tells the end of the log of an image that could not be built, and builds it the next time', async () => {
  const person = await usePerson();
  person.arm.fail('image');
  await expect(person.job('deploy')).rejects.toMatchObject({
    code: 'AOS_AZURE',
    message: expect.stringMatching(/could not be built.*COPY failed/s),
  });
  person.arm.heal();
  await person.job('deploy');
  expect(person.arm.state.images).toHaveLength(1);
});

it('says which secret is missing before Azure is asked for anything', async () => {
  const person = await usePerson();
  person.choice = { ...person.choice, model: { kind: 'lorax', hub_token: true } };
  const { HUGGING_FACE_HUB_TOKEN: _, ...env } = process.env;
  await expect(person.job('deploy', {}, env)).rejects.toMatchObject({
    code: 'AOS_CONFIG_INVALID',
    message: expect.stringContaining('HUGGING_FACE_HUB_TOKEN'),
  });
  expect(person.arm.state.requests).toEqual([]);
});
