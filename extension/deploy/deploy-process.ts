import {
  type DeployJob,
  type FromDeploy,
  fromDeploySchema,
  type Operation,
  type ToDeploy,
} from '../../runtime/contracts/deploy-process.ts';
import type { ErrorCode } from '../../runtime/contracts/errors.ts';
import { t } from '../l10n.ts';
import { exitText, startJob } from '../supervisor/job-process.ts';
import type { LogRecord } from '../supervisor/log-format.ts';
import type { AccessToken } from './access-token.ts';

type Of<T extends FromDeploy['type']> = Extract<FromDeploy, { type: T }>;
export type DeployProgress = Of<'progress'>;
export type DeployResult = Of<'result'>['result'];

export type DeployOutcome =
  | { kind: 'result'; result: DeployResult }
  | { kind: 'failed'; code: ErrorCode; message: string; operations: Operation[] };

/** A job that runs. */
export interface Deploying {
  /** Asks to stop it; what of it Azure has taken is cancelled there. */
  cancel(): void;
  /** Waits for it no longer: what Azure has taken goes on. */
  leave(): void;
  /** Never rejects. */
  readonly ended: Promise<DeployOutcome>;
}

export interface DeployProcessOptions {
  /** `dist/runtime/main.js`. */
  main: string;
  cwd: string;
  logLevel: string;
  /** Secrets that aos.json refers to, as variables. */
  environment: Record<string, string>;
  job: DeployJob;
  /** @throws Error that says why there is none */
  token(request: { scopes: string[]; tenantId: string | null }): Promise<AccessToken>;
  onProgress(progress: DeployProgress): void;
  onLog(record: LogRecord): void;
}

/** Cancelling in Azure takes its time: whoever cancels sees what became of it. */
const CANCEL_GRACE_MS = 120_000;

/** Talks to Azure in a process of its own (`main.js deploy`): its SDKs are never loaded into the extension host. */
export function startDeploying({ job, token, onProgress, ...place }: DeployProcessOptions): Deploying {
  let outcome: DeployOutcome | undefined;
  const answer = async ({ id, scopes, tenant_id }: Of<'token_wanted'>): Promise<ToDeploy> => {
    try {
      const found = await token({ scopes, tenantId: tenant_id });
      return { type: 'token', id, token: found.token, expires_at_ms: found.expiresAtMs };
    } catch (error) {
      return { type: 'no_token', id, message: error instanceof Error ? error.message : String(error) };
    }
  };
  const deploying = startJob({
    ...place,
    role: 'deploy',
    name: 'The deployment',
    messages: fromDeploySchema,
    onMessage(message) {
      if (message.type === 'token_wanted') void answer(message).then((reply) => deploying.send(reply));
      else if (message.type === 'progress') onProgress(message);
      else outcome = outcomeOf(message);
    },
  });
  deploying.send({ type: 'start', job } satisfies ToDeploy);
  return {
    cancel: () => deploying.cancel({ graceMs: CANCEL_GRACE_MS }),
    leave: () => deploying.leave(),
    ended: deploying.ended.then((exit) => outcome ?? withoutOutcome(exitText(exit))),
  };
}

function outcomeOf(message: Of<'result'> | Of<'failed'>): DeployOutcome {
  if (message.type === 'result') return { kind: 'result', result: message.result };
  const { code, message: text, operations } = message;
  return { kind: 'failed', code, message: text, operations };
}

function withoutOutcome(how: string): DeployOutcome {
  const message = t('The process that talks to Azure ended without a result ({0}). The log says more.', how);
  return { kind: 'failed', code: 'AOS_INTERNAL', message, operations: [] };
}
