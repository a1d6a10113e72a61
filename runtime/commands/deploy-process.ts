import type { AccessToken, TokenCredential } from '@azure/identity';
import { type DeployJob, type FromDeploy, type Operation, toDeploySchema } from '../contracts/deploy-process.ts';
import { AosError, isAosError, messageOf } from '../core/errors.ts';
import { createLogger, stderrWriter } from '../core/logger.ts';

/**
 * `main deploy`: does one job in Azure for the process that forked it (contracts/deploy-process.ts), and ends. When the channel
 * closes it ends at once: a deployment that Azure has taken goes on there.
 * @param runtime folder with the bundle of the runtime
 */
export async function deployProcess(runtime: string): Promise<void> {
  const logger = createLogger({ scope: 'deploy', write: stderrWriter });
  const stop = new AbortController();
  const credential = new ParentCredential();
  const { promise: job, resolve, reject } = Promise.withResolvers<DeployJob>();
  process.on('message', (message) => {
    const order = toDeploySchema.safeParse(message);
    if (!order.success) reject(new AosError('AOS_BAD_REQUEST', `This is no job: ${order.error.message}`));
    else if (order.data.type === 'start') resolve(order.data.job);
    else if (order.data.type === 'cancel') stop.abort(new AosError('AOS_CANCELLED', 'It was cancelled.'));
    else credential.take(order.data);
  });
  process.once('disconnect', () => process.exit(0));
  let operations: Operation[] = [];
  try {
    const { deployJob } = await import('./deploy-job.ts');
    const result = await deployJob(await job, {
      ...{ credential, runtime, env: process.env, signal: stop.signal },
      say: ({ phase, message, deployment = null, operations: told = operations, smoke = [] }) => {
        operations = told;
        void tell({ type: 'progress', phase, message, deployment, operations, smoke });
      },
    });
    await tell({ type: 'result', result });
  } catch (error) {
    logger.error(messageOf(error), { error });
    const code = isAosError(error) ? error.code : 'AOS_INTERNAL';
    await tell({ type: 'failed', code, message: messageOf(error), operations });
  }
  process.exit();
}

type TokenAnswer = { id: number } & (
  | { type: 'token'; token: string; expires_at_ms: number }
  | { type: 'no_token'; message: string }
);

/** Asks the parent for every token: only there is somebody signed in. */
class ParentCredential implements TokenCredential {
  readonly #waiting = new Map<number, PromiseWithResolvers<AccessToken>>();
  #lastId = 0;

  getToken(scopes: string | string[], { tenantId }: { tenantId?: string } = {}): Promise<AccessToken> {
    const id = ++this.#lastId;
    const answer = Promise.withResolvers<AccessToken>();
    this.#waiting.set(id, answer);
    void tell({ type: 'token_wanted', id, scopes: [scopes].flat(), tenant_id: tenantId ?? null });
    return answer.promise;
  }

  take(answer: TokenAnswer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (answer.type === 'token') waiting?.resolve({ token: answer.token, expiresOnTimestamp: answer.expires_at_ms });
    else waiting?.reject(new AosError('AOS_UNAUTHORIZED', answer.message));
  }
}

/** Resolves when it is on its way; what nobody takes is not missed. */
function tell(message: FromDeploy): Promise<void> {
  return new Promise((resolve) => {
    if (!process.connected || !process.send) resolve();
    else process.send(message, () => resolve());
  });
}
