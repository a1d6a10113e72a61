import type { TokenCredential } from '@azure/identity';
import type { SmokeCheck } from '../contracts/deploy-process.ts';
import { errorBodySchema } from '../contracts/errors.ts';
import { agentDetailSchema, inferResponseSchema } from '../contracts/http.ts';
import { sleep, systemClock } from '../core/clock.ts';
import { AosError, messageOf } from '../core/errors.ts';
import { newId } from '../core/ids.ts';
import type { Watch } from './watch.ts';

/** How a deployed runtime is reached. */
export interface Reach {
  /** Null: the runtime itself is not deployed yet. */
  api: string | null;
  /** Whose tokens the API takes; null: nobody's. */
  audience: string | null;
  tenantId: string | null;
}

interface Step {
  id: SmokeCheck['id'];
  label: string;
  /** The guide's (R1, R4–R6, R8), and its upper end in ms. */
  target: string | null;
  maxMs?: number;
  /** @returns what took how long, in ms */
  run(test: SmokeTest): Promise<number>;
}

/** The agent that is asked; it is removed in the end. */
const AGENT = 'aos-smoke-test';
/** A replica and a model that start for the first time take their time, in ms. */
const START_WITHIN_MS = 5 * 60_000;
const HANDLED_WITHIN_MS = 120_000;
const POLL_MS = 2000;

const STEPS: readonly Step[] = [
  { id: 'health', label: 'Health', target: null, run: (test) => test.timed(() => test.untilUp('GET', '/api/health')) },
  {
    ...{ id: 'sign_in', label: 'Sign-in', target: '< 200 ms', maxMs: 200 },
    async run(test) {
      await test.signIn();
      return test.timed(() => test.untilUp('GET', '/api/status'));
    },
  },
  {
    ...{ id: 'register', label: 'Register an agent', target: '< 2 s', maxMs: 2000 },
    run: (test) =>
      test.timed(() => test.send('POST', '/api/register_agent', { agent_id: AGENT, purpose: 'Answer in one word.' })),
  },
  {
    ...{ id: 'first_answer', label: 'First answer', target: '1–3 s', maxMs: 3000 },
    run: (test) => test.timed(() => test.ask()),
  },
  {
    ...{ id: 'cached_answer', label: 'Cached answer', target: '< 50 ms', maxMs: 50 },
    async run(test) {
      let cached: unknown = false;
      const ms = await test.timed(async () => {
        ({ cached } = inferResponseSchema.parse(await test.ask()));
      });
      if (cached === false) throw new AosError('AOS_NOT_FOUND', 'The same question was not answered from the cache.');
      return ms;
    },
  },
  {
    ...{ id: 'event', label: 'Event', target: '< 200 ms', maxMs: 200 },
    run: (test) => test.event(),
  },
];

/** Checks a deployed runtime from here; the times hold the way there and back. Failures are told, not thrown. */
export async function smokeTest(
  credential: TokenCredential,
  reach: Reach,
  { say, signal }: Watch,
): Promise<SmokeCheck[]> {
  const checks = STEPS.map(
    ({ id, label, target }): SmokeCheck => ({ id, label, target, state: 'waiting', measured_ms: null, message: null }),
  );
  const tell = () =>
    say({ phase: 'smoke_test', message: 'Testing the deployed runtime', smoke: structuredClone(checks) });
  const test = new SmokeTest(credential, reach, signal);
  let blocked = reach.api === null ? 'the runtime itself is not deployed yet' : undefined;
  for (const [index, step] of STEPS.entries()) {
    const check = checks[index]!;
    if (step.id !== 'health' && reach.audience === null) {
      blocked ??= 'the API has no app registration yet and refuses every token: deploy with an audience';
    }
    if (blocked !== undefined) {
      Object.assign(check, { state: 'skipped', message: blocked });
      continue;
    }
    check.state = 'running';
    tell();
    try {
      check.measured_ms = await step.run(test);
      check.state = 'passed';
      if (step.maxMs !== undefined && check.measured_ms > step.maxMs) {
        check.message = 'slower than the guide’s target, the network from here included';
      }
    } catch (error) {
      signal.throwIfAborted();
      Object.assign(check, { state: 'failed', message: messageOf(error) });
      // An answer that does not come from the cache says nothing about events.
      if (step.id !== 'cached_answer') blocked = `${step.label.toLowerCase()} failed`;
    }
  }
  await test.cleanUp();
  tell();
  return checks;
}

