/** Speaks as `main deploy` does: asks for two tokens, and fails with what it was told. */
import type { FromDeploy, ToDeploy } from '../../../../runtime/contracts/deploy-process.ts';

const told: string[] = [];
let kind = '';

const say = (message: FromDeploy, then?: () => void) => process.send?.(message, () => then?.());
const want = (id: number, scope: string, tenant_id: string | null) =>
  say({ type: 'token_wanted', id, scopes: [scope], tenant_id });

process.on('message', (message: ToDeploy) => {
  switch (message.type) {
    case 'start':
      kind = message.job.kind;
      want(1, 'https://management.core.windows.net/.default', null);
      break;
    case 'token':
      told.push(`${message.token} until ${message.expires_at_ms} for ${kind} with ${process.env.AOS_SECRET_KEY}`);
      want(2, 'api://aos/.default', 't');
      break;
    case 'no_token':
      told.push(message.message);
      say({ type: 'failed', code: 'AOS_UNAUTHORIZED', message: told.join('; '), operations: [] }, () =>
        process.exit(0),
      );
  }
});