class SmokeTest {
  readonly #credential: TokenCredential;
  readonly #reach: Reach;
  readonly #signal: AbortSignal;
  readonly #prompt = `Say yes to ${newId('smoke')}.`;
  #token: string | undefined;
  #registered = false;

  constructor(credential: TokenCredential, reach: Reach, signal: AbortSignal) {
    this.#credential = credential;
    this.#reach = reach;
    this.#signal = signal;
  }

  async signIn(): Promise<void> {
    const { audience, tenantId } = this.#reach;
    const options = tenantId === null ? {} : { tenantId };
    this.#token = (await this.#credential.getToken(`${audience}/.default`, options))?.token;
  }

  /** @returns ms */
  async timed(work: () => Promise<unknown>): Promise<number> {
    const start = systemClock.monotonic();
    await work();
    return Math.round(systemClock.monotonic() - start);
  }

  /** @throws AosError of the API; network errors */
  async send(method: string, path: string, body?: object): Promise<unknown> {
    const response = await fetch(new URL(path, this.#reach.api ?? ''), {
      method,
      headers: {
        ...(this.#token !== undefined && { authorization: `Bearer ${this.#token}` }),
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
      signal: this.#signal,
    });
    const text = await response.text();
    const json = /\bjson\b/.test(response.headers.get('content-type') ?? '');
    const answer: unknown = json ? JSON.parse(text) : undefined;
    if (response.ok) {
      if (path === '/api/register_agent') this.#registered = true;
      return answer;
    }
    const error = errorBodySchema.safeParse(answer).data;
    if (error) throw new AosError(error.code, error.error);
    throw new AosError('AOS_NOT_RUNNING', `${path} answered with status ${response.status}.`);
  }

  ask(): Promise<unknown> {
    return this.untilUp('POST', '/api/agent_infer', { agent_id: AGENT, prompt: this.#prompt });
  }

  /** Sends again while the replica, or the model behind it, still starts. */
  async untilUp(method: string, path: string, body?: object): Promise<unknown> {
    const until = systemClock.monotonic() + START_WITHIN_MS;
    for (;;) {
      try {
        return await this.send(method, path, body);
      } catch (error) {
        this.#signal.throwIfAborted();
        if (isFinal(error) || systemClock.monotonic() > until) throw error;
        await sleep(POLL_MS, { signal: this.#signal });
      }
    }
  }

  /** @returns how long it took until Service Bus had it, in ms; it also has to be handled */
  async event(): Promise<number> {
    const id = newId('smoke');
    const body = { type: 'SmokeTest', data: {}, id };
    const ms = await this.timed(() => this.send('POST', `/api/agents/${AGENT}/events`, body));
    const until = systemClock.monotonic() + HANDLED_WITHIN_MS;
    for (;;) {
      const { last_event } = agentDetailSchema.parse(await this.send('GET', `/api/agents/${AGENT}`));
      if (last_event?.event_id === id && last_event.outcome === 'handled') return ms;
      if (last_event?.event_id === id && last_event.outcome === 'failed') {
        throw new AosError(
          'AOS_HANDLER_FAILED',
          'The event was delivered, but handling it failed: see the log of the runtime.',
        );
      }
      if (systemClock.monotonic() > until)
        throw new AosError('AOS_DEADLINE', 'The event was sent, but nobody handled it within 2 minutes.');
      await sleep(POLL_MS / 10, { signal: this.#signal });
    }
  }

  /** The agent was for the test alone; one that stays behind does no harm. */
  async cleanUp(): Promise<void> {
    if (this.#registered) await this.send('DELETE', `/api/agents/${AGENT}`).catch(messageOf);
  }
}

/** Whether it is of no use to ask again. */
const isFinal = (error: unknown) =>
  error instanceof AosError &&
  !['AOS_NOT_RUNNING', 'AOS_BREAKER_OPEN', 'AOS_INFERENCE_FAILED', 'AOS_DEADLINE', 'AOS_IDENTITY'].includes(error.code);
